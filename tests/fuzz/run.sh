#!/usr/bin/env bash
# run.sh SECONDS [TARGET…]: runs fuzz targets one after another (all, or those named), so long each, from
# the corpora kept here. What is learnt goes to target/fuzz-corpus/; a finding ends the run and is left in
# tests/fuzz/artifacts/.
set -euo pipefail
each=$1
shift
cd "$(dirname "$0")/../.."

if ! rustc +nightly --version > /dev/null 2>&1; then
  echo "fuzz: needs a nightly compiler: rustup toolchain install nightly --profile minimal" >&2
  exit 2
fi
infra/setup.sh fuzz
export PATH="$PWD/.local/fuzz/bin:$PATH" CARGO_TARGET_DIR="$PWD/target/fuzz"

targets=("$@")
if [ ${#targets[@]} = 0 ]; then
  for file in tests/fuzz/fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi
cargo +nightly fuzz build --fuzz-dir tests/fuzz
for target in "${targets[@]}"; do
  echo "fuzz: $target for $each s"
  learnt=target/fuzz-corpus/$target
  mkdir -p "$learnt"
  cargo +nightly fuzz run --fuzz-dir tests/fuzz "$target" "$learnt" "tests/fuzz/corpus/$target" -- \
    -dict="tests/fuzz/dictionaries/$target.dict" -max_len=8192 -max_total_time="$each" \
    -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 -verbosity=0
done
