#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-45502e8c, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: cosmosdb, Azure Cosmos DB account my-ledger, used by ledger my-ledger in namespace ledger
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

PLAN='r20261123t124407z-45502e8c'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=()
PLAN_IDS=('cosmosdb.names' 'cosmosdb.window' 'cosmosdb.capture' 'cosmosdb.copy' 'cosmosdb.verify' 'cosmosdb.settings' 'cosmosdb.network' 'cosmosdb.in-flight' 'cosmosdb.repair-ledger' 'cosmosdb.procedures' 'cosmosdb.locks')
PLAN_PHASES=('prepare' 'check' 'capture' 'copy' 'verify-copy' 'settings' 'settings' 'settings' 'repair' 'repair' 'verify')
PLAN_TITLES=('Find the account my-ledger' 'See that my-ledger can be restored to 2026-11-23T12:44:07Z' 'Note how my-ledger is set up' 'Restore my-ledger into the new account my-ledger-r20261123t124407z' 'See that my-ledger-r20261123t124407z holds what there was at 2026-11-23T12:44:07Z' 'Give my-ledger-r20261123t124407z the settings of my-ledger' 'Let in to my-ledger-r20261123t124407z who was let in to my-ledger' 'Ask my-ledger-r20261123t124407z for transactions that were half done' 'Let the schema loader repair the tables of ledger my-ledger' 'Put the stored procedure into every container of my-ledger-r20261123t124407z' 'Lock my-ledger-r20261123t124407z as my-ledger is')
PLAN_UNDO=('' '' '' 'delete the new account: az cosmosdb delete -g my-group -n my-ledger-r20261123t124407z --yes --subscription 11111111-2222-3333-4444-555555555555' 'delete the new account: az cosmosdb delete -g my-group -n my-ledger-r20261123t124407z --yes --subscription 11111111-2222-3333-4444-555555555555' '' 'close it again: az cosmosdb update -g my-group -n my-ledger-r20261123t124407z --public-network-access DISABLED -o none --subscription 11111111-2222-3333-4444-555555555555' '' 'nothing of it is in the way of my-ledger-r20261123t124407z; to clear it away: helm uninstall repair-ledger-r20261123t124407z -n ledger' '' '')
PLAN_DATABASES=('cosmosdb' 'cosmosdb' 'cosmosdb' 'cosmosdb' 'cosmosdb' 'cosmosdb' 'cosmosdb' 'cosmosdb' 'cosmosdb' 'cosmosdb' 'cosmosdb')
PLAN_ASKS=('' '' '' '' '' 'yes' '' 'yes' '' '' '')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('yes' '' 'yes' 'yes' '' 'yes' '' '' 'yes' '' '')
PLAN_NO_RETURN=('' '' '' '' '' '' '' '' '' '' '')
PLAN_NAMES=('COSMOSDB_LIVE' 'COSMOSDB_FILES' 'COSMOSDB_SOURCE_ID' 'COSMOSDB_FOUND' 'COSMOSDB_OURS' 'COSMOSDB_TARGET_ID' 'COSMOSDB_URI' 'COSMOSDB_RU')
PLAN_LATER='When all is well:

Delete my-ledger when the restored account has been accepted. Until then it is the way back. Note its instance ID, 01234567-89ab-cdef-0123-456789abcdef, first: a deleted account is restored by it, within its retention.
  az cosmosdb delete -g my-group -n my-ledger --subscription 11111111-2222-3333-4444-555555555555'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'az' '2.52.0' 'Older ones cannot restore an account closed to the public network: https://learn.microsoft.com/cli/azure/install-azure-cli'
  plan_need 'jq' '' 'Get it from https://jqlang.org/download/'
  plan_need 'helm' '3.13.0' 'it runs the schema loader and waits for its job: https://helm.sh/docs/intro/install/'
  true
}

# 1. Find the account my-ledger
step_1() {
  if plan_acts; then
    run az account show --query '{subscription:name, id:id, tenant:tenantId, user:user.name}' \
      -o table --subscription 11111111-2222-3333-4444-555555555555
  fi
  say 'See whether the account still exists; if it does not, COSMOSDB_LIVE stays empty, and what asks the account itself is left out'
  COSMOSDB_LIVE=$(az cosmosdb list --query "[?name=='my-ledger' && instanceId=='01234567-89ab-cdef-0123-456789abcdef'].name" -o tsv --subscription 11111111-2222-3333-4444-555555555555)
  plan_held $? 'COSMOSDB_LIVE=$(az cosmosdb list --query "[?name=='\''my-ledger'\'' && instanceId=='\''01234567-89ab-cdef-0123-456789abcdef'\''].name" -o tsv --subscription 11111111-2222-3333-4444-555555555555)'
  say 'Make a directory for what is noted on the way'
  COSMOSDB_FILES="${STATE:-$PWD}/cosmosdb-r20261123t124407z"
  mkdir -p "$COSMOSDB_FILES"
}

