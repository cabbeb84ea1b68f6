#!/usr/bin/env bash
# Writes what each function logged in the emulator to a file of its own: save_logs.sh FOLDER
# AWS_ENDPOINT_URL says where the emulator is.
set -euo pipefail
PATH=$(cd "$(dirname "$0")/../.." && pwd)/.local/venv-aws/bin:$PATH

groups=$(aws logs describe-log-groups --log-group-name-prefix /aws/lambda/ \
  --query 'logGroups[].logGroupName' --output text)
for group in $groups; do
  aws logs filter-log-events --log-group-name "$group" \
    --query 'join(`"\n"`, events[].message)' --output text > "$1/${group##*/}.log" &
done
wait
