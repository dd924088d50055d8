#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-b5fdd953, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: rds, Amazon RDS instance my-db in eu-west-1, used by ledger my-ledger in namespace ledger
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

PLAN='r20261123t124407z-b5fdd953'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=()
PLAN_IDS=('rds.identity' 'rds.window' 'rds.settings' 'rds.copy' 'rds.in-flight' 'rds.differences')
PLAN_PHASES=('prepare' 'check' 'capture' 'copy' 'verify-copy' 'settings')
PLAN_TITLES=('See which AWS account this is' 'See that my-db can be restored to the restore point' 'Note how my-db is set up' 'Restore my-db at the restore point as my-db-r20261123t124407z' 'Ask my-db-r20261123t124407z for transactions that were half done' 'Give my-db-r20261123t124407z back what a restore does not bring')
PLAN_UNDO=('' '' '' 'Take the deletion protection off my-db-r20261123t124407z and delete it; nothing else has changed.' '' '')
PLAN_DATABASES=('rds' 'rds' 'rds' 'rds' 'rds' 'rds')
PLAN_ASKS=('' '' '' '' '' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' '' 'yes' '' 'yes' '')
PLAN_NO_RETURN=('' '' '' '' '' '')
PLAN_NAMES=('RDS_CLASS' 'RDS_SUBNET_GROUP' 'RDS_SECURITY_GROUPS' 'RDS_PARAMETER_GROUP' 'RDS_OPTION_GROUP' 'RDS_FLAGS' 'RDS_HOST')
PLAN_LATER='When all is well:'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'aws' '' 'AWS CLI, version 1 or 2: https://aws.amazon.com/cli/'
  plan_need 'jq' '' 'Get it from https://jqlang.org/download/'
  plan_need 'psql' '' 'Install psql, then run this again'
  true
}

# 1. See which AWS account this is
step_1() {
  run aws sts get-caller-identity --region eu-west-1 --output json
}

# 2. See that my-db can be restored to the restore point
step_2() {
  run aws rds describe-db-instance-automated-backups --region eu-west-1 \
    --dbi-resource-id db-ABC --query 'DBInstanceAutomatedBackups[0].RestoreWindow' \
    --output json
  look() {
    [[ "$(TZ=UTC aws rds describe-db-instance-automated-backups --region eu-west-1 --dbi-resource-id db-ABC --query 'DBInstanceAutomatedBackups[0].RestoreWindow.LatestTime' --output text | cut -c 1-19)" > 2026-11-23T12:44:07 ]]
  }
  wait_until 30 3600 'my-db to be restorable to 2026-11-23T12:44:07Z' look
}

# 3. Note how my-db is set up
step_3() {
  RDS_CLASS=db.r6g.large
  RDS_SUBNET_GROUP=private
  RDS_SECURITY_GROUPS=(sg-1 sg-2)
  RDS_PARAMETER_GROUP=pg
  RDS_OPTION_GROUP=og
  RDS_FLAGS=(--multi-az --no-publicly-accessible --copy-tags-to-snapshot)
}

# 4. Restore my-db at the restore point as my-db-r20261123t124407z
step_4() {
  if {
    aws rds describe-db-instances --region eu-west-1 --db-instance-identifier my-db-r20261123t124407z --query 'DBInstances[0].DBInstanceStatus' --output text >/dev/null 2>&1
  } >/dev/null 2>&1; then
    plan_skip 'Restore my-db at the restore point as my-db-r20261123t124407z'
  else
    aws rds restore-db-instance-to-point-in-time --region eu-west-1 \
      --source-dbi-resource-id db-ABC --target-db-instance-identifier my-db-r20261123t124407z \
      --restore-time 2026-11-23T12:44:07Z --db-instance-class "$RDS_CLASS" \
      --db-subnet-group-name "$RDS_SUBNET_GROUP" --vpc-security-group-ids "${RDS_SECURITY_GROUPS[@]}" \
      --db-parameter-group-name "$RDS_PARAMETER_GROUP" --option-group-name "$RDS_OPTION_GROUP" "${RDS_FLAGS[@]}" \
      --deletion-protection
  fi
  look() {
    [ "$(aws rds describe-db-instances --region eu-west-1 --db-instance-identifier my-db-r20261123t124407z --query 'DBInstances[0].DBInstanceStatus' --output text)" = available ]
  }
  wait_until 30 86400 'my-db-r20261123t124407z to be available' look
}

# 5. Ask my-db-r20261123t124407z for transactions that were half done
step_5() {
  RDS_HOST=$(aws rds describe-db-instances --region eu-west-1 --db-instance-identifier my-db-r20261123t124407z --query 'DBInstances[0].Endpoint.Address' --output text)
  if plan_acts; then
printf '%s\n' 'SELECT format('\''SELECT %L, count(*) FROM %I.%I WHERE tx_state <> 3'\'',
    table_schema || '\''.'\'' || table_name, table_schema, table_name)
  FROM information_schema.columns AS state JOIN information_schema.columns AS version USING (table_schema, table_name)
  WHERE state.column_name = '\''tx_state'\'' AND version.column_name = '\''tx_version'\''
  ORDER BY table_schema, table_name
\gexec' \
  | psql --host="$RDS_HOST" --port=5432 --dbname=scalar --no-psqlrc --no-align --tuples-only --set=ON_ERROR_STOP=1 \
  | awk -F '|' '{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'
  fi
}

# 6. Give my-db-r20261123t124407z back what a restore does not bring
step_6() {
  by_hand 'rds.differences' 'Bring back by hand what you know of the source: monitoring, log exports, IAM roles, tags; then read replicas and alarms.'
}

plan_main "$@"
exit