# 2. See that my-ledger can be restored to 2026-11-23T12:44:07Z
step_2() {
  run az cosmosdb restorable-database-account list --account-name my-ledger \
    --query '[].{instance:name, created:creationTime, deleted:deletionTime, oldest:oldestRestorableTime}' \
    -o table --subscription 11111111-2222-3333-4444-555555555555
  [ -n "$(az cosmosdb restorable-database-account list --account-name my-ledger --query "[?name=='01234567-89ab-cdef-0123-456789abcdef' && (!oldestRestorableTime || oldestRestorableTime<='2026-11-23T12:44:07')].name" -o tsv --subscription 11111111-2222-3333-4444-555555555555)" ] || { echo 'no backup of my-ledger reaches back to 2026-11-23T12:44:07Z' >&2; false; }
  plan_held $? '[ -n "$(az cosmosdb restorable-database-account list --account-name my-ledger --query "[?name=='\''01234567-89ab-cdef-0123-456789abcdef'\'' && (!oldestRestorableTime || oldestRestorableTime<='\''2026-11-23T12:44:07'\'')].name" -o tsv --subscription 11111111-2222-3333-4444-555555555555)" ] || { echo '\''no backup of my-ledger reaches back to 2026-11-23T12:44:07Z'\'' >&2; false; }'
  if {
    [ -z "$COSMOSDB_LIVE" ] || [ -s "$COSMOSDB_FILES/at-restore-point" ]
  } >/dev/null 2>&1; then
    plan_skip 'List the containers that there were at the restore point'
  else
    say 'List the containers that there were at the restore point'
    az cosmosdb sql restorable-resource list --instance-id 01234567-89ab-cdef-0123-456789abcdef --location 'Japan East' --restore-location 'Japan East' --restore-timestamp 2026-11-23T12:44:07Z -o json --subscription 11111111-2222-3333-4444-555555555555 \
      | jq -r '.[] | .databaseName as $database | .collectionNames[]? | "\($database)/\(.)"' | LC_ALL=C sort >"$COSMOSDB_FILES/at-restore-point.new"
    mv "$COSMOSDB_FILES/at-restore-point.new" "$COSMOSDB_FILES/at-restore-point"
  fi
  if {
    [ -z "$COSMOSDB_LIVE" ]
  } >/dev/null 2>&1; then
    plan_skip 'See that my-ledger can be restored to 2026-11-23T12:44:07Z'
  else
    [ -s "$COSMOSDB_FILES/at-restore-point" ] || { echo 'there was nothing in my-ledger at 2026-11-23T12:44:07Z' >&2; false; }
  fi
  if {
    [ -z "$COSMOSDB_LIVE" ]
  } >/dev/null 2>&1; then
    plan_skip 'Ask each container how far its backup reaches; 1/1/1970 means that a partition has none yet. Those dropped since cannot be asked'
  else
    say 'Ask each container how far its backup reaches; 1/1/1970 means that a partition has none yet. Those dropped since cannot be asked'
    look() {
while IFS=/ read -r database container; do
  az cosmosdb sql retrieve-latest-backup-time -g my-group -a my-ledger -d "$database" -c "$container" -l 'Japan East' --query continuousBackupInformation.latestRestorableTimestamp -o tsv --subscription 11111111-2222-3333-4444-555555555555 2>"$COSMOSDB_FILES/error" </dev/null || grep -q NotFound "$COSMOSDB_FILES/error" || { cat "$COSMOSDB_FILES/error" >&2; exit 1; }
done <"$COSMOSDB_FILES/at-restore-point" | awk -v wanted=20261123124407 '
  { split($1, day, "/"); split($2, hour, ":") }
  { at = sprintf("%04d%02d%02d%02d%02d%02d", day[3], day[1], day[2], hour[1] % 12 + ($3 == "PM" ? 12 : 0), hour[2], hour[3]) }
  at < wanted { late = 1; print "backed up only to " $0 > "/dev/stderr" }
  END { exit late }'
    }
    wait_until 60 7200 'every container of my-ledger is backed up to 2026-11-23T12:44:07Z' look
  fi
}

