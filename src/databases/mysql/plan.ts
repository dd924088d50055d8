import {withAddress} from '../jdbc.ts'
import {Machine} from '../machine.ts'
import {checkSettings} from '../settings.ts'
import {shell, type Word} from '../../plan/shell.ts'
import {warnOfUnfinished} from '../transactional.ts'
import {programsOf} from './programs.ts'
import {copyBackup, loadDump, replay, verify} from './scripts.ts'
import {SETTINGS} from './settings.ts'
import {clock, time} from './time.ts'
import type {PropertyChange, Step} from '../../plan/model.ts'
import type {Section, SectionInput, Settings} from '../types.ts'

/** A new data directory out of a full backup and binary logs, closed to everybody until it has been looked at; the old one is not touched. */
export function plan(input: SectionInput): Section {
  const {id, settings, mode} = input
  checkSettings({kind: 'mysql', settings: SETTINGS}, settings)
  const machine = new Machine(id, {settings: SETTINGS}, settings)
  const {title, server, client} = programsOf(settings)
  const gone = settings['source'] === 'gone'
  const steps = [
    checkStep(input, machine), ...gone ? [] : [flushStep(input, machine)], copyStep(input, machine), verifyStep(input, machine),
    ...mode === 'copy-only' ? [removeStep(input, machine)] : [startStep(input, machine), finishStep(input, machine)],
  ]
  const blanks = machine.blanks()
  const fillIn: Step = {
    id: `${id}.prepare`, phase: 'prepare', database: id,
    title: `Say where ${title}'s backup is`,
    why: 'The restore point does not know it. With --database kind=mysql,NAME=VALUE the plan has it filled in.',
    commands: blanks,
  }
  return {
    steps: blanks.length > 0 ? [fillIn, ...steps] : steps,
    tools: settings['via'] ? [] : [{name: client}, {name: server, why: 'of the release that made the backup'}],
    covers: ['the whole server: everything in the backup goes back, also databases that no product here uses'],
    leftOut: ['replicas: each is built anew from the restored server', ...settings['dump'] ? ['databases and users that the dump does not have'] : []],
    warnings: [
      ...settings['via'] ? [] : [`${title}: run this on the machine that has the backup and the binary logs, as the operating system user of ${title}, `
        + 'or say what leads there: --database kind=mysql,via=\'sudo -u mysql\''],
      ...gone ? [`${title}: the binary logs must go beyond the restore point; the copy stops where they do not`] : [],
    ],
    properties: mode === 'copy-only' ? [] : moved(input),
  }
}

const staysInPlace = (settings: Settings): boolean => !settings['new-host'] && !settings['new-port']

function moved({settings, storages}: SectionInput): PropertyChange[] {
  if (staysInPlace(settings)) return []
  const [host, port] = [settings['new-host'] ?? settings['host'] ?? 'localhost', settings['new-port'] ?? settings['port'] ?? '3306']
  const urls = storages.flatMap(({contactPoints}) => contactPoints ? [withAddress(contactPoints, host, port)] : [])
  return [...new Set(urls)].map(value => ({key: 'scalar.db.contact_points', value}))
}

const data = (machine: Machine, below = ''): Word => machine.word('data-directory', '', below)
const textOf = (word: Word): string => typeof word === 'string' ? word : word.raw
const isThere = ({runId}: SectionInput, machine: Machine) => machine.condition('test', '-d', data(machine, `/${runId}`))
const isPhysical = (settings: Settings) => Boolean(settings['base-backup'])

function checkStep(input: SectionInput, machine: Machine): Step {
  const {id, settings} = input
  const {server, binlog} = programsOf(settings)
  const backup = machine.word(isPhysical(settings) ? 'base-backup' : 'dump')
  return {
    id: `${id}.check`, phase: 'check', database: id,
    title: 'Look at the backup, the binary logs, and the place for the new data directory',
    why: 'The backup must have ended before the restore point, and the binary logs must go on from there; nothing is overwritten.',
    commands: [
      machine.run(['ls', '-l', '--time-style=full-iso', backup]),
      machine.run(['ls', '-l', '--time-style=full-iso', machine.word('binlogs')]),
      machine.run([server, '--version']),
      machine.run([binlog, '--version']),
      shell(`! ${machine.condition('test', '-e', data(machine))} || ${isThere(input, machine)}`, {note: 'The new directory must not exist, unless this restore has made it'}),
    ],
    expect: `A backup earlier than ${time(input.time)}, binary logs from before it to after the restore point, and a server of the release that made the backup.`,
  }
}

/** The client on the server of the properties. */
const sourceClient = (settings: Settings, machine: Machine): Word[] =>
  [programsOf(settings).client, '-h', machine.word('host'), '-P', machine.word('port'), '-u', settings['user'] ?? 'root']

