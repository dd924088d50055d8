#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-77d6e982, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: azure-postgresql, Azure Database for PostgreSQL flexible server my-server, used by ledger my-ledger in namespace ledger
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

PLAN='r20261123t124407z-77d6e982'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=()
PLAN_IDS=('azure-postgresql.names' 'azure-postgresql.window' 'azure-postgresql.capture' 'azure-postgresql.copy' 'azure-postgresql.in-flight' 'azure-postgresql.settings')
PLAN_PHASES=('prepare' 'check' 'capture' 'copy' 'verify-copy' 'settings')
PLAN_TITLES=('Find the server my-server' 'See that my-server can be restored to 2026-11-23T12:44:07Z' 'Note how my-server is set up' 'Restore my-server into the new server my-server-r20261123t124407z' 'Ask my-server-r20261123t124407z for transactions that were half done' 'Give my-server-r20261123t124407z the settings of my-server')
PLAN_UNDO=('' '' '' 'delete the new server: az postgres flexible-server delete -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" -n my-server-r20261123t124407z --yes' 'delete the new server: az postgres flexible-server delete -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" -n my-server-r20261123t124407z --yes' '')
PLAN_DATABASES=('azure-postgresql' 'azure-postgresql' 'azure-postgresql' 'azure-postgresql' 'azure-postgresql' 'azure-postgresql')
PLAN_ASKS=('' '' '' '' '' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('yes' '' '' 'yes' 'yes' 'yes')
PLAN_NO_RETURN=('' '' '' '' '' '')
PLAN_NAMES=('AZURE_POSTGRESQL_RESOURCE_GROUP' 'AZURE_POSTGRESQL_FILES' 'AZURE_POSTGRESQL_RESTORED' 'AZURE_POSTGRESQL_HOST' 'AZURE_POSTGRESQL_TARGET_ID')
PLAN_LATER='When all is well:

Delete my-server when the restored server has been accepted. Until then it is the way back.
  az postgres flexible-server delete -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" -n my-server'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'az' '' 'Get it from https://learn.microsoft.com/cli/azure/install-azure-cli'
  plan_need 'jq' '' 'Get it from https://jqlang.org/download/'
  plan_need 'psql' '' 'Install psql, then run this again'
  true
}

# 1. Find the server my-server
step_1() {
  if plan_acts; then
    run az account show --query '{subscription:name, id:id, tenant:tenantId, user:user.name}' -o table
  fi
  say 'Look up the resource group'
  AZURE_POSTGRESQL_RESOURCE_GROUP=$(az postgres flexible-server list --query "[?name=='my-server'].resourceGroup | [0]" -o tsv)
  if plan_acts; then
    [ -n "$AZURE_POSTGRESQL_RESOURCE_GROUP" ] || { echo 'no resource-group was found: make the plan again with --database kind=azure-postgresql,resource-group=…' >&2; false; }
  fi
  say 'Make a directory for what is noted on the way'
  AZURE_POSTGRESQL_FILES="${STATE:-$PWD}/azure-postgresql-r20261123t124407z"
  mkdir -p "$AZURE_POSTGRESQL_FILES"
}

# 2. See that my-server can be restored to 2026-11-23T12:44:07Z
step_2() {
  az postgres flexible-server show -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" \
    -n my-server --query '{state:state, earliest:backup.earliestRestoreDate, days:backup.backupRetentionDays}' \
    -o json
  [ -n "$(az postgres flexible-server list -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" --query "[?name=='my-server' && backup.earliestRestoreDate<='2026-11-23T12:44:07'].name" -o tsv)" ] || { echo 'no backup of my-server reaches back to 2026-11-23T12:44:07Z' >&2; false; }
  plan_held $? '[ -n "$(az postgres flexible-server list -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" --query "[?name=='\''my-server'\'' && backup.earliestRestoreDate<='\''2026-11-23T12:44:07'\''].name" -o tsv)" ] || { echo '\''no backup of my-server reaches back to 2026-11-23T12:44:07Z'\'' >&2; false; }'
  look() {
    [ "$(date -u +%s)" -ge 1795438447 ]
  }
  wait_until 30 3600 'logs are backed up beyond 2026-11-23T12:44:07Z (every 5 minutes, Microsoft)' look
}

# 3. Note how my-server is set up
step_3() {
  if {
    [ -s "$AZURE_POSTGRESQL_FILES/source.json" ]
  } >/dev/null 2>&1; then
    plan_skip 'The server itself'
  else
    say 'The server itself'
    az postgres flexible-server show -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" -n my-server -o json >"$AZURE_POSTGRESQL_FILES/source.json.new"
    mv "$AZURE_POSTGRESQL_FILES/source.json.new" "$AZURE_POSTGRESQL_FILES/source.json"
  fi
  if {
    [ -s "$AZURE_POSTGRESQL_FILES/parameters.json" ]
  } >/dev/null 2>&1; then
    plan_skip 'Its parameters'
  else
    say 'Its parameters'
    az postgres flexible-server parameter list -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" -s my-server -o json >"$AZURE_POSTGRESQL_FILES/parameters.json.new"
    mv "$AZURE_POSTGRESQL_FILES/parameters.json.new" "$AZURE_POSTGRESQL_FILES/parameters.json"
  fi
}

