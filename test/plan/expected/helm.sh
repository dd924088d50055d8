#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:05Z (1795437845 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Paused: from 2026-11-23T12:44:00.070Z to 2026-11-23T12:44:10.070Z
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124405z-ed0a6b39, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: fake, Fake DB on db.example.com, used by ledger my-ledger in namespace ledger
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

PLAN='r20261123t124405z-ed0a6b39'
RESTORE_POINT='2026-11-23T12:44:05Z'
PLAN_WARNINGS=()
PLAN_IDS=('cluster' 'fake.check' 'stop-others' 'scale-in' 'fake.copy' 'fake.replace' 'configure' 'scale-out' 'verify' 'start-others')
PLAN_PHASES=('prepare' 'check' 'scale-in' 'scale-in' 'copy' 'replace' 'configure' 'scale-out' 'verify' 'verify')
PLAN_TITLES=('Make sure of the cluster' 'Ask for the window' 'Stop what else uses these databases' 'Stop the servers' 'Copy the tables' 'Put the copy in the place of the original' 'Lead the servers to the restored databases' 'Start the servers' 'Validate assets' 'Start what else was stopped')
PLAN_UNDO=('' '' 'start them again.' 'as long as nothing was replaced: the commands of the step "Start the servers".' 'fakectl delete r20261123t124405z' 'restore the backup that was made before.' 'set the properties back to what they were; the old databases are still there unless a step before has deleted them.' 'the commands of the step "Stop the servers".' '' '')
PLAN_DATABASES=('' 'fake' '' '' 'fake' 'fake' '' '' '' '')
PLAN_ASKS=('' '' 'yes' '' '' '' 'yes' '' 'yes' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' 'yes' '' '' '' '' '' '' '' '')
PLAN_NO_RETURN=('' '' '' '' '' 'yes' '' '' '' '')
PLAN_NAMES=('FAKE_WINDOW')
PLAN_LATER='When all is well:

Take a new backup. The history of what was restored begins now: it does not reach back to earlier restore points.
  kubectl scalardl backup --target context=prod,namespace=ledger,release=my-ledger,product=ledger

Delete the copy. It costs as much as the original.
  fakectl delete r20261123t124405z'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'kubectl' '' 'Get it from https://kubernetes.io/docs/tasks/tools/'
  plan_need 'helm' '' 'Get it from https://helm.sh/docs/intro/install/'
  plan_need 'fakectl' '2.1' 'older ones cannot copy'
  true
}

# 1. Make sure of the cluster
step_1() {
  say 'The cluster of context prod'
  test "$(kubectl --context prod get namespace kube-system -o 'jsonpath={.metadata.uid}')" = kube-system-uid && echo 'this is the recorded cluster'
  plan_held $? 'test "$(kubectl --context prod get namespace kube-system -o '\''jsonpath={.metadata.uid}'\'')" = kube-system-uid && echo '\''this is the recorded cluster'\'''
  if {
    helm show chart scalar-labs/scalardl --version 4.12.0
  } >/dev/null 2>&1; then
    plan_skip 'Let helm know the charts'
  else
    say 'Let helm know the charts'
    run helm repo add scalar-labs https://scalar-labs.github.io/helm-charts --force-update
  fi
  say 'The chart scalardl in the version that is installed'
  helm show chart scalar-labs/scalardl --version 4.12.0 >/dev/null
}

# 2. Ask for the window
step_2() {
  say 'The window'
  FAKE_WINDOW=$(fakectl window --output text)
  if plan_acts; then
    test "$FAKE_WINDOW" = open && echo open
    plan_held $? 'test "$FAKE_WINDOW" = open && echo open'
  fi
}

# 3. Stop what else uses these databases
step_3() {
  by_hand 'stop-others' 'Stop or suspend:
- applications with ScalarDB of their own, and the readers of functions'\'' tables
- batch and cron jobs, schema loaders
- Argo CD or Flux (suspend the sync of these releases), KEDA (pause its scaled objects)'
}

# 4. Stop the servers
step_4() {
  say 'Scale in ledger my-ledger in namespace ledger'
  run helm upgrade my-ledger scalar-labs/scalardl -n ledger --kube-context prod \
    --version 4.12.0 -f '/home/me/my ledger.yaml' --set ledger.replicaCount=0
  look() {
    PODS=$(kubectl --context prod -n ledger get pods --selector app.kubernetes.io/app=ledger,app.kubernetes.io/instance=my-ledger -o name) && test -z "$PODS"
  }
  wait_until 5 900 'no pod of ledger my-ledger in namespace ledger is left' look
}

# 5. Copy the tables
step_5() {
  if {
    fakectl exists r20261123t124405z
  } >/dev/null 2>&1; then
    plan_skip 'Start the copy'
  else
    say 'Start the copy'
    run fakectl copy --host db.example.com --at 1795437845 --to r20261123t124405z scalar.asset coordinator.state
  fi
  wait_until 15 14400 'the copy is complete' fakectl copied r20261123t124405z
}

# 6. Put the copy in the place of the original
step_6() {
  run fakectl replace --host db.example.com --by r20261123t124405z
}

# 7. Lead the servers to the restored databases
step_7() {
  say 'What ledger my-ledger in namespace ledger needs'
  printf '%s=%s\n' scalar.db.contact_points "$(fakectl endpoint r20261123t124405z --output text)"
  by_hand 'configure' 'In the properties of ledger my-ledger in namespace ledger (ledger.ledgerProperties in /home/me/my ledger.yaml), set:
scalar.db.contact_points=(as printed above)
scalar.db.contact_port=6543

# then, still with no pod:
helm upgrade my-ledger scalar-labs/scalardl -n ledger --kube-context prod \
  --version 4.12.0 -f '\''/home/me/my ledger.yaml'\'' --set ledger.replicaCount=0'
  by_hand 'configure' 'Give ledger my-ledger in namespace ledger the new scalar.db.password. It is a secret: it goes into the Secret of the pods (for SECRET) under the variable that the properties name (for VARIABLE), and is shown nowhere:
# the Secrets of its pods:
kubectl --context prod -n ledger get deployment my-ledger-scalardl-ledger -o '\''jsonpath={.spec.template.spec.containers[*].envFrom[*].secretRef.name}'\''
fakectl key r20261123t124405z | tr -d '\''\n'\'' |
  kubectl --context prod -n ledger create secret generic SECRET --from-file=VARIABLE=/dev/stdin --dry-run=client -o yaml |
  kubectl --context prod -n ledger apply --server-side --force-conflicts -f -'
}

# 8. Start the servers
step_8() {
  say 'Scale out ledger my-ledger in namespace ledger'
  run helm upgrade my-ledger scalar-labs/scalardl -n ledger --kube-context prod \
    --version 4.12.0 -f '/home/me/my ledger.yaml' --set ledger.replicaCount=3
  run kubectl --context prod -n ledger rollout status deployment/my-ledger-scalardl-ledger --timeout=15m
}

# 9. Validate assets
step_9() {
  by_hand 'verify' 'With the properties of a client, for some assets that changed last before the restore point:
scalardl validate-ledger --properties client.properties --asset-id ASSET_ID'
}

# 10. Start what else was stopped
step_10() {
  by_hand 'start-others' 'Start again:
all that was stopped or suspended before the servers'
}

plan_main "$@"
exit
