#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-136d425f, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: s3, Amazon S3 bucket ledger in eu-west-1, used by ledger my-ledger in namespace ledger
#
# It stops at the first failure, and goes on where the databases stand when it is run again.
# See what it would do: --dry-run. All arguments: --help. Start it within tmux or screen: restores last for hours.
#
# Functions and variables may have their only user in a step that this plan does not have; commands are shown as they are.
# shellcheck disable=SC1003,SC2016,SC2034,SC2317,SC2329

case ${BASH_VERSION:-0} in
  [0-3] | [0-3].* | 4.[0-3].*)
    echo 'this script needs bash 4.4 or newer: start it with bash, on macOS that of brew install bash' >&2
    exit 1
    ;;
esac
set -Eeuo pipefail
shopt -s inherit_errexit
export AWS_PAGER=''

PLAN='r20261123t124407z-136d425f'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=()
PLAN_IDS=('s3.identity' 's3.recovery-point' 's3.copy' 's3.look' 's3.settings')
PLAN_PHASES=('prepare' 'check' 'copy' 'verify-copy' 'settings')
PLAN_TITLES=('See which AWS account this is' 'Find the continuous backup of ledger' 'Restore ledger at the restore point into the new bucket ledger-r20261123t124407z' 'Compare ledger-r20261123t124407z with ledger' 'Give ledger-r20261123t124407z the settings of ledger')
PLAN_UNDO=('' '' 'Delete the bucket ledger-r20261123t124407z; nothing else has changed.' '' '')
PLAN_DATABASES=('s3' 's3' 's3' 's3' 's3')
PLAN_ASKS=('' '' '' '' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' '' '' '' '')
PLAN_NO_RETURN=('' '' '' '' '')
PLAN_NAMES=()
PLAN_LATER='When all is well:'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'aws' '' 'AWS CLI, version 1 or 2: https://aws.amazon.com/cli/'
  plan_need 'jq' '' 'Get it from https://jqlang.org/download/'
  true
}

# 1. See which AWS account this is
step_1() {
  run aws sts get-caller-identity --region eu-west-1 --output json
}

# 2. Find the continuous backup of ledger
step_2() {
  run aws backup list-recovery-points-by-resource --region eu-west-1 \
    --resource-arn arn:aws:s3:::ledger --output json
  : "${S3_RECOVERY_POINT:?give it the ARN of the continuous recovery point in the list above: export S3_RECOVERY_POINT=arn:…}"
  aws backup get-recovery-point-restore-metadata --region eu-west-1 --backup-vault-name Default --recovery-point-arn "$S3_RECOVERY_POINT" --query RestoreMetadata --output json | jq '. + {DestinationBucketName: "ledger-r20261123t124407z", NewBucket: "true", RestoreTime: "2026-11-23T12:44:07Z", CreationToken: "r20261123t124407z"}' > "${STATE:-.}/s3-metadata.json"
}

# 3. Restore ledger at the restore point into the new bucket ledger-r20261123t124407z
step_3() {
  if {
    [ -s "${STATE:-.}/s3-job" ]
  } >/dev/null 2>&1; then
    plan_skip 'Restore ledger at the restore point into the new bucket ledger-r20261123t124407z'
  else
    aws backup start-restore-job --region eu-west-1 --recovery-point-arn "$S3_RECOVERY_POINT" --iam-role-arn arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole --resource-type S3 --metadata "file://${STATE:-.}/s3-metadata.json" --idempotency-token r20261123t124407z-s3 --query RestoreJobId --output text > "${STATE:-.}/s3-job".new && mv "${STATE:-.}/s3-job".new "${STATE:-.}/s3-job"
    plan_held $? 'aws backup start-restore-job --region eu-west-1 --recovery-point-arn "$S3_RECOVERY_POINT" --iam-role-arn arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole --resource-type S3 --metadata "file://${STATE:-.}/s3-metadata.json" --idempotency-token r20261123t124407z-s3 --query RestoreJobId --output text > "${STATE:-.}/s3-job".new && mv "${STATE:-.}/s3-job".new "${STATE:-.}/s3-job"'
  fi
  look() {
    [ "$(aws backup describe-restore-job --region eu-west-1 --restore-job-id "$(cat "${STATE:-.}/s3-job")" --query Status --output text)" = COMPLETED ]
  }
  wait_until 60 86400 'the restore into ledger-r20261123t124407z to be COMPLETED' look
}

# 4. Compare ledger-r20261123t124407z with ledger
step_4() {
  run aws s3 ls --region eu-west-1 s3://ledger/ --recursive --summarize --human-readable
  run aws s3 ls --region eu-west-1 s3://ledger-r20261123t124407z/ --recursive --summarize --human-readable
}

# 5. Give ledger-r20261123t124407z the settings of ledger
step_5() {
  run aws s3api put-bucket-versioning --region eu-west-1 --bucket ledger-r20261123t124407z \
    --versioning-configuration Status=Enabled
  by_hand 's3.settings' 'Bring back by hand: policy, encryption, lifecycle, notifications, tags of ledger; and put ledger-r20261123t124407z into the backup plan.'
}

plan_main "$@"
exit
