#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-5264b558, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: aurora, Amazon Aurora cluster my-cluster in eu-west-1, used by ledger my-ledger in namespace ledger
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

PLAN='r20261123t124407z-5264b558'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=()
PLAN_IDS=('aurora.identity' 'aurora.window' 'aurora.settings' 'aurora.copy' 'aurora.in-flight' 'aurora.differences')
PLAN_PHASES=('prepare' 'check' 'capture' 'copy' 'verify-copy' 'settings')
PLAN_TITLES=('See which AWS account this is' 'See that my-cluster can be restored to the restore point' 'Note how my-cluster is set up' 'Restore my-cluster at the restore point as my-cluster-r20261123t124407z' 'Ask my-cluster-r20261123t124407z for transactions that were half done' 'Give my-cluster-r20261123t124407z back what a restore does not bring')
PLAN_UNDO=('' '' '' 'Take the deletion protection off my-cluster-r20261123t124407z, delete its instances and then it; nothing else has changed.' '' '')
PLAN_DATABASES=('aurora' 'aurora' 'aurora' 'aurora' 'aurora' 'aurora')
PLAN_ASKS=('' '' '' '' '' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' '' 'yes' '' 'yes' '')
PLAN_NO_RETURN=('' '' '' '' '' '')
PLAN_NAMES=('AURORA_ENGINE' 'AURORA_SUBNET_GROUP' 'AURORA_SECURITY_GROUPS_WORDS' 'AURORA_PARAMETER_GROUP' 'AURORA_FLAGS_WORDS' 'AURORA_CLASS' 'AURORA_SERVERLESS_WORDS' 'AURORA_HOST')
PLAN_LATER='When all is well:

Delete my-cluster when the restored database has been accepted. Until then it is the way back. To keep the old address instead, rename both: modify-db-cluster --new-db-cluster-identifier.
  for INSTANCE in $(aws rds describe-db-clusters --region eu-west-1 --profile prod --db-cluster-identifier my-cluster --query '\''DBClusters[0].DBClusterMembers[].DBInstanceIdentifier'\'' --output text); do
    aws rds delete-db-instance --region eu-west-1 --profile prod --db-instance-identifier "$INSTANCE"
  done
  aws rds delete-db-cluster --region eu-west-1 --profile prod \
    --db-cluster-identifier my-cluster --final-db-snapshot-identifier my-cluster-r20261123t124407z-last'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'aws' '' 'AWS CLI, version 1 or 2: https://aws.amazon.com/cli/'
  plan_need 'jq' '' 'Get it from https://jqlang.org/download/'
  plan_need 'mysql' '' 'Install mysql, then run this again'
  true
}

# 1. See which AWS account this is
step_1() {
  run aws sts get-caller-identity --region eu-west-1 --profile prod --output json
}

# 2. See that my-cluster can be restored to the restore point
step_2() {
  run aws rds describe-db-clusters --region eu-west-1 --profile prod \
    --db-cluster-identifier my-cluster --query 'DBClusters[0].{earliest:EarliestRestorableTime,latest:LatestRestorableTime,retention:BackupRetentionPeriod,engine:Engine}' \
    --output json
  look() {
    [[ "$(TZ=UTC aws rds describe-db-clusters --region eu-west-1 --profile prod --db-cluster-identifier my-cluster --query 'DBClusters[0].LatestRestorableTime' --output text | cut -c 1-19)" > 2026-11-23T12:44:07 ]]
  }
  wait_until 30 3600 'my-cluster to be restorable to 2026-11-23T12:44:07Z' look
}