# 4. Restore my-server into the new server my-server-r20261123t124407z
step_4() {
  say 'See whether an earlier run of this plan has begun it: nothing else makes a server of this name'
  AZURE_POSTGRESQL_RESTORED=$(az postgres flexible-server list -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" --query "[?name=='my-server-r20261123t124407z'].name" -o tsv)
  if plan_acts; then
    if {
      [ -n "$AZURE_POSTGRESQL_RESTORED" ]
    } >/dev/null 2>&1; then
      plan_skip 'In the subnet of the old server, where it has one'
    else
      say 'In the subnet of the old server, where it has one'
      jq -r '["--restore-time", "2026-11-23T12:44:07Z"] + (.network | if .delegatedSubnetResourceId then ["--subnet", .delegatedSubnetResourceId, "--private-dns-zone", .privateDnsZoneArmResourceId // .privateDnsZoneResourceId] else [] end) | @sh' "$AZURE_POSTGRESQL_FILES/source.json" \
        | xargs -L 1 az postgres flexible-server restore -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" -n my-server-r20261123t124407z --source-server my-server --yes -o none
    fi
    look() {
      [ "$(az postgres flexible-server show -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" -n my-server-r20261123t124407z --query state -o tsv)" = Ready ]
    }
    wait_until 30 86400 'my-server-r20261123t124407z is there (state Ready)' look
  fi
}

# 5. Ask my-server-r20261123t124407z for transactions that were half done
step_5() {
  AZURE_POSTGRESQL_HOST=$(az postgres flexible-server show -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" -n my-server-r20261123t124407z --query fullyQualifiedDomainName -o tsv)
  if plan_acts; then
{ printf '%s\n' 'SELECT format('\''SELECT %L, count(*) FROM %I.%I WHERE tx_state <> 3'\'',
    table_schema || '\''.'\'' || table_name, table_schema, table_name)
  FROM information_schema.columns AS state JOIN information_schema.columns AS version USING (table_schema, table_name)
  WHERE state.column_name = '\''tx_state'\'' AND version.column_name = '\''tx_version'\''
  ORDER BY table_schema, table_name
\gexec' \
  | psql --host="$AZURE_POSTGRESQL_HOST" --port=5432 --dbname=ledger --no-psqlrc --no-align --tuples-only --set=ON_ERROR_STOP=1 \
  | awk -F '|' '{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'; } || echo 'WARNING: my-server-r20261123t124407z could not be asked for half-done rows: ask it from where it can be reached' >&2
  fi
}

# 6. Give my-server-r20261123t124407z the settings of my-server
step_6() {
  AZURE_POSTGRESQL_TARGET_ID=$(az postgres flexible-server show -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" -n my-server-r20261123t124407z --query id -o tsv)
  if plan_acts; then
    say 'Parameters that somebody has set'
    jq -r '.[] | select(.source == "user-override" and .isReadOnly != true and .isReadOnly != "True") | ["--name", .name, "--value", .value] | @sh' "$AZURE_POSTGRESQL_FILES/parameters.json" \
      | xargs -r -L 1 az postgres flexible-server parameter set -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" -s my-server-r20261123t124407z -o none
    say 'Days for which backups are kept'
    jq -r '["--backup-retention", (.backup.backupRetentionDays | tostring)] | @sh' "$AZURE_POSTGRESQL_FILES/source.json" \
      | xargs -r -L 1 az postgres flexible-server update -g "$AZURE_POSTGRESQL_RESOURCE_GROUP" -n my-server-r20261123t124407z --yes -o none
    say 'Tags'
    jq -r '.tags // {} | to_entries[] | [.key + "=" + .value] | @sh' "$AZURE_POSTGRESQL_FILES/source.json" \
      | xargs -r -L 1 az tag update --resource-id "$AZURE_POSTGRESQL_TARGET_ID" --operation Merge -o none --tags
    say 'High availability, where it was on'
    jq -r '.highAvailability.mode // "Disabled" | select(. != "Disabled") | {properties: {highAvailability: {mode: .}}} | [tojson] | @sh' "$AZURE_POSTGRESQL_FILES/source.json" \
      | xargs -r -L 1 az rest --method patch --url "$AZURE_POSTGRESQL_TARGET_ID?api-version=2024-08-01" -o none --body
    by_hand 'azure-postgresql.settings' 'What only you can decide:
Compare my-server-r20261123t124407z with the notes in source.json, and bring back what my-server had, in the portal or by the commands of the Azure CLI:
- firewall rules, which are copied: see that they are there
- private endpoints and their DNS records, read replicas, administrators of Entra, alerts, diagnostic settings, locks
- whatever else names the old server: policies, dashboards, Terraform or Bicep (import the new one, or its next run undoes this)'
  fi
}

plan_main "$@"
exit
