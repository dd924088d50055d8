#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: none: the time was given by hand
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-3b2d89b2, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: fake, Fake DB on db.example.com, used by no release named
# WARNING: no record says that 2026-11-23T12:44:07Z lies within a pause: what was under way then is restored half done, and Ledger and Auditor may not agree
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

PLAN='r20261123t124407z-3b2d89b2'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=('no record says that 2026-11-23T12:44:07Z lies within a pause: what was under way then is restored half done, and Ledger and Auditor may not agree')
PLAN_IDS=('fake.check' 'stop-others' 'scale-in' 'fake.copy' 'fake.replace' 'scale-out' 'verify' 'start-others')
PLAN_PHASES=('check' 'scale-in' 'scale-in' 'copy' 'replace' 'scale-out' 'verify' 'verify')
PLAN_TITLES=('Ask for the window' 'Stop what else uses these databases' 'Stop the servers' 'Copy the tables' 'Put the copy in the place of the original' 'Start the servers' 'Look at your data' 'Start what else was stopped')
PLAN_UNDO=('' 'start them again.' 'scale each deployment to its number of pods again.' 'fakectl delete r20261123t124407z' 'restore the backup that was made before.' '' '' '')
PLAN_DATABASES=('fake' '' '' 'fake' 'fake' '' '' '')
PLAN_ASKS=('' 'yes' 'yes' '' '' 'yes' 'yes' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('yes' '' '' '' '' '' '' '')
PLAN_NO_RETURN=('' '' '' '' 'yes' '' '' '')
PLAN_NAMES=('FAKE_WINDOW')
PLAN_LATER='When all is well:

Take a new backup. The history of what was restored begins now: it does not reach back to earlier restore points.
  kubectl scalardl backup -n NAMESPACE

Delete the copy. It costs as much as the original.
  fakectl delete r20261123t124407z'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'fakectl' '2.1' 'older ones cannot copy'
  true
}

# 1. Ask for the window
step_1() {
  say 'The window'
  FAKE_WINDOW=$(fakectl window --output text)
  if plan_acts; then
    test "$FAKE_WINDOW" = open && echo open
    plan_held $? 'test "$FAKE_WINDOW" = open && echo open'
  fi
}

# 2. Stop what else uses these databases
step_2() {
  by_hand 'stop-others' 'Stop or suspend:
- applications with ScalarDB of their own, and the readers of functions'\'' tables
- batch and cron jobs, schema loaders
- Argo CD or Flux (suspend the sync of these releases), KEDA (pause its scaled objects)'
}

# 3. Stop the servers
step_3() {
  by_hand 'scale-in' 'Note the number of pods of each deployment, then scale each to 0:
kubectl get deployments -A -l '\''app.kubernetes.io/app in (ledger,auditor,scalardb-cluster,scalardb)'\''
kubectl scale deployment/NAME -n NAMESPACE --replicas=0'
}

# 4. Copy the tables
step_4() {
  if {
    fakectl exists r20261123t124407z
  } >/dev/null 2>&1; then
    plan_skip 'Start the copy'
  else
    say 'Start the copy'
    run fakectl copy --host db.example.com --at 1795437847 --to r20261123t124407z
  fi
  wait_until 15 14400 'the copy is complete' fakectl copied r20261123t124407z
}

# 5. Put the copy in the place of the original
step_5() {
  run fakectl replace --host db.example.com --by r20261123t124407z
}

# 6. Start the servers
step_6() {
  by_hand 'scale-out' 'Scale each deployment to the number of pods that it had:
kubectl scale deployment/NAME -n NAMESPACE --replicas=NUMBER'
}

# 7. Look at your data
step_7() {
  by_hand 'verify' 'Read through your application, and see that:
rows that changed last before the restore point are there, later ones are not'
}

# 8. Start what else was stopped
step_8() {
  by_hand 'start-others' 'Start again:
all that was stopped or suspended before the servers'
}

plan_main "$@"
exit