const flushStep = (input: SectionInput, machine: Machine): Step => ({
  id: `${input.id}.flush`, phase: 'capture', database: input.id,
  title: 'Begin a new binary log',
  why: 'The log with the restore point in it is complete then, and one begins that is later: proof that nothing is missing. '
    + 'Where the binary logs are a copy, copy them now.',
  commands: [machine.feed(sourceClient(input.settings, machine), 'FLUSH BINARY LOGS;\nSHOW BINARY LOGS;', {unless: isThere(input, machine), changes: true})],
  expect: 'A log more than before.',
  undo: 'there is nothing to undo: no data was changed.',
  takes: 'seconds',
})

function copyStep(input: SectionInput, machine: Machine): Step {
  const {id, settings, runId} = input
  const programs = programsOf(settings)
  const part = (below: string) => data(machine, `.${runId}/${runId}/${below}`)
  const at = clock(input.time)
  const loaded = `${isThere(input, machine)} ||\n  { ${machine.condition('test', '-e', part('loaded'))} && ! ${machine.condition('test', '-e', part('replaying'))}; }`
  const backup = machine.word(isPhysical(settings) ? 'base-backup' : 'dump')
  const script = isPhysical(settings) ? copyBackup : loadDump
  return {
    id: `${id}.copy`, phase: 'copy', database: id,
    title: 'Restore the backup into a new data directory, and replay the binary logs up to the restore point',
    why: `Replaying stops at the first event at or after ${at}, which is taken for the zone of the machine: so TZ=UTC. Inside a pause no event is that near. `
      + 'Each part starts a server that only this user reaches, and stops it. A replay that was interrupted begins again from the backup.',
    commands: [
      machine.feed(['bash', '-s', '--', data(machine), backup], script(programs, input), {note: 'The backup', unless: loaded, changes: true}),
      machine.feed(['bash', '-s', '--', data(machine), machine.word('binlogs')], replay(programs, input), {note: 'The binary logs', unless: isThere(input, machine), changes: true}),
    ],
    expect: 'The name and the position in the binary logs at which the backup ended. The directory gets its name when it is complete.',
    undo: `remove ${textOf(data(machine, `.${runId}`))} and ${textOf(data(machine))}; nothing else was changed.`,
    takes: 'as long as loading the backup and doing again all that was written since then',
  }
}

const verifyStep = (input: SectionInput, machine: Machine): Step => ({
  id: `${input.id}.verify-copy`, phase: 'verify-copy', database: input.id,
  title: 'See that no row is half-done',
  why: 'Inside a pause every row is committed (tx_state = 3). The new data directory can still be thrown away.',
  commands: [shell(`${machine.condition('bash', '-s', '--', data(machine))} <<'END' | ${warnOfUnfinished('\\t')}\n${verify(programsOf(input.settings), input)}\nEND`, {
    unless: machine.condition('test', '-e', data(machine, `/${input.runId}/verified`)),
    note: 'Every transactional table, and how many of its rows are not committed',
  })],
  expect: '0 for each table. More are rows that an old crash left, or the restore point was not inside a pause: ScalarDB completes or undoes such rows when it next '
    + 'reads them, but across several databases that is no proof.',
})

function startStep({id, settings, runId}: SectionInput, machine: Machine): Step {
  const {title, service} = programsOf(settings)
  const [host, port] = [settings['new-host'] ?? settings['host'] ?? 'its host', settings['new-port'] ?? settings['port'] ?? '3306']
  const stays = staysInPlace(settings) && settings['source'] !== 'gone'
  const stop = stays ? [`systemctl stop ${service}   # or what runs the old server: it must never write again`] : []
  return {
    id: `${id}.start`, phase: 'replace', database: id,
    title: `Start the restored server at ${host}:${port}${stays ? ', in the place of the old one' : ''}`,
    why: `Only your service knows how ${title} runs here. Its own binary log must not go where the old server's is. AppArmor or SELinux may have to be told of the new directory.`,
    commands: [shell([
      ...stop,
      `# in the option file of the service: datadir=${textOf(data(machine))}, port=${port}, and log_bin in a directory of its own`,
      `systemctl start ${service}`,
    ].join('\n'), {byHand: true, changes: true})],
    expect: `It answers at ${host}:${port}. If not, its log says why; the restore's own is ${textOf(data(machine, `/${runId}/error.log`))}.`,
    undo: stays ? 'stop it, give the service the old data directory again, and start it: that directory was not touched.' : 'stop it: the old server was not touched.',
    ...stays && {destructive: true},
  }
}

const finishStep = ({id, runId}: SectionInput, machine: Machine): Step => ({
  id: `${id}.finish`, phase: 'finish', database: id,
  title: 'Take a full backup of the restored server, and build its replicas anew',
  why: 'Its history goes on from the restore point: no replica and no binary log of the old server fit it. Keep the old data directory until the restore has been accepted.',
  commands: [machine.run(['rm', '-r', data(machine, `/${runId}`)], {changes: true, note: 'The restore\'s own notes'})],
})

const removeStep = ({id}: SectionInput, machine: Machine): Step => ({
  id: `${id}.remove`, phase: 'finish', database: id,
  title: 'Remove the rehearsal\'s data directory',
  why: 'It has shown what it was for; nothing else was changed, and no server runs on it.',
  commands: [machine.run(['rm', '-r', data(machine)], {changes: true})],
})