# 3. Note how my-cluster is set up
step_3() {
  if plan_acts; then
    if {
      [ -s "${STATE:-.}/my-cluster.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'into my-cluster.json'
    else
      say 'into my-cluster.json'
      aws rds describe-db-clusters --region eu-west-1 --profile prod --db-cluster-identifier my-cluster --query 'DBClusters[0]' --output json > "${STATE:-.}/my-cluster.json.new" && mv "${STATE:-.}/my-cluster.json.new" "${STATE:-.}/my-cluster.json"
      plan_held $? 'aws rds describe-db-clusters --region eu-west-1 --profile prod --db-cluster-identifier my-cluster --query '\''DBClusters[0]'\'' --output json > "${STATE:-.}/my-cluster.json.new" && mv "${STATE:-.}/my-cluster.json.new" "${STATE:-.}/my-cluster.json"'
    fi
    if {
      [ -s "${STATE:-.}/my-cluster-instances.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'into my-cluster-instances.json'
    else
      say 'into my-cluster-instances.json'
      aws rds describe-db-instances --region eu-west-1 --profile prod --filters Name=db-cluster-id,Values=my-cluster --query DBInstances --output json > "${STATE:-.}/my-cluster-instances.json.new" && mv "${STATE:-.}/my-cluster-instances.json.new" "${STATE:-.}/my-cluster-instances.json"
      plan_held $? 'aws rds describe-db-instances --region eu-west-1 --profile prod --filters Name=db-cluster-id,Values=my-cluster --query DBInstances --output json > "${STATE:-.}/my-cluster-instances.json.new" && mv "${STATE:-.}/my-cluster-instances.json.new" "${STATE:-.}/my-cluster-instances.json"'
    fi
  fi
  AURORA_ENGINE=$(jq -er .Engine "${STATE:-.}/my-cluster.json")
  AURORA_SUBNET_GROUP=$(jq -er .DBSubnetGroup "${STATE:-.}/my-cluster.json")
  AURORA_SECURITY_GROUPS_WORDS=$(jq -r '[.VpcSecurityGroups[].VpcSecurityGroupId] | join(" ")' "${STATE:-.}/my-cluster.json")
  read -ra AURORA_SECURITY_GROUPS <<< "$AURORA_SECURITY_GROUPS_WORDS"
  AURORA_PARAMETER_GROUP=$(jq -er .DBClusterParameterGroup "${STATE:-.}/my-cluster.json")
  AURORA_FLAGS_WORDS=$(jq -r '[(if .IAMDatabaseAuthenticationEnabled then "--enable-iam-database-authentication" else "--no-enable-iam-database-authentication" end), (if .CopyTagsToSnapshot then "--copy-tags-to-snapshot" else "--no-copy-tags-to-snapshot" end)] | join(" ")' "${STATE:-.}/my-cluster.json")
  read -ra AURORA_FLAGS <<< "$AURORA_FLAGS_WORDS"
  AURORA_CLASS=$(jq -er '.[0].DBInstanceClass' "${STATE:-.}/my-cluster-instances.json")
  AURORA_SERVERLESS_WORDS=$(jq -r '[.ServerlessV2ScalingConfiguration // empty | "--serverless-v2-scaling-configuration", "MinCapacity=\(.MinCapacity),MaxCapacity=\(.MaxCapacity)"] | join(" ")' "${STATE:-.}/my-cluster.json")
  read -ra AURORA_SERVERLESS <<< "$AURORA_SERVERLESS_WORDS"
  if plan_acts; then
    [[ "$AURORA_ENGINE" = aurora* ]] || { echo "my-cluster is $AURORA_ENGINE, no Aurora: print the plan again with --database kind=multi-az-cluster,cluster=my-cluster" >&2; false; }
  fi
}

# 4. Restore my-cluster at the restore point as my-cluster-r20261123t124407z
step_4() {
  if {
    aws rds describe-db-clusters --region eu-west-1 --profile prod --db-cluster-identifier my-cluster-r20261123t124407z --query 'DBClusters[0].Status' --output text >/dev/null 2>&1
  } >/dev/null 2>&1; then
    plan_skip 'Restore my-cluster at the restore point as my-cluster-r20261123t124407z'
  else
    aws rds restore-db-cluster-to-point-in-time --region eu-west-1 \
      --profile prod --source-db-cluster-identifier my-cluster \
      --db-cluster-identifier my-cluster-r20261123t124407z --restore-type full-copy \
      --restore-to-time 2026-11-23T12:44:07Z --db-subnet-group-name "$AURORA_SUBNET_GROUP" \
      --vpc-security-group-ids "${AURORA_SECURITY_GROUPS[@]}" \
      --db-cluster-parameter-group-name "$AURORA_PARAMETER_GROUP" "${AURORA_SERVERLESS[@]}" "${AURORA_FLAGS[@]}" \
      --deletion-protection
  fi
  look() {
    [ "$(aws rds describe-db-clusters --region eu-west-1 --profile prod --db-cluster-identifier my-cluster-r20261123t124407z --query 'DBClusters[0].Status' --output text)" = available ]
  }
  wait_until 30 86400 'my-cluster-r20261123t124407z to be available' look
  if {
    aws rds describe-db-instances --region eu-west-1 --profile prod --db-instance-identifier my-cluster-r20261123t124407z-1 --query 'DBInstances[0].DBInstanceStatus' --output text >/dev/null 2>&1
  } >/dev/null 2>&1; then
    plan_skip 'Restore my-cluster at the restore point as my-cluster-r20261123t124407z'
  else
    aws rds create-db-instance --region eu-west-1 --profile prod \
      --db-cluster-identifier my-cluster-r20261123t124407z \
      --db-instance-identifier my-cluster-r20261123t124407z-1 --engine "$AURORA_ENGINE" \
      --db-instance-class "$AURORA_CLASS"
  fi
  look() {
    [ "$(aws rds describe-db-instances --region eu-west-1 --profile prod --db-instance-identifier my-cluster-r20261123t124407z-1 --query 'DBInstances[0].DBInstanceStatus' --output text)" = available ]
  }
  wait_until 30 86400 'my-cluster-r20261123t124407z-1 to be available' look
  if {
    aws rds describe-db-instances --region eu-west-1 --profile prod --db-instance-identifier my-cluster-r20261123t124407z-2 --query 'DBInstances[0].DBInstanceStatus' --output text >/dev/null 2>&1
  } >/dev/null 2>&1; then
    plan_skip 'Restore my-cluster at the restore point as my-cluster-r20261123t124407z'
  else
    aws rds create-db-instance --region eu-west-1 --profile prod \
      --db-cluster-identifier my-cluster-r20261123t124407z \
      --db-instance-identifier my-cluster-r20261123t124407z-2 --engine "$AURORA_ENGINE" \
      --db-instance-class "$AURORA_CLASS"
  fi
  look() {
    [ "$(aws rds describe-db-instances --region eu-west-1 --profile prod --db-instance-identifier my-cluster-r20261123t124407z-2 --query 'DBInstances[0].DBInstanceStatus' --output text)" = available ]
  }
  wait_until 30 86400 'my-cluster-r20261123t124407z-2 to be available' look
}

# 5. Ask my-cluster-r20261123t124407z for transactions that were half done
step_5() {
  AURORA_HOST=$(aws rds describe-db-clusters --region eu-west-1 --profile prod --db-cluster-identifier my-cluster-r20261123t124407z --query 'DBClusters[0].Endpoint' --output text)
  if plan_acts; then
printf '%s\n' 'SELECT CONCAT('\''SELECT '\'', QUOTE(CONCAT(table_schema, '\''.'\'', table_name)), '\'', COUNT(*) FROM `'\'',
    REPLACE(table_schema, '\''`'\'', '\''``'\''), '\''`.`'\'', REPLACE(table_name, '\''`'\'', '\''``'\''), '\''` WHERE tx_state <> 3;'\'')
  FROM information_schema.columns AS state JOIN information_schema.columns AS version USING (table_schema, table_name)
  WHERE state.column_name = '\''tx_state'\'' AND version.column_name = '\''tx_version'\''
  ORDER BY table_schema, table_name' \
  | mysql --host="$AURORA_HOST" --port=3306 --batch --skip-column-names --raw \
  | mysql --host="$AURORA_HOST" --port=3306 --batch --skip-column-names --raw \
  | awk -F '\t' '{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'
  fi
}

# 6. Give my-cluster-r20261123t124407z back what a restore does not bring
step_6() {
  diff <(jq -S . "${STATE:-.}/my-cluster.json") <(aws rds describe-db-clusters --region eu-west-1 --profile prod --db-cluster-identifier my-cluster-r20261123t124407z --query 'DBClusters[0]' --output json | jq -S .) || true
  by_hand 'aurora.differences' 'Bring back by hand what differs and matters: monitoring, log exports, IAM roles, tags; then read replicas and alarms.'
}

plan_main "$@"
exit
