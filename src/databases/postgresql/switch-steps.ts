import {databasesOf} from '../jdbc.ts'
import {shell, type Word} from '../../plan/shell.ts'
import {UNFINISHED_POSTGRESQL, warnOfUnfinished} from '../transactional.ts'
import {done, line, type Places} from './places.ts'
import {psqlOf} from './psql.ts'
import {time} from './time.ts'
import type {Step} from '../../plan/model.ts'

export function verifyStep(places: Places): Step {
  const {id, input, machine, work, port} = places
  const unless = done(places).opened
  const {settings, storages} = input
  const known = [...new Set([...settings['database'] ? [settings['database']] : [], ...databasesOf(storages)])]
  const databases = known.length > 0 ? known : [machine.word('database')]
  const closed = (database: Word): Word[] => psqlOf(machine, settings).closed(work(), port, database)
  return {
    id: `${id}.verify-copy`, phase: 'verify-copy', database: id,
    title: 'See where recovery stopped, and that no row is half-done',
    why: 'Inside a pause every row is committed (tx_state = 3). The server can still be thrown away.',
    commands: [
      machine.run(['grep', 'recovery.stopping', work('/restore.log')], {unless}),
      ...databases.map(database => shell(`${machine.condition(...closed(database))} <<'END' | ${warnOfUnfinished('|')}\n${UNFINISHED_POSTGRESQL}\nEND`, {
        unless, note: `Every transactional table in ${line([database])}, and how many of its rows are not committed`,
      })),
    ],
    expect: `"recovery stopping before commit …" with a time later than ${time(input.time)}; then 0 for each table. More than 0 are rows that an old crash left, `
      + 'or the restore point was not inside a pause: ScalarDB completes or undoes such rows when it next reads them, but across several databases that is no proof.',
  }
}

export const stopStep = ({id, input: {settings}}: Places): Step => ({
  id: `${id}.stop-old`, phase: 'replace', database: id,
  title: 'Stop the old server',
  why: 'The restored one takes its address, so that no property of the products has to change. With new-port=… or new-host=… both can run.',
  commands: [shell(`systemctl stop postgresql   # or what runs the server at ${settings['host'] ?? 'the old address'}:${settings['port'] ?? '5432'}; for good: systemctl disable`, {byHand: true, changes: true})],
  expect: 'Nothing listens on its port any more.',
  undo: 'stop the restored server and start the old one again: its data directory was not touched.',
  destructive: true,
})

export function openStep(places: Places): Step {
  const {id, input: {settings}, machine, program, data, work} = places
  const [kept, log] = [work('/postgresql.auto.conf'), work('/restore.log')]
  const {opened: unless, runsOpen} = done(places)
  const newPort = settings['new-port']
  return {
    id: `${id}.open`, phase: 'settings', database: id,
    title: 'Give it the source\'s settings back, and the network with them',
    why: 'Its addresses, its archiving and all else are as they were in the base backup; the recovery target goes.',
    commands: [
      ...newPort ? [machine.feed(['tee', '-a', kept], `port = ${newPort}`, {unless, changes: true})] : [],
      machine.run(['mv', kept, data('/postgresql.auto.conf')], {unless, changes: true}),
      machine.run([program('pg_ctl'), '-D', data(), '-l', log, '-m', 'fast', '-w', 'restart'], {unless: runsOpen, changes: true}),
    ],
    expect: '"server started"; it listens where the source did, or on the new port.',
    undo: `stop it (${machine.condition(program('pg_ctl'), '-D', data(), '-m', 'fast', 'stop')}); the old data directory is still as it was.`,
    takes: 'seconds',
  }
}

export const finishStep = ({id, machine, program, data, work}: Places): Step => ({
  id: `${id}.finish`, phase: 'finish', database: id,
  title: 'Make the restored server the one that starts with the machine',
  why: `Its service must start it from ${line([data()])}. It writes a new timeline: take a base backup of it now, and build every streaming replica `
    + 'anew from it, since none can follow on the old one. Keep the old data directory until the restore has been accepted.',
  commands: [
    machine.run([program('pg_ctl'), '-D', data(), 'status']),
    machine.run(['rm', '-r', work()], {changes: true, note: 'The restore\'s own log, once the service has its own'}),
  ],
})

export const removeStep = ({id, machine, program, data}: Places): Step => ({
  id: `${id}.remove`, phase: 'finish', database: id,
  title: 'Remove the rehearsal\'s server',
  why: 'It has shown what it was for; nothing else was changed.',
  commands: [
    machine.run([program('pg_ctl'), '-D', data(), '-m', 'immediate', '-w', 'stop'], {changes: true}),
    machine.run(['rm', '-r', data()], {changes: true}),
  ],
})
