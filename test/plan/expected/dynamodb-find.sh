#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-1979ac5e, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: dynamodb, Amazon DynamoDB in eu-west-1, used by ledger my-ledger in namespace ledger
# WARNING: dynamodb: the tables of the restore point are not known: the script finds them in a copy of system.metadata; by hand, do the first step, then print this plan again with --tables-file
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

PLAN='r20261123t124407z-1979ac5e'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=('dynamodb: the tables of the restore point are not known: the script finds them in a copy of system.metadata; by hand, do the first step, then print this plan again with --tables-file')
PLAN_IDS=('dynamodb.tables' 'dynamodb.check' 'dynamodb.capture' 'dynamodb.copy' 'dynamodb.verify' 'dynamodb.safety' 'dynamodb.replace' 'dynamodb.settings')
PLAN_PHASES=('prepare' 'check' 'capture' 'copy' 'verify-copy' 'safety' 'replace' 'settings')
PLAN_TITLES=('Find the tables of the restore point' 'See that every table can be restored to 2026-11-23T12:44:07Z' 'Note the settings of every table' 'Copy every table at 2026-11-23T12:44:07Z' 'See that the copies are those of the restore point' 'Back up the copies, and the tables as they are now' 'Delete every table, and restore it from the backup of its copy' 'Give every table its settings back')
PLAN_UNDO=('' '' 'nothing was changed.' 'delete the copies.' '' 'delete the backups and the copies.' 'delete the table, and restore it from the backup r20261123t124407z-TABLE-before in the same way; its history of point-in-time recovery is lost either way. Of a table that was not deleted, turn the deletion protection on again.' '')
PLAN_DATABASES=('dynamodb' 'dynamodb' 'dynamodb' 'dynamodb' 'dynamodb' 'dynamodb' 'dynamodb' 'dynamodb')
PLAN_ASKS=('' '' '' '' '' '' '' '')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' '' '' '' '' '' '' '')
PLAN_NO_RETURN=('' '' '' '' '' '' 'yes' '')
PLAN_NAMES=()
PLAN_LATER='When all is well:

Delete the copies. Only when the restored tables have been accepted: they are a second copy of the restore point, at the price of tables. The backups come last.
  aws dynamodb list-tables --region eu-west-1 --query "TableNames[?starts_with(@, '\''r20261123t124407z-'\'')]" --output text'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'aws' '' 'AWS CLI, version 1 or 2: https://aws.amazon.com/cli/'
  plan_need 'jq' '1.6' 'it reads what aws prints: https://jqlang.github.io/jq/'
  true
}

# 1. Find the tables of the restore point
step_1() {
DYNAMODB_OVERRIDES='(.BillingModeSummary.BillingMode // "PROVISIONED") as $billing
| def units: {ProvisionedThroughput: (.ProvisionedThroughput | {ReadCapacityUnits, WriteCapacityUnits})};
  def limits: .OnDemandThroughput // {} | with_entries(select(.value > 0)) | if length > 0 then . else null end;
  {BillingModeOverride: $billing}
  + if $billing == "PROVISIONED" then {ProvisionedThroughputOverride: units.ProvisionedThroughput}
    elif limits then {OnDemandThroughputOverride: limits} else {} end
  + if .GlobalSecondaryIndexes then {GlobalSecondaryIndexOverride: [.GlobalSecondaryIndexes[] | {IndexName, KeySchema, Projection}
      + if $billing == "PROVISIONED" then units elif limits then {OnDemandThroughput: limits} else {} end]} else {} end
  + if .SSEDescription.SSEType == "KMS" then {SSESpecificationOverride: ({Enabled: true, SSEType: "KMS"}
      + if .KeyManager == "AWS" then {} else {KMSMasterKeyId: .SSEDescription.KMSMasterKeyArn} end)} else {} end'
DYNAMODB_INSTANT='if type == "number" then floor
  else capture("^(?<at>[-0-9]+T[0-9:]+)(\\.[0-9]+)?(?<zone>Z|[-+][0-9]{2}:?[0-9]{2})$")
    | ((.at + "Z") | fromdateiso8601) - (if .zone == "Z" then 0 else (.zone | sub(":"; "")) as $z
      | (($z[1:3] | tonumber) * 3600 + ($z[3:5] | tonumber) * 60) * (if $z[0:1] == "-" then -1 else 1 end) end) end'
  dynamodb_use id=dynamodb mode=same-name run=r20261123t124407z epoch=1795437847 region=eu-west-1 account=123456789012 metadata=system
  dynamodb_find_tables
}

# 2. See that every table can be restored to 2026-11-23T12:44:07Z
step_2() {
  dynamodb_use id=dynamodb mode=same-name run=r20261123t124407z epoch=1795437847 region=eu-west-1 account=123456789012 metadata=system
  dynamodb_check_all
}

# 3. Note the settings of every table
step_3() {
  dynamodb_use id=dynamodb mode=same-name run=r20261123t124407z epoch=1795437847 region=eu-west-1 account=123456789012 metadata=system
  dynamodb_capture_all
}

# 4. Copy every table at 2026-11-23T12:44:07Z
step_4() {
  dynamodb_use id=dynamodb mode=same-name run=r20261123t124407z epoch=1795437847 region=eu-west-1 account=123456789012 metadata=system
  dynamodb_copy_all
}

# 5. See that the copies are those of the restore point
step_5() {
  dynamodb_use id=dynamodb mode=same-name run=r20261123t124407z epoch=1795437847 region=eu-west-1 account=123456789012 metadata=system
  dynamodb_verify_copies
}

# 6. Back up the copies, and the tables as they are now
step_6() {
  dynamodb_use id=dynamodb mode=same-name run=r20261123t124407z epoch=1795437847 region=eu-west-1 account=123456789012 metadata=system
  dynamodb_safety
}

# 7. Delete every table, and restore it from the backup of its copy
step_7() {
  dynamodb_use id=dynamodb mode=same-name run=r20261123t124407z epoch=1795437847 region=eu-west-1 account=123456789012 metadata=system
  dynamodb_replace_all
}

# 8. Give every table its settings back
step_8() {
  dynamodb_use id=dynamodb mode=same-name run=r20261123t124407z epoch=1795437847 region=eu-west-1 account=123456789012 metadata=system
  dynamodb_compare_all
}

plan_main "$@"
exit
