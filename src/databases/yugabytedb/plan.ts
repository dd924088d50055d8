import {inFlight} from '../in-flight.ts'
import {required} from '../settings.ts'
import {command, inline, raw, shell, variable} from '../../plan/shell.ts'
import {KIND} from './settings.ts'
import type {Section, SectionInput} from '../types.ts'
import type {Command, Step} from '../../plan/model.ts'

const HOUR_S = 3600

/**
 * Rewinds the database in place by its snapshot schedule (restore.md §11), with a snapshot of today's state taken before, which
 * is the way back.
 */
export function plan({id, time, runId, settings}: SectionInput): Section {
  const database = required(KIND, settings, 'database')
  const admin = ['yb-admin', `--master_addresses=${required(KIND, settings, 'masters')}`]
  const host = required(KIND, settings, 'host')
  const schedule = variable(id, 'schedule')
  const schedules = inline(command([...admin, 'list_snapshot_schedules']))
  const state = (what: string) => `"\${STATE:-.}/${id}-${runId}-${what}"`
  const snapshots = inline(command([...admin, 'list_snapshots']))
  const restorations = inline(command([...admin, 'list_snapshot_restorations']))
  const step = (rest: Omit<Step, 'database'>): Step => ({database: id, ...rest, id: `${id}.${rest.id}`})
  return {
    tools: [{name: 'yb-admin', why: 'comes with YugabyteDB; run this where the masters can be reached'}, {name: 'jq'}],
    covers: [`the YSQL database ${database}`],
    leftOut: ['roles and tablespaces: they belong to the cluster, and point-in-time recovery does not touch them'],
    warnings: ['YugabyteDB is rewound in place: what was written after the restore point is then in the snapshot alone that is taken before'],
    properties: [],
    steps: [
      step({
        id: 'schedule', phase: 'check', title: `See that a snapshot schedule of ${database} reaches back to the restore point`,
        why: 'Without a schedule that existed before the restore point there is no point-in-time recovery.',
        commands: [
          shell(`${schedules} | jq .`),
          shell(`${schedule}=$(${schedules} | jq -r '[.schedules[] | select(.options.filter == "ysql.${database}") | .id] | if length == 1 then .[0] else "" end'); test -n "$${schedule}"`),
        ],
        expect: `One schedule with the filter \`ysql.${database}\`, whose oldest snapshot is not after ${time.rfc3339}.`,
      }),
      step({
        id: 'snapshot', phase: 'safety', title: `Take a snapshot of ${database} as it is now`,
        why: 'It is the way back: the rewind that follows changes the database in place.',
        commands: [
          shell(keep(command([...admin, 'create_database_snapshot', `ysql.${database}`]), state('snapshot')), {unless: `[ -s ${state('snapshot')} ]`, changes: true}),
          shell(`${snapshots} | grep -F "$(grep -oE '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' ${state('snapshot')} | head -n 1)" | grep -q COMPLETE`, {wait: {everySeconds: 10, limitSeconds: HOUR_S, what: 'the snapshot to be COMPLETE'}}),
        ],
        expect: 'An identifier, which `list_snapshots` then calls COMPLETE.',
      }),
      step({
        id: 'rewind', phase: 'replace', title: `Rewind ${database} to the restore point`,
        why: 'The database gets back the data of the restore point, and the tables and indexes of that time.',
        commands: [
          shell(keep(command([...admin, 'restore_snapshot_schedule', raw(`"$${schedule}"`), String(time.epochSeconds)]), state('restoration')), {unless: `[ -s ${state('restoration')} ]`, changes: true}),
          shell(`${restorations} | jq -e --arg id "$(jq -r .restoration_id ${state('restoration')})" '.restorations[] | select(.id == $id) | .state == "RESTORED"'`, {wait: {everySeconds: 10, limitSeconds: 6 * HOUR_S, what: 'the restoration to be RESTORED'}}),
        ],
        expect: 'The restoration is RESTORED.',
        undo: `yb-admin … restore_snapshot with the identifier of the snapshot that was taken before (list_snapshots has it)`,
        destructive: true,
        pointOfNoReturn: true,
        takes: 'seconds to minutes',
      }),
      step({
        id: 'in-flight', phase: 'verify', title: 'Ask the database for transactions that were half done',
        why: 'At a restore point inside a pause there are none, but for leftovers of earlier crashes, which ScalarDB recovers when they are read.',
        commands: [inFlight({dialect: 'postgresql', host, port: settings['port'] ?? '5433', database})],
        expect: 'A count of 0 for every table. Other counts are a warning, not an error.',
      }),
    ],
  }
}

/** What a command prints goes into a file, which is there only when the command has succeeded. */
const keep = (look: Command, file: string) => `${inline(look)} > ${file}.new && mv ${file}.new ${file} && cat ${file}`
