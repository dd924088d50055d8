import {snapshotOf} from '../snapshot.ts'
import {command, shell} from '../../plan/shell.ts'
import type {Database, Section, SectionInput} from '../types.ts'

/** Apache Cassandra. Its commit log archive stops at the first late timestamp and may lose mutations, so only snapshots count (restore.md §12). */
export const cassandra: Database = {
  kind: 'cassandra',
  title: 'Apache Cassandra',
  settings: [{name: 'hosts', summary: 'contact points', pattern: /^[\w.:-]+(?:, ?[\w.:-]+)*$/}],
  recognise: ({storage, contactPoints}) => storage === 'cassandra'
    ? {key: contactPoints ?? '', settings: {...contactPoints && {hosts: contactPoints}}}
    : undefined,
  name: ({hosts}) => `Apache Cassandra${hosts ? ` at ${hosts}` : ''}`,
  time: ({rfc3339}) => `the snapshot taken while everything was paused, about ${rfc3339}`,
  restorable: () => undefined,
  checkByHand: () => [command(['nodetool', 'listsnapshots'])],
  plan,
}

function plan(input: SectionInput): Section {
  const tag = snapshotOf(cassandra, input, '`nodetool snapshot -t TAG` on every node')
  const {id, time, runId} = input
  const step = (rest: Omit<Section['steps'][number], 'database'>) => ({database: id, ...rest, id: `${id}.${rest.id}`})
  return {
    tools: [], covers: [`what the snapshot ${tag} holds on every node`], leftOut: [], properties: [],
    warnings: [
      `Cassandra is restored from the snapshot ${tag}, node by node, all of them stopped: see on every node that it was taken while everything was paused, about ${time.rfc3339}`,
      'this is for a whole cluster; if only some nodes are lost, replace them and run nodetool repair instead',
    ],
    steps: [
      step({
        id: 'snapshot', phase: 'check', title: `See that every node has the snapshot ${tag}`,
        why: 'A node without it would come back with other data than its replicas.',
        commands: [shell(`nodetool listsnapshots | grep -w ${tag}    # on every node`, {byHand: true})],
        expect: `The tables of every keyspace of ScalarDB: those of the products, coordinator and what applications keep.`,
      }),
      step({
        id: 'before', phase: 'safety', title: 'Keep what is there now',
        why: 'It is the way back: the next step clears the nodes.',
        commands: [shell(`nodetool snapshot -t ${runId}-before    # on every node; then copy the snapshots off the nodes`, {byHand: true, changes: true})],
        expect: 'A snapshot on every node.',
      }),
      step({
        id: 'restore', phase: 'replace', title: `Put the snapshot ${tag} in place on all nodes`,
        why: 'All nodes are down together, so that none hands newer data to another.',
        commands: [shell([
          '# on every node, first all of step 1, then all of step 2, then all of step 3',
          '# 1  nodetool drain, then stop Cassandra',
          '# 2  in the data directory, for every table TABLE of every keyspace of ScalarDB:',
          '#      remove its *.db, *.txt and *.crc32 files (not its directory snapshots)',
          `#      copy TABLE/snapshots/${tag}/* into TABLE/`,
          '#    remove everything in the directories commitlog and hints',
          '# 3  start Cassandra, seeds first; then nodetool status',
        ].join('\n'), {byHand: true, changes: true})],
        expect: '`nodetool status` calls every node UN.',
        undo: `The same with the snapshot ${runId}-before.`,
        destructive: true, pointOfNoReturn: true, takes: 'minutes to hours, by size',
      }),
    ],
  }
}
