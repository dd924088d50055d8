#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-48e2cf17, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: cassandra, Apache Cassandra at c1,c2,c3, used by ledger my-ledger in namespace ledger
# WARNING: Cassandra is restored from the snapshot pause-20261123, node by node, all of them stopped: see on every node that it was taken while everything was paused, about 2026-11-23T12:44:07Z
# WARNING: this is for a whole cluster; if only some nodes are lost, replace them and run nodetool repair instead
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

PLAN='r20261123t124407z-48e2cf17'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=('Cassandra is restored from the snapshot pause-20261123, node by node, all of them stopped: see on every node that it was taken while everything was paused, about 2026-11-23T12:44:07Z' 'this is for a whole cluster; if only some nodes are lost, replace them and run nodetool repair instead')
PLAN_IDS=('cassandra.snapshot' 'cassandra.before' 'cassandra.restore')
PLAN_PHASES=('check' 'safety' 'replace')
PLAN_TITLES=('See that every node has the snapshot pause-20261123' 'Keep what is there now' 'Put the snapshot pause-20261123 in place on all nodes')
PLAN_UNDO=('' '' 'The same with the snapshot r20261123t124407z-before.')
PLAN_DATABASES=('cassandra' 'cassandra' 'cassandra')
PLAN_ASKS=('yes' 'yes' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' '' '')
PLAN_NO_RETURN=('' '' 'yes')
PLAN_NAMES=()
PLAN_LATER='When all is well:'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  true
}

# 1. See that every node has the snapshot pause-20261123
step_1() {
  by_hand 'cassandra.snapshot' 'nodetool listsnapshots | grep -w pause-20261123    # on every node'
}

# 2. Keep what is there now
step_2() {
  by_hand 'cassandra.before' 'nodetool snapshot -t r20261123t124407z-before    # on every node; then copy the snapshots off the nodes'
}

# 3. Put the snapshot pause-20261123 in place on all nodes
step_3() {
  by_hand 'cassandra.restore' '# on every node, first all of step 1, then all of step 2, then all of step 3
# 1  nodetool drain, then stop Cassandra
# 2  in the data directory, for every table TABLE of every keyspace of ScalarDB:
#      remove its *.db, *.txt and *.crc32 files (not its directory snapshots)
#      copy TABLE/snapshots/pause-20261123/* into TABLE/
#    remove everything in the directories commitlog and hints
# 3  start Cassandra, seeds first; then nodetool status'
}

plan_main "$@"
exit
