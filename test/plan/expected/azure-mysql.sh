#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-04e8153a, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: azure-mysql, Azure Database for MySQL flexible server my-server, used by ledger my-ledger in namespace ledger
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

PLAN='r20261123t124407z-04e8153a'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=()
PLAN_IDS=('azure-mysql.names' 'azure-mysql.window' 'azure-mysql.capture' 'azure-mysql.copy' 'azure-mysql.in-flight' 'azure-mysql.settings')
PLAN_PHASES=('prepare' 'check' 'capture' 'copy' 'verify-copy' 'settings')
PLAN_TITLES=('Find the server my-server' 'See that my-server can be restored to 2026-11-23T12:44:07Z' 'Note how my-server is set up' 'Restore my-server into the new server my-server-r20261123t124407z' 'Ask my-server-r20261123t124407z for transactions that were half done' 'Give my-server-r20261123t124407z the settings of my-server')
PLAN_UNDO=('' '' '' 'delete the new server: az mysql flexible-server delete -g my-group -n my-server-r20261123t124407z --yes --subscription 11111111-2222-3333-4444-555555555555' 'delete the new server: az mysql flexible-server delete -g my-group -n my-server-r20261123t124407z --yes --subscription 11111111-2222-3333-4444-555555555555' '')
PLAN_DATABASES=('azure-mysql' 'azure-mysql' 'azure-mysql' 'azure-mysql' 'azure-mysql' 'azure-mysql')
PLAN_ASKS=('' '' '' '' '' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('yes' '' '' 'yes' 'yes' 'yes')
PLAN_NO_RETURN=('' '' '' '' '' '')
PLAN_NAMES=('AZURE_MYSQL_FILES' 'AZURE_MYSQL_RESTORED' 'AZURE_MYSQL_HOST' 'AZURE_MYSQL_TARGET_ID')
PLAN_LATER='When all is well:

Delete my-server when the restored server has been accepted. Until then it is the way back.
  az mysql flexible-server delete -g my-group -n my-server \
    --subscription 11111111-2222-3333-4444-555555555555'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'az' '' 'Get it from https://learn.microsoft.com/cli/azure/install-azure-cli'
  plan_need 'jq' '' 'Get it from https://jqlang.org/download/'
  plan_need 'mysql' '' 'Install mysql, then run this again'
  true
}

# 1. Find the server my-server
step_1() {
  if plan_acts; then
    run az account show --query '{subscription:name, id:id, tenant:tenantId, user:user.name}' \
      -o table --subscription 11111111-2222-3333-4444-555555555555
  fi
  say 'Make a directory for what is noted on the way'
  AZURE_MYSQL_FILES="${STATE:-$PWD}/azure-mysql-r20261123t124407z"
  mkdir -p "$AZURE_MYSQL_FILES"
}

# 2. See that my-server can be restored to 2026-11-23T12:44:07Z
step_2() {
  run az mysql flexible-server show -g my-group -n my-server --query '{state:state, earliest:backup.earliestRestoreDate, days:backup.backupRetentionDays}' \
    -o json --subscription 11111111-2222-3333-4444-555555555555
  [ -n "$(az mysql flexible-server list -g my-group --query "[?name=='my-server' && backup.earliestRestoreDate<='2026-11-23T12:44:07'].name" -o tsv --subscription 11111111-2222-3333-4444-555555555555)" ] || { echo 'no backup of my-server reaches back to 2026-11-23T12:44:07Z' >&2; false; }
  plan_held $? '[ -n "$(az mysql flexible-server list -g my-group --query "[?name=='\''my-server'\'' && backup.earliestRestoreDate<='\''2026-11-23T12:44:07'\''].name" -o tsv --subscription 11111111-2222-3333-4444-555555555555)" ] || { echo '\''no backup of my-server reaches back to 2026-11-23T12:44:07Z'\'' >&2; false; }'
  look() {
    [ "$(date -u +%s)" -ge 1795438447 ]
  }
  wait_until 30 3600 'logs are backed up beyond 2026-11-23T12:44:07Z (every 5 minutes, Microsoft)' look
}

# 3. Note how my-server is set up
step_3() {
  if {
    [ -s "$AZURE_MYSQL_FILES/source.json" ]
  } >/dev/null 2>&1; then
    plan_skip 'The server itself'
  else
    say 'The server itself'
    az mysql flexible-server show -g my-group -n my-server -o json --subscription 11111111-2222-3333-4444-555555555555 >"$AZURE_MYSQL_FILES/source.json.new"
    mv "$AZURE_MYSQL_FILES/source.json.new" "$AZURE_MYSQL_FILES/source.json"
  fi
  if {
    [ -s "$AZURE_MYSQL_FILES/parameters.json" ]
  } >/dev/null 2>&1; then
    plan_skip 'Its parameters'
  else
    say 'Its parameters'
    az mysql flexible-server parameter list -g my-group -s my-server -o json --subscription 11111111-2222-3333-4444-555555555555 >"$AZURE_MYSQL_FILES/parameters.json.new"
    mv "$AZURE_MYSQL_FILES/parameters.json.new" "$AZURE_MYSQL_FILES/parameters.json"
  fi
}