# 3. Note how my-ledger is set up
step_3() {
  if plan_acts; then
    if {
      [ -z "$COSMOSDB_LIVE" ] || [ -s "$COSMOSDB_FILES/source.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'The account itself'
    else
      say 'The account itself'
      az cosmosdb show -g my-group -n my-ledger -o json --subscription 11111111-2222-3333-4444-555555555555 >"$COSMOSDB_FILES/source.json.new"
      mv "$COSMOSDB_FILES/source.json.new" "$COSMOSDB_FILES/source.json"
    fi
  fi
  COSMOSDB_SOURCE_ID=$([ ! -s "$COSMOSDB_FILES/source.json" ] || jq -r .id "$COSMOSDB_FILES/source.json")
  if plan_acts; then
    if {
      [ -z "$COSMOSDB_LIVE" ] || [ -s "$COSMOSDB_FILES/throughput" ]
    } >/dev/null 2>&1; then
      plan_skip 'The throughput of each database'
    else
      say 'The throughput of each database'
      az cosmosdb sql database list -g my-group -a my-ledger --query '[].name' -o tsv --subscription 11111111-2222-3333-4444-555555555555 \
        | while IFS= read -r database; do
          az cosmosdb sql database throughput show -g my-group -a my-ledger -n "$database" -o json --subscription 11111111-2222-3333-4444-555555555555 2>"$COSMOSDB_FILES/throughput.error" </dev/null \
            || { grep -Eiq 'NotFound|serverless' "$COSMOSDB_FILES/throughput.error" && echo '{}'; } || { cat "$COSMOSDB_FILES/throughput.error" >&2; exit 1; }
        done | jq -r '.id as $id | .resource | select(.) | ($id | split("/")[-3]) + (if .autoscaleSettings then " --max-throughput \(.autoscaleSettings.maxThroughput)" else " --throughput \(.throughput)" end)' >"$COSMOSDB_FILES/throughput.new"
      mv "$COSMOSDB_FILES/throughput.new" "$COSMOSDB_FILES/throughput"
      plan_held $? 'az cosmosdb sql database list -g my-group -a my-ledger --query '\''[].name'\'' -o tsv --subscription 11111111-2222-3333-4444-555555555555 \
  | while IFS= read -r database; do
    az cosmosdb sql database throughput show -g my-group -a my-ledger -n "$database" -o json --subscription 11111111-2222-3333-4444-555555555555 2>"$COSMOSDB_FILES/throughput.error" </dev/null \
      || { grep -Eiq '\''NotFound|serverless'\'' "$COSMOSDB_FILES/throughput.error" && echo '\''{}'\''; } || { cat "$COSMOSDB_FILES/throughput.error" >&2; exit 1; }
  done | jq -r '\''.id as $id | .resource | select(.) | ($id | split("/")[-3]) + (if .autoscaleSettings then " --max-throughput \(.autoscaleSettings.maxThroughput)" else " --throughput \(.throughput)" end)'\'' >"$COSMOSDB_FILES/throughput.new"
mv "$COSMOSDB_FILES/throughput.new" "$COSMOSDB_FILES/throughput"'
    fi
    if {
      [ -z "$COSMOSDB_LIVE" ] || [ -s "$COSMOSDB_FILES/role-definitions.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'Its own roles for data'
    else
      say 'Its own roles for data'
      az cosmosdb sql role definition list -g my-group -a my-ledger -o json --subscription 11111111-2222-3333-4444-555555555555 >"$COSMOSDB_FILES/role-definitions.json.new"
      mv "$COSMOSDB_FILES/role-definitions.json.new" "$COSMOSDB_FILES/role-definitions.json"
    fi
    if {
      [ -z "$COSMOSDB_LIVE" ] || [ -s "$COSMOSDB_FILES/role-assignments.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'Who has them'
    else
      say 'Who has them'
      az cosmosdb sql role assignment list -g my-group -a my-ledger -o json --subscription 11111111-2222-3333-4444-555555555555 >"$COSMOSDB_FILES/role-assignments.json.new"
      mv "$COSMOSDB_FILES/role-assignments.json.new" "$COSMOSDB_FILES/role-assignments.json"
    fi
    if {
      [ -z "$COSMOSDB_LIVE" ] || [ -s "$COSMOSDB_FILES/access.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'Who may manage the account'
    else
      say 'Who may manage the account'
      az role assignment list --scope "$COSMOSDB_SOURCE_ID" -o json --subscription 11111111-2222-3333-4444-555555555555 >"$COSMOSDB_FILES/access.json.new"
      mv "$COSMOSDB_FILES/access.json.new" "$COSMOSDB_FILES/access.json"
    fi
    if {
      [ -z "$COSMOSDB_LIVE" ] || [ -s "$COSMOSDB_FILES/diagnostics.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'Diagnostic settings'
    else
      say 'Diagnostic settings'
      az monitor diagnostic-settings list --resource "$COSMOSDB_SOURCE_ID" -o json --subscription 11111111-2222-3333-4444-555555555555 >"$COSMOSDB_FILES/diagnostics.json.new"
      mv "$COSMOSDB_FILES/diagnostics.json.new" "$COSMOSDB_FILES/diagnostics.json"
    fi
    if {
      [ -z "$COSMOSDB_LIVE" ] || [ -s "$COSMOSDB_FILES/locks.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'Locks'
    else
      say 'Locks'
      az lock list --resource "$COSMOSDB_SOURCE_ID" -o json --subscription 11111111-2222-3333-4444-555555555555 >"$COSMOSDB_FILES/locks.json.new"
      mv "$COSMOSDB_FILES/locks.json.new" "$COSMOSDB_FILES/locks.json"
    fi
    if {
      [ -z "$COSMOSDB_LIVE" ] || [ -s "$COSMOSDB_FILES/mutate.js" ]
    } >/dev/null 2>&1; then
      plan_skip 'ScalarDB'\''s stored procedure'
    else
      say 'ScalarDB'\''s stored procedure'
      grep -Ev '^(scalardb)/' "$COSMOSDB_FILES/at-restore-point" | while IFS=/ read -r database container; do
        found=$(az cosmosdb sql stored-procedure list -g my-group -a my-ledger -d "$database" -c "$container" --query "[?name=='mutate.js'].name" -o tsv --subscription 11111111-2222-3333-4444-555555555555 2>/dev/null </dev/null) || continue
        [ -n "$found" ] || continue
        az cosmosdb sql stored-procedure show -g my-group -a my-ledger -d "$database" -c "$container" -n mutate.js --query resource.body -o tsv --subscription 11111111-2222-3333-4444-555555555555 </dev/null
        break
      done >"$COSMOSDB_FILES/mutate.js.new"
      mv "$COSMOSDB_FILES/mutate.js.new" "$COSMOSDB_FILES/mutate.js"
    fi
  fi
}

# 4. Restore my-ledger into the new account my-ledger-r20261123t124407z
step_4() {
  COSMOSDB_FOUND=$(az cosmosdb list --query "[?name=='my-ledger-r20261123t124407z'].name" -o tsv --subscription 11111111-2222-3333-4444-555555555555)
  COSMOSDB_OURS=$(az cosmosdb list --query "[?name=='my-ledger-r20261123t124407z' && restoreParameters && starts_with(restoreParameters.restoreTimestampInUtc, '2026-11-23T12:44:07') && ends_with(restoreParameters.restoreSource, '/01234567-89ab-cdef-0123-456789abcdef')].name" -o tsv --subscription 11111111-2222-3333-4444-555555555555)
  plan_held $? 'COSMOSDB_OURS=$(az cosmosdb list --query "[?name=='\''my-ledger-r20261123t124407z'\'' && restoreParameters && starts_with(restoreParameters.restoreTimestampInUtc, '\''2026-11-23T12:44:07'\'') && ends_with(restoreParameters.restoreSource, '\''/01234567-89ab-cdef-0123-456789abcdef'\'')].name" -o tsv --subscription 11111111-2222-3333-4444-555555555555)'
  if plan_acts; then
    say 'An account that an earlier run of this plan has made is taken up again, another one is not touched'
    [ "$COSMOSDB_FOUND" = "$COSMOSDB_OURS" ] || { echo 'an account my-ledger-r20261123t124407z exists already, and is no restore of my-ledger to 2026-11-23T12:44:07Z' >&2; false; }
    if {
      [ -n "$COSMOSDB_OURS" ]
    } >/dev/null 2>&1; then
      plan_skip 'Restore my-ledger into the new account my-ledger-r20261123t124407z'
    else
      run az cosmosdb restore -g my-group --account-name my-ledger \
        --target-database-account-name my-ledger-r20261123t124407z \
        --restore-timestamp 2026-11-23T12:44:07Z --location 'Japan East' \
        --public-network-access DISABLED --disable-ttl true -o none \
        --subscription 11111111-2222-3333-4444-555555555555
    fi
    look() {
      [ "$(az cosmosdb show -g my-group -n my-ledger-r20261123t124407z --query provisioningState -o tsv --subscription 11111111-2222-3333-4444-555555555555)" = Succeeded ]
    }
    wait_until 30 86400 'my-ledger-r20261123t124407z is there (provisioningState Succeeded)' look
  fi
}

# 5. See that my-ledger-r20261123t124407z holds what there was at 2026-11-23T12:44:07Z
step_5() {
  run az cosmosdb show -g my-group -n my-ledger-r20261123t124407z --query '{state:provisioningState, mode:createMode, time:restoreParameters.restoreTimestampInUtc, source:restoreParameters.restoreSource}' \
    -o json --subscription 11111111-2222-3333-4444-555555555555
  case $(az cosmosdb show -g my-group -n my-ledger-r20261123t124407z --query restoreParameters.restoreTimestampInUtc -o tsv --subscription 11111111-2222-3333-4444-555555555555) in 2026-11-23T12:44:07*) ;; *) echo 'my-ledger-r20261123t124407z was restored to another time than 2026-11-23T12:44:07Z' >&2; false ;; esac
  say 'List the containers that came back'
  az cosmosdb sql database list -g my-group -a my-ledger-r20261123t124407z --query '[].name' -o tsv --subscription 11111111-2222-3333-4444-555555555555 \
    | while IFS= read -r database; do
      az cosmosdb sql container list -g my-group -a my-ledger-r20261123t124407z -d "$database" --query '[].name' -o tsv --subscription 11111111-2222-3333-4444-555555555555 </dev/null | sed "s|^|$database/|"
    done | LC_ALL=C sort >"$COSMOSDB_FILES/restored.new"
  mv "$COSMOSDB_FILES/restored.new" "$COSMOSDB_FILES/restored"
  if {
    [ -z "$COSMOSDB_LIVE" ]
  } >/dev/null 2>&1; then
    plan_skip 'Compare with the containers that there were at the restore point'
  else
    say 'Compare with the containers that there were at the restore point'
    diff "$COSMOSDB_FILES/at-restore-point" "$COSMOSDB_FILES/restored"
  fi
  say 'Name what the record has and the new account has not; nothing must be printed'
  printf '%s\n' coordinator/state scalar/asset scalar_tenant/asset scalardb/metadata \
    | LC_ALL=C sort | LC_ALL=C comm -23 - "$COSMOSDB_FILES/restored" | awk '{ print } END { exit NR > 0 }'
}

# 6. Give my-ledger-r20261123t124407z the settings of my-ledger
step_6() {
  if plan_acts; then
    if {
      [ "$(az cosmosdb show -g my-group -n my-ledger-r20261123t124407z --query consistencyPolicy.defaultConsistencyLevel -o tsv --subscription 11111111-2222-3333-4444-555555555555)" = Strong ]
    } >/dev/null 2>&1; then
      plan_skip 'Strong consistency'
    else
      say 'Strong consistency'
      run az cosmosdb update -g my-group -n my-ledger-r20261123t124407z \
        --default-consistency-level Strong -o none --subscription 11111111-2222-3333-4444-555555555555
    fi
    if {
      [ "$(az cosmosdb show -g my-group -n my-ledger-r20261123t124407z --query backupPolicy.type -o tsv --subscription 11111111-2222-3333-4444-555555555555)" = Continuous ]
    } >/dev/null 2>&1; then
      plan_skip 'Continuous backup'
    else
      say 'Continuous backup'
      run az cosmosdb update -g my-group -n my-ledger-r20261123t124407z \
        --backup-policy-type Continuous --continuous-tier Continuous7Days -o none \
        --subscription 11111111-2222-3333-4444-555555555555
    fi
  fi
  COSMOSDB_TARGET_ID=$(az cosmosdb show -g my-group -n my-ledger-r20261123t124407z --query id -o tsv --subscription 11111111-2222-3333-4444-555555555555)
  if plan_acts; then
    if {
      [ ! -s "$COSMOSDB_FILES/throughput" ]
    } >/dev/null 2>&1; then
      plan_skip 'Throughput; a database that has the other kind of it is changed by az cosmosdb sql database throughput migrate'
    else
      say 'Throughput; a database that has the other kind of it is changed by az cosmosdb sql database throughput migrate'
      while read -r database option value; do
        az cosmosdb sql database throughput update -g my-group -a my-ledger-r20261123t124407z -n "$database" "$option" "$value" -o none --subscription 11111111-2222-3333-4444-555555555555 </dev/null
      done <"$COSMOSDB_FILES/throughput"
    fi
    if {
      [ ! -s "$COSMOSDB_FILES/source.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'Tags'
    else
      say 'Tags'
      jq -r '.tags // {} | to_entries[] | [.key + "=" + .value] | @sh' "$COSMOSDB_FILES/source.json" \
        | xargs -r -L 1 az tag update --resource-id "$COSMOSDB_TARGET_ID" --operation Merge -o none --subscription 11111111-2222-3333-4444-555555555555 --tags
    fi
    if {
      [ ! -s "$COSMOSDB_FILES/role-definitions.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'Roles for data'
    else
      say 'Roles for data'
      jq -r --arg source "$(jq -r .id "$COSMOSDB_FILES/source.json")" '.[] | select(.name | startswith("00000000-0000-0000-0000-") | not) | [{Id: .name, RoleName: .roleName, Type: "CustomRole", AssignableScopes: (.assignableScopes | map(ltrimstr($source) | if . == "" then "/" else . end)), Permissions: (.permissions | map({DataActions: .dataActions}))} | tojson] | @sh' "$COSMOSDB_FILES/role-definitions.json" \
        | xargs -r -L 1 az cosmosdb sql role definition create -g my-group -a my-ledger-r20261123t124407z -o none --subscription 11111111-2222-3333-4444-555555555555 --body
    fi
    if {
      [ ! -s "$COSMOSDB_FILES/role-assignments.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'Who has them'
    else
      say 'Who has them'
      jq -r --arg source "$(jq -r .id "$COSMOSDB_FILES/source.json")" '.[] | ["--role-assignment-id", .name, "--role-definition-id", (.roleDefinitionId | split("/")[-1]), "--principal-id", .principalId, "--scope", (.scope | ltrimstr($source) | if . == "" then "/" else . end)] | @sh' "$COSMOSDB_FILES/role-assignments.json" \
        | xargs -r -L 1 az cosmosdb sql role assignment create -g my-group -a my-ledger-r20261123t124407z -o none --subscription 11111111-2222-3333-4444-555555555555
    fi
    if {
      [ ! -s "$COSMOSDB_FILES/access.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'Who may manage the account'
    else
      say 'Who may manage the account'
      jq -r '.[] | ["--assignee-object-id", .principalId, "--assignee-principal-type", .principalType, "--role", .roleDefinitionId] | @sh' "$COSMOSDB_FILES/access.json" \
        | xargs -r -L 1 az role assignment create --scope "$COSMOSDB_TARGET_ID" -o none --subscription 11111111-2222-3333-4444-555555555555
    fi
    if {
      [ ! -s "$COSMOSDB_FILES/diagnostics.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'Diagnostic settings'
    else
      say 'Diagnostic settings'
      jq -r '.[] | ["--name", .name, "--logs", (.logs // [] | tojson), "--metrics", (.metrics // [] | tojson)] + ([["--workspace", .workspaceId], ["--storage-account", .storageAccountId], ["--event-hub", .eventHubName], ["--event-hub-rule", .eventHubAuthorizationRuleId]] | map(select(.[1])) | add // []) | @sh' "$COSMOSDB_FILES/diagnostics.json" \
        | xargs -r -L 1 az monitor diagnostic-settings create --resource "$COSMOSDB_TARGET_ID" -o none --subscription 11111111-2222-3333-4444-555555555555
    fi
    by_hand 'cosmosdb.settings' 'What only you can decide:
Compare my-ledger-r20261123t124407z with the notes in source.json, and bring back what my-ledger had, each in the portal or by the commands of the Azure CLI:
- further regions, one at a time: az cosmosdb update -g my-group -n my-ledger-r20261123t124407z --locations regionName=REGION failoverPriority=0 --locations regionName=OTHER failoverPriority=1 --subscription 11111111-2222-3333-4444-555555555555
- private endpoints and their DNS zones, which belong to the old account: az network private-endpoint create -g my-group -n my-ledger-r20261123t124407z-endpoint --subnet SUBNET-ID --private-connection-resource-id ACCOUNT-ID --group-id Sql --connection-name my-ledger-r20261123t124407z --subscription 11111111-2222-3333-4444-555555555555
- alerts, and whatever else names the old account: policies, dashboards, Terraform or Bicep (import the new one, or its next run undoes this)'
  fi
}

# 7. Let in to my-ledger-r20261123t124407z who was let in to my-ledger
step_7() {
  COSMOSDB_IP_RANGES=$([ ! -s "$COSMOSDB_FILES/source.json" ] || jq -r '[.ipRules // [] | .[].ipAddressOrRange] | join(",")' "$COSMOSDB_FILES/source.json")
  if [ -n "$COSMOSDB_IP_RANGES" ]; then
    az cosmosdb update -g my-group -n my-ledger-r20261123t124407z --ip-range-filter "$COSMOSDB_IP_RANGES" -o none --subscription 11111111-2222-3333-4444-555555555555
  fi
  if [ -s "$COSMOSDB_FILES/source.json" ]; then
    jq -r '.virtualNetworkRules // [] | .[] | ["--subnet", .id, "--ignore-missing-endpoint", (.ignoreMissingVNetServiceEndpoint // false | tostring)] | @sh' "$COSMOSDB_FILES/source.json" | xargs -r -L 1 az cosmosdb network-rule add -g my-group -n my-ledger-r20261123t124407z -o none --subscription 11111111-2222-3333-4444-555555555555
  fi
  COSMOSDB_PUBLIC_ACCESS=$([ ! -s "$COSMOSDB_FILES/source.json" ] || jq -r '.publicNetworkAccess // "Enabled"' "$COSMOSDB_FILES/source.json")
  if [ "$COSMOSDB_PUBLIC_ACCESS" = Enabled ]; then
    confirm "the next command opens my-ledger-r20261123t124407z to public networks, limited to my-ledger's addresses (${COSMOSDB_IP_RANGES:-none were set}) and subnets" open
    az cosmosdb update -g my-group -n my-ledger-r20261123t124407z --public-network-access ENABLED -o none --subscription 11111111-2222-3333-4444-555555555555
  else
    say 'not opened to public networks: my-ledger is not known to have been'
  fi
}

# 8. Ask my-ledger-r20261123t124407z for transactions that were half done
step_8() {
  by_hand 'cosmosdb.in-flight' 'In the Data Explorer of my-ledger-r20261123t124407z, for each of scalar/asset, scalar_tenant/asset:
SELECT VALUE COUNT(1) FROM c WHERE c["values"].tx_state != 3'
}

# 9. Let the schema loader repair the tables of ledger my-ledger
step_9() {
  COSMOSDB_URI=$(az cosmosdb show -g my-group -n my-ledger-r20261123t124407z --query documentEndpoint -o tsv --subscription 11111111-2222-3333-4444-555555555555)
  say 'The request units of the schema; 400 is the loader'\''s default'
  COSMOSDB_RU=$(awk '$1 == "scalar" { print $3 }' "$COSMOSDB_FILES/throughput" 2>/dev/null || true)
  if plan_acts; then
    if {
      kubectl get job -n ledger -l app.kubernetes.io/instance=repair-ledger-r20261123t124407z -o 'jsonpath={.items[*].status.succeeded}' | grep -qx 1
    } >/dev/null 2>&1; then
      plan_skip 'The key of the new account, into a Secret without showing it'
    else
      say 'The key of the new account, into a Secret without showing it'
      az cosmosdb keys list -g my-group -n my-ledger-r20261123t124407z --query primaryMasterKey -o tsv --subscription 11111111-2222-3333-4444-555555555555 | tr -d '\n' \
        | kubectl create secret generic repair-ledger-r20261123t124407z -n ledger --from-file=SCALAR_DB_PASSWORD=/dev/stdin --dry-run=client -o yaml \
        | kubectl apply -n ledger -f -
    fi
    printf '%s\n' scalar.db.storage=cosmos scalar.db.contact_points="$COSMOSDB_URI" "scalar.db.password=\${env:SCALAR_DB_PASSWORD}" >"$COSMOSDB_FILES/repair-ledger-r20261123t124407z.properties"
    if {
      kubectl get job -n ledger -l app.kubernetes.io/instance=repair-ledger-r20261123t124407z -o 'jsonpath={.items[*].status.succeeded}' | grep -qx 1
    } >/dev/null 2>&1; then
      plan_skip 'Clear away a job that failed before'
    else
      say 'Clear away a job that failed before'
      run helm uninstall repair-ledger-r20261123t124407z -n ledger --ignore-not-found --wait
    fi
    if {
      kubectl get job -n ledger -l app.kubernetes.io/instance=repair-ledger-r20261123t124407z -o 'jsonpath={.items[*].status.succeeded}' | grep -qx 1
    } >/dev/null 2>&1; then
      plan_skip 'Images and pull secrets come from your values file for the schema loader: export LEDGER_SCHEMA_VALUES=FILE before'
    else
      say 'Images and pull secrets come from your values file for the schema loader: export LEDGER_SCHEMA_VALUES=FILE before'
      helm install repair-ledger-r20261123t124407z scalar-labs/schema-loading \
        -n ledger -f "${LEDGER_SCHEMA_VALUES:-/dev/null}" --set schemaLoading.schemaType=ledger \
        --set schemaLoading.image.version=3.9.3 --set schemaLoading.secretName=repair-ledger-r20261123t124407z \
        --set "schemaLoading.commandArgs={--repair-all,--ru,${COSMOSDB_RU:-400}}" \
        --set-file schemaLoading.databaseProperties="$COSMOSDB_FILES/repair-ledger-r20261123t124407z.properties" \
        --wait --wait-for-jobs --timeout 30m
    fi
    say 'The job must have succeeded'
    kubectl get job -n ledger -l app.kubernetes.io/instance=repair-ledger-r20261123t124407z -o 'jsonpath={.items[*].status.succeeded}' | grep -qx 1
  fi
}

# 10. Put the stored procedure into every container of my-ledger-r20261123t124407z
step_10() {
  if {
    [ -s "$COSMOSDB_FILES/mutate.js" ]
  } >/dev/null 2>&1; then
    plan_skip 'Only where the old account is gone: take it from a table that the schema loader has repaired'
  else
    say 'Only where the old account is gone: take it from a table that the schema loader has repaired'
    az cosmosdb sql stored-procedure show -g my-group -a my-ledger-r20261123t124407z -d scalar -c asset -n mutate.js --query resource.body -o tsv --subscription 11111111-2222-3333-4444-555555555555 >"$COSMOSDB_FILES/mutate.js"
  fi
  [ -s "$COSMOSDB_FILES/mutate.js" ] || { echo 'no mutate.js: take cosmosdb_stored_procedure/mutate.js out of the jar of ScalarDB and put it there' >&2; false; }
  say 'Where it is missing'
  grep -Ev '^(scalardb)/' "$COSMOSDB_FILES/restored" | while IFS=/ read -r database container; do
    found=$(az cosmosdb sql stored-procedure list -g my-group -a my-ledger-r20261123t124407z -d "$database" -c "$container" --query "[?name=='mutate.js'].name" -o tsv --subscription 11111111-2222-3333-4444-555555555555 </dev/null)
    [ -z "$found" ] || continue
    az cosmosdb sql stored-procedure create -g my-group -a my-ledger-r20261123t124407z -d "$database" -c "$container" -n mutate.js -b @"$COSMOSDB_FILES/mutate.js" -o none --subscription 11111111-2222-3333-4444-555555555555 </dev/null
  done
  say 'Name the containers that still lack it; nothing must be printed'
  grep -Ev '^(scalardb)/' "$COSMOSDB_FILES/restored" | while IFS=/ read -r database container; do
    found=$(az cosmosdb sql stored-procedure list -g my-group -a my-ledger-r20261123t124407z -d "$database" -c "$container" --query "[?name=='mutate.js'].name" -o tsv --subscription 11111111-2222-3333-4444-555555555555 </dev/null)
    [ -n "$found" ] || echo "$database/$container"
  done | awk '{ print } END { exit NR > 0 }'
}

# 11. Lock my-ledger-r20261123t124407z as my-ledger is
step_11() {
  if {
    [ ! -s "$COSMOSDB_FILES/locks.json" ]
  } >/dev/null 2>&1; then
    plan_skip 'Locks'
  else
    say 'Locks'
    jq -r --arg source "$(jq -r .id "$COSMOSDB_FILES/source.json")" '.[] | select(.id | ascii_downcase | startswith($source | ascii_downcase)) | ["--name", .name, "--lock-type", .level] + (if .notes then ["--notes", .notes] else [] end) | @sh' "$COSMOSDB_FILES/locks.json" \
      | xargs -r -L 1 az lock create --resource "$COSMOSDB_TARGET_ID" -o none --subscription 11111111-2222-3333-4444-555555555555
  fi
}

plan_main "$@"
exit
