#!/usr/bin/env bash
# Deploys the template with the zips of all functions. The same for AWS and for the local emulator:
# AWS_ENDPOINT_URL alone makes the difference.
#
#   STAGE   dev               part of every name; the stack is sparkbridge-STAGE
#   BUCKET  sparkbridge-artifacts-ACCOUNT-REGION    where the zips go; made if it is not there
#   ZIPS    target/lambda     FUNCTION/bootstrap.zip below it
#   arguments: Parameter=Value of the template
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/.local/venv-aws/bin:$PATH

stage=${STAGE:-dev}
zips=$(cd "${ZIPS:-target/lambda}" && pwd)
# The AWS SDKs read AWS_REGION, this version of the AWS command line only the other name.
if [ -n "${AWS_REGION:-}" ]; then export AWS_DEFAULT_REGION=$AWS_REGION; fi
if [ -z "${BUCKET:-}" ]; then
  region=${AWS_DEFAULT_REGION:-$(aws configure get region)}
  BUCKET=sparkbridge-artifacts-$(aws sts get-caller-identity --query Account --output text)-$region
fi
aws s3api head-bucket --bucket "$BUCKET" >/dev/null 2>&1 || aws s3 mb "s3://$BUCKET"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed "s#\.\./target/lambda/#$zips/#" infra/template.yaml > "$work/template.yaml"
aws cloudformation package --template-file "$work/template.yaml" --s3-bucket "$BUCKET" \
  --output-template-file "$work/packaged.yaml" &> "$work/log" || { cat "$work/log" >&2; exit 1; }
aws cloudformation deploy --template-file "$work/packaged.yaml" --stack-name "sparkbridge-$stage" \
  --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset --parameter-overrides "Stage=$stage" "$@"
aws cloudformation describe-stacks --stack-name "sparkbridge-$stage" \
  --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]' --output text
