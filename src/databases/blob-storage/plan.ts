import {quote, shell, variable} from '../../plan/shell.ts'
import type {Step} from '../../plan/model.ts'
import {AZ, RESOURCE_GROUP, ask, az, azText, identity, lookUp, use} from '../azure/az.ts'
import {required} from '../settings.ts'
import {snapshotOf} from '../snapshot.ts'
import type {Section, SectionInput} from '../types.ts'
import {SETTINGS} from './settings.ts'

const KIND = {kind: 'blob-storage', title: 'Azure Blob Storage', settings: SETTINGS}
const HOUR_S = 3600
const LAG_S = 600

/**
 * Brings a container back to the restore point where it is, or turns to a copy of it that was made while everything was paused
 * (restore.md §14). The copy is the safer way: it changes nothing that exists.
 */
export const plan = (input: SectionInput): Section => input.snapshots.some(({name}) => name === KIND.kind) ? turn(input) : restore(input)

function turn(input: SectionInput): Section {
  const {id, settings, time} = input
  const [account, container] = [required(KIND, settings, 'account'), required(KIND, settings, 'container')]
  const copy = snapshotOf(KIND, input, 'a copy of the container').replace(/\/$/, '')
  return {
    tools: [AZ], covers: [`the container ${account}/${container}, from its copy ${copy}`], leftOut: [],
    warnings: [`Blob Storage is restored by turning to ${copy}: see that it was copied whole while everything was paused, about ${time.rfc3339}`],
    properties: [{key: 'scalar.db.contact_points', value: copy}],
    steps: [{
      database: id, id: `${id}.copy`, phase: 'verify-copy', title: `See that ${copy} is the copy that was made while everything was paused`,
      why: 'The products are pointed at it; the old container stays as it is, and is the way back.',
      commands: [
        identity(settings),
        shell(`${azText(settings, ['storage', 'blob', 'list', '--container-name', copy.split('/').at(-1) ?? '', '--account-name', /^https:\/\/([^.]+)/.exec(copy)?.[1] ?? account, '--num-results', '*', '--auth-mode', 'login', '--query', '[].[name, properties.lastModified]', '-o', 'tsv'])} | LC_ALL=C sort -k 2 | tail -n 3`, {note: 'The blobs that were written last'}),
      ],
      expect: `No blob is younger than the pause around ${time.rfc3339}.`,
      undo: `Nothing is changed here; the way back later is the old scalar.db.contact_points.`,
    }],
  }
}

function restore({id, time, settings, mode}: SectionInput): Section {
  const [account, container] = [required(KIND, settings, 'account'), required(KIND, settings, 'container')]
  const found = lookUp(id, KIND.kind, settings, RESOURCE_GROUP, ask(settings, ['storage', 'account', 'list'], `[?name=='${account}'].resourceGroup | [0]`))
  const [before, state] = [variable(id, 'before'), variable(id, 'state')]
  const note = `"\${STATE:-$PWD}/${id}-before"`
  const blobs = ['storage', 'account', 'blob-service-properties', 'show', '-g', found.word, '--account-name', account]
  const range = [`${container}/`, `${container}0`]
  const status = ask(settings, ['storage', 'account', 'show', '-g', found.word, '-n', account, '--expand', 'blobRestoreStatus'],
    "blobRestoreStatus && join(' ', blobRestoreStatus.[status, parameters.timeToRestore, parameters.blobRanges[0].startRange])")
  const step = (rest: Omit<Step, 'database'>): Step => ({database: id, ...rest, id: `${id}.${rest.id}`})
  const back = azText(settings, ['storage', 'blob', 'restore', '-g', found.word, '--account-name', account, '--time-to-restore', use(before), '--blob-range', ...range])
  const checks: Step[] = [
    step({
      id: 'names', phase: 'prepare', title: `Find the storage account ${account}`, why: 'Its commands need the resource group.',
      commands: [identity(settings), ...found.commands], expect: 'The subscription and the tenant that the account is in.',
    }),
    step({
      id: 'window', phase: 'check', title: `See that ${account} can be restored to ${time.rfc3339}`,
      why: 'Point-in-time restore works on block blobs, from versions, the change feed and soft delete, all of which must have been on before the restore point.',
      commands: [
        az(settings, [...blobs, '--query', '{restore:restorePolicy, versions:isVersioningEnabled, feed:changeFeed.enabled, keeps:deleteRetentionPolicy}', '-o', 'json']),
        shell(`[ -n "$(${ask(settings, blobs, `restorePolicy.minRestoreTime && restorePolicy.minRestoreTime<='${time.rfc3339.slice(0, -1)}' && 'yes' || ''`)})" ] || { echo 'point-in-time restore of ${account} does not reach back to ${time.rfc3339}' >&2; false; }`),
        shell(`[ "$(date -u +%s)" -ge ${time.epochSeconds + LAG_S} ]`, {wait: {everySeconds: 30, limitSeconds: HOUR_S, what: `the change feed has passed ${time.rfc3339}`}}),
      ],
      expect: `restore.enabled true, with a minRestoreTime before ${time.rfc3339}.`,
    }),
  ]
  return {
    tools: [AZ], covers: [`every block blob of ${account}/${container}`], leftOut: [], properties: [],
    warnings: mode === 'copy-only' ? [] : [`Blob Storage is restored in place: what was written to ${account}/${container} after ${time.rfc3339} is gone afterwards`],
    steps: [
      ...checks,
      step({
        id: 'before', phase: 'safety', title: 'Note the time from which there is a way back', why: 'The same restore, to this moment, undoes the next step.',
        commands: [
          shell(`date -u +%Y-%m-%dT%H:%M:%SZ >${note}`, {unless: `[ -s ${note} ]`}),
          shell(`${before}=$(cat ${note})`),
        ],
        expect: `A time in ${note.slice(1, -1)}, when everything was scaled in.`,
      }),
      step({
        id: 'restore', phase: 'replace', title: `Restore ${account}/${container} in place to ${time.rfc3339}`,
        why: 'Blobs go back to what they were, those written since are deleted (soft delete keeps them).',
        commands: [
          shell(`${state}=$(${status})`, {note: 'See whether an earlier run of this plan has begun it'}),
          az(settings, ['storage', 'blob', 'restore', '-g', found.word, '--account-name', account, '--time-to-restore', time.rfc3339, '--blob-range', ...range, '-o', 'json'], {
            changes: true, unless: `case "$${state}" in 'Complete ${time.rfc3339.slice(0, -1)}'*${quote(range[0] ?? '')}|'InProgress ${time.rfc3339.slice(0, -1)}'*${quote(range[0] ?? '')}) ;; *) false ;; esac`,
          }),
          shell(`case "$(${status})" in 'Complete ${time.rfc3339.slice(0, -1)}'*) ;; *) false ;; esac`, {wait: {everySeconds: 30, limitSeconds: 24 * HOUR_S, what: `${account} says that the restore is Complete`}}),
        ],
        expect: 'The status Complete.',
        undo: `restore to the moment before: ${back}`,
        destructive: true, pointOfNoReturn: true,
        takes: 'minutes to hours, by the number of changes since (Microsoft)',
      }),
    ],
  }
}
