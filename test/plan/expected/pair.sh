#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:05Z (1795437845 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Paused: from 2026-11-23T12:44:00.070Z to 2026-11-23T12:44:10.070Z
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124405z-cd79e943, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: fake, Fake DB on db.example.com, used by ledger my-ledger in namespace ledger
# Database: fake-2, Fake DB on other.example.com, used by auditor my-auditor in namespace auditor
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

PLAN='r20261123t124405z-cd79e943'
RESTORE_POINT='2026-11-23T12:44:05Z'
PLAN_WARNINGS=()
PLAN_IDS=('cluster' 'fake.check' 'fake-2.check' 'stop-others' 'scale-in' 'fake.copy' 'fake-2.copy' 'fake.replace' 'fake-2.replace' 'scale-out' 'verify' 'start-others')
PLAN_PHASES=('prepare' 'check' 'check' 'scale-in' 'scale-in' 'copy' 'copy' 'replace' 'replace' 'scale-out' 'verify' 'verify')
PLAN_TITLES=('Make sure of the cluster' 'Ask for the window (fake)' 'Ask for the window (fake-2)' 'Stop what else uses these databases' 'Stop the servers' 'Copy the tables (fake)' 'Copy the tables (fake-2)' 'Put the copy in the place of the original (fake)' 'Put the copy in the place of the original (fake-2)' 'Start the servers' 'Validate assets' 'Start what else was stopped')
PLAN_UNDO=('' '' '' 'start them again.' 'as long as nothing was replaced: the commands of the step "Start the servers".' 'fakectl delete r20261123t124405z' 'fakectl delete r20261123t124405z' 'restore the backup that was made before.' 'restore the backup that was made before.' 'the commands of the step "Stop the servers".' '' '')
PLAN_DATABASES=('' 'fake' 'fake-2' '' '' 'fake' 'fake-2' 'fake' 'fake-2' '' '' '')
PLAN_ASKS=('' '' '' 'yes' '' '' '' '' '' '' 'yes' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' 'yes' 'yes' '' '' '' '' '' '' '' '' '')
PLAN_NO_RETURN=('' '' '' '' '' '' '' 'yes' 'yes' '' '' '')
PLAN_NAMES=('FAKE_WINDOW' 'FAKE_2_WINDOW')
PLAN_LATER='When all is well:

Take a new backup. The history of what was restored begins now: it does not reach back to earlier restore points.
  kubectl scalardl backup --target context=prod,namespace=ledger,release=my-ledger,product=ledger \
    --target context=audit,namespace=auditor,release=my-auditor,product=auditor

Delete the copy (fake). It costs as much as the original.
  fakectl delete r20261123t124405z

Delete the copy (fake-2). It costs as much as the original.
  fakectl delete r20261123t124405z'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'kubectl' '' 'Get it from https://kubernetes.io/docs/tasks/tools/'
  plan_need 'fakectl' '2.1' 'older ones cannot copy'
  true
}

# 1. Make sure of the cluster
step_1() {
  say 'The cluster of context prod'
  test "$(kubectl --context prod get namespace kube-system -o 'jsonpath={.metadata.uid}')" = kube-system-uid && echo 'this is the recorded cluster'
  plan_held $? 'test "$(kubectl --context prod get namespace kube-system -o '\''jsonpath={.metadata.uid}'\'')" = kube-system-uid && echo '\''this is the recorded cluster'\'''
  say 'The cluster of context audit'
  test "$(kubectl --context audit get namespace kube-system -o 'jsonpath={.metadata.uid}')" = audit-uid && echo 'this is the recorded cluster'
  plan_held $? 'test "$(kubectl --context audit get namespace kube-system -o '\''jsonpath={.metadata.uid}'\'')" = audit-uid && echo '\''this is the recorded cluster'\'''
}

# 2. Ask for the window (fake)
step_2() {
  say 'The window'
  FAKE_WINDOW=$(fakectl window --output text)
  if plan_acts; then
    test "$FAKE_WINDOW" = open && echo open
    plan_held $? 'test "$FAKE_WINDOW" = open && echo open'
  fi
}

# 3. Ask for the window (fake-2)
step_3() {
  say 'The window'
  FAKE_2_WINDOW=$(fakectl window --output text)
  if plan_acts; then
    test "$FAKE_2_WINDOW" = open && echo open
    plan_held $? 'test "$FAKE_2_WINDOW" = open && echo open'
  fi
}

# 4. Stop what else uses these databases
step_4() {
  by_hand 'stop-others' 'Stop or suspend:
- applications with ScalarDB of their own, and the readers of functions'\'' tables
- batch and cron jobs, schema loaders
- Argo CD or Flux (suspend the sync of these releases), KEDA (pause its scaled objects)'
}

# 5. Stop the servers
step_5() {
  say 'Scale in auditor my-auditor in namespace auditor'
  run kubectl --context audit -n auditor scale deployment/my-auditor-scalardl-auditor --replicas=0
  look() {
    PODS=$(kubectl --context audit -n auditor get pods --selector app.kubernetes.io/app=auditor,app.kubernetes.io/instance=my-auditor -o name) && test -z "$PODS"
  }
  wait_until 5 900 'no pod of auditor my-auditor in namespace auditor is left' look
  say 'Scale in ledger my-ledger in namespace ledger'
  run kubectl --context prod -n ledger scale deployment/my-ledger-scalardl-ledger --replicas=0
  look() {
    PODS=$(kubectl --context prod -n ledger get pods --selector app.kubernetes.io/app=ledger,app.kubernetes.io/instance=my-ledger -o name) && test -z "$PODS"
  }
  wait_until 5 900 'no pod of ledger my-ledger in namespace ledger is left' look
}

# 6. Copy the tables (fake)
step_6() {
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

# 7. Copy the tables (fake-2)
step_7() {
  if {
    fakectl exists r20261123t124405z
  } >/dev/null 2>&1; then
    plan_skip 'Start the copy'
  else
    say 'Start the copy'
    run fakectl copy --host other.example.com --at 1795437845 --to r20261123t124405z scalar.asset coordinator.state
  fi
  wait_until 15 14400 'the copy is complete' fakectl copied r20261123t124405z
}

# 8. Put the copy in the place of the original (fake)
step_8() {
  run fakectl replace --host db.example.com --by r20261123t124405z
}

# 9. Put the copy in the place of the original (fake-2)
step_9() {
  run fakectl replace --host other.example.com --by r20261123t124405z
}

# 10. Start the servers
step_10() {
  say 'Scale out ledger my-ledger in namespace ledger'
  run kubectl --context prod -n ledger scale deployment/my-ledger-scalardl-ledger --replicas=3
  run kubectl --context prod -n ledger rollout status deployment/my-ledger-scalardl-ledger --timeout=15m
  say 'Scale out auditor my-auditor in namespace auditor'
  run kubectl --context audit -n auditor scale deployment/my-auditor-scalardl-auditor --replicas=3
  run kubectl --context audit -n auditor rollout status deployment/my-auditor-scalardl-auditor \
    --timeout=15m
}

# 11. Validate assets
step_11() {
  by_hand 'verify' 'With the properties of a client, for some assets that changed last before the restore point:
scalardl validate-ledger --properties client.properties --asset-id ASSET_ID'
}

# 12. Start what else was stopped
step_12() {
  by_hand 'start-others' 'Start again:
all that was stopped or suspended before the servers'
}

plan_main "$@"
exit
