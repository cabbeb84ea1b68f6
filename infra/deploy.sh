#!/usr/bin/env bash
# Deploys the stacks with the zips of all functions: sparkbridge-STAGE (template.yaml), then
# sparkbridge-STAGE-exports (exports.yaml), and what is over them: sparkbridge-STAGE-tables, -alarms and
# -dashboards. The same for AWS and for the local emulator: AWS_ENDPOINT_URL alone makes the difference.
#
#   STAGE   dev               part of every name
#   BUCKET  sparkbridge-artifacts-ACCOUNT-REGION    where the zips go; made if it is not there
#   ZIPS    target/lambda     FUNCTION/bootstrap.zip below it
#   arguments: Parameter=Value; each goes to the templates that have the parameter
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/.local/venv-aws/bin:$PATH

stage=${STAGE:-dev}
case $stage in
  *-exports | *-tables | *-alarms | *-dashboards) echo "deploy.sh: $stage is no stage: its stack would have another's name" >&2; exit 2 ;;
esac
zips=$(cd "${ZIPS:-target/lambda}" && pwd)

# The AWS command line passes over a name that a template does not have, misspelt ones too.
parameters=$(sed -n '/^Parameters:/,/^[A-Z][a-z]*:$/s/^  \([A-Za-z]*\):$/\1/p' infra/{template,exports,alarms,dashboards}.yaml)
for argument in "$@"; do
  grep -qx "${argument%%=*}" <<< "$parameters" ||
    { echo "deploy.sh: no template has the parameter ${argument%%=*}" >&2; exit 2; }
done

# The AWS SDKs read AWS_REGION, this version of the AWS command line only the other name.
if [ -n "${AWS_REGION:-}" ]; then export AWS_DEFAULT_REGION=$AWS_REGION; fi
if [ -z "${BUCKET:-}" ]; then
  region=${AWS_DEFAULT_REGION:-$(aws configure get region)}
  BUCKET=sparkbridge-artifacts-$(aws sts get-caller-identity --query Account --output text)-$region
fi
aws s3api head-bucket --bucket "$BUCKET" >/dev/null 2>&1 || aws s3 mb "s3://$BUCKET"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# package TEMPLATE: uploads its zips
package() {
  sed "s#\.\./target/lambda/#$zips/#" "infra/$1.yaml" > "$work/unpackaged-$1.yaml"
  aws cloudformation package --template-file "$work/unpackaged-$1.yaml" --s3-bucket "$BUCKET" \
    --output-template-file "$work/$1.yaml" &> "$work/log-$1" || { cat "$work/log-$1" >&2; return 1; }
}

# deploy FILE STACK Parameter=Value...: and keeps the stack's outputs for the end. Without --s3-bucket,
# CloudFormation takes at most 51,200 bytes.
deploy() {
  aws cloudformation deploy --template-file "$1" --stack-name "$2" --capabilities CAPABILITY_IAM \
    --no-fail-on-empty-changeset --parameter-overrides "Stage=$stage" "${@:3}"
  aws cloudformation describe-stacks --stack-name "$2" \
    --query "(Stacks[0].Outputs || \`[]\`)[].[OutputKey,OutputValue]" --output text >> "$work/outputs"
}

package template & packaging=$!
package exports
wait $packaging
deploy "$work/template.yaml" "sparkbridge-$stage" "$@"
deploy "$work/exports.yaml" "sparkbridge-$stage-exports" "$@"
output() { awk -v name="$1" '$1 == name { print $2 }' "$work/outputs"; }
lake=$(output LakeBucketName)
api=$(output ApiId)
# The emulator's CloudFormation refuses alarms that combine metrics.
metric_math=true
if [ -n "${AWS_ENDPOINT_URL:-}" ]; then metric_math=false; fi
deploy infra/tables.yaml "sparkbridge-$stage-tables" "LakeBucket=$lake" & tables=$!
deploy infra/alarms.yaml "sparkbridge-$stage-alarms" "$@" "ApiId=$api" "MetricMath=$metric_math" & alarms=$!
deploy infra/dashboards.yaml "sparkbridge-$stage-dashboards" "$@" "ApiId=$api"
wait $tables
wait $alarms
cat "$work/outputs"