# 4. Restore my-server into the new server my-server-r20261123t124407z
step_4() {
  say 'See whether an earlier run of this plan has begun it: nothing else makes a server of this name'
  AZURE_MYSQL_RESTORED=$(az mysql flexible-server list -g my-group --query "[?name=='my-server-r20261123t124407z'].name" -o tsv --subscription 11111111-2222-3333-4444-555555555555)
  if plan_acts; then
    if {
      [ -n "$AZURE_MYSQL_RESTORED" ]
    } >/dev/null 2>&1; then
      plan_skip 'In the subnet of the old server, where it has one'
    else
      say 'In the subnet of the old server, where it has one'
      jq -r '["--restore-time", "2026-11-23T12:44:07Z"] + (.network | if .delegatedSubnetResourceId then ["--subnet", .delegatedSubnetResourceId, "--private-dns-zone", .privateDnsZoneArmResourceId // .privateDnsZoneResourceId] else [] end) | @sh' "$AZURE_MYSQL_FILES/source.json" \
        | xargs -L 1 az mysql flexible-server restore -g my-group -n my-server-r20261123t124407z --source-server my-server --yes -o none --subscription 11111111-2222-3333-4444-555555555555
    fi
    look() {
      [ "$(az mysql flexible-server show -g my-group -n my-server-r20261123t124407z --query state -o tsv --subscription 11111111-2222-3333-4444-555555555555)" = Ready ]
    }
    wait_until 30 86400 'my-server-r20261123t124407z is there (state Ready)' look
  fi
}

# 5. Ask my-server-r20261123t124407z for transactions that were half done
step_5() {
  AZURE_MYSQL_HOST=$(az mysql flexible-server show -g my-group -n my-server-r20261123t124407z --query fullyQualifiedDomainName -o tsv --subscription 11111111-2222-3333-4444-555555555555)
  if plan_acts; then
{ printf '%s\n' 'SELECT CONCAT('\''SELECT '\'', QUOTE(CONCAT(table_schema, '\''.'\'', table_name)), '\'', COUNT(*) FROM `'\'',
    REPLACE(table_schema, '\''`'\'', '\''``'\''), '\''`.`'\'', REPLACE(table_name, '\''`'\'', '\''``'\''), '\''` WHERE tx_state <> 3;'\'')
  FROM information_schema.columns AS state JOIN information_schema.columns AS version USING (table_schema, table_name)
  WHERE state.column_name = '\''tx_state'\'' AND version.column_name = '\''tx_version'\''
  ORDER BY table_schema, table_name' \
  | mysql --host="$AZURE_MYSQL_HOST" --port=3306 --batch --skip-column-names --raw \
  | mysql --host="$AZURE_MYSQL_HOST" --port=3306 --batch --skip-column-names --raw \
  | awk -F '\t' '{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'; } || echo 'WARNING: my-server-r20261123t124407z could not be asked for half-done rows: ask it from where it can be reached' >&2
  fi
}

# 6. Give my-server-r20261123t124407z the settings of my-server
step_6() {
  AZURE_MYSQL_TARGET_ID=$(az mysql flexible-server show -g my-group -n my-server-r20261123t124407z --query id -o tsv --subscription 11111111-2222-3333-4444-555555555555)
  if plan_acts; then
    say 'Parameters that somebody has set'
    jq -r '.[] | select(.source == "user-override" and .isReadOnly != true and .isReadOnly != "True") | ["--name", .name, "--value", .value] | @sh' "$AZURE_MYSQL_FILES/parameters.json" \
      | xargs -r -L 1 az mysql flexible-server parameter set -g my-group -s my-server-r20261123t124407z -o none --subscription 11111111-2222-3333-4444-555555555555
    say 'Days for which backups are kept'
    jq -r '["--backup-retention", (.backup.backupRetentionDays | tostring)] | @sh' "$AZURE_MYSQL_FILES/source.json" \
      | xargs -r -L 1 az mysql flexible-server update -g my-group -n my-server-r20261123t124407z -o none --subscription 11111111-2222-3333-4444-555555555555
    say 'Tags'
    jq -r '.tags // {} | to_entries[] | [.key + "=" + .value] | @sh' "$AZURE_MYSQL_FILES/source.json" \
      | xargs -r -L 1 az tag update --resource-id "$AZURE_MYSQL_TARGET_ID" --operation Merge -o none --subscription 11111111-2222-3333-4444-555555555555 --tags
    say 'High availability, where it was on'
    jq -r '.highAvailability.mode // "Disabled" | select(. != "Disabled") | ["--high-availability", .] | @sh' "$AZURE_MYSQL_FILES/source.json" \
      | xargs -r -L 1 az mysql flexible-server update -g my-group -n my-server-r20261123t124407z -o none --subscription 11111111-2222-3333-4444-555555555555
    by_hand 'azure-mysql.settings' 'What only you can decide:
Compare my-server-r20261123t124407z with the notes in source.json, and bring back what my-server had, in the portal or by the commands of the Azure CLI:
- firewall rules, which are copied: see that they are there
- private endpoints and their DNS records, read replicas, administrators of Entra, alerts, diagnostic settings, locks
- whatever else names the old server: policies, dashboards, Terraform or Bicep (import the new one, or its next run undoes this)'
  fi
}

plan_main "$@"
exit
