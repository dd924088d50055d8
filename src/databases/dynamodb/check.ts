import {pace} from '../../support/pace.ts'
import {awsFailure} from '../aws/failure.ts'
import {aws} from './cli.ts'
import {nameMatches, namespacesOf} from './namespaces.ts'
import {metadataNamespace} from './settings.ts'
import type {AwsFailure} from '../aws/failure.ts'
import type {CheckInput, CheckResult, Finding, OwnedStorage, Settings} from '../types.ts'
import type {DynamoAccess, DynamoApi, PointInTimeRecovery} from './api.ts'

/** DescribeContinuousBackups may be called 10 times a second (AWS); another program may want some of them. */
const CALLS_PER_SECOND = 9
/** LatestRestorableDateTime is typically five minutes before now (AWS). */
const USUAL_LAG_SECONDS = 300
/** A newest restorable moment this far back is worth a word. */
const LONG_LAG_SECONDS = 900
const DAY_MS = 86_400_000
/** As many tables are named one by one where the same holds for all of them. */
const NAMED = 3

/** The tables that belong, as far as they could be found, and what stands in the way of knowing. */
interface Tables {
  readonly names: readonly string[]
  /** Why these may not be all, or not those of this database. */
  readonly doubt?: string
  readonly warnings: readonly string[]
}

type Answer = {readonly table: string} & ({readonly found: PointInTimeRecovery} | {readonly failure: AwsFailure})

/** Is point-in-time recovery on for every table that ScalarDB's own metadata lists, and for the metadata itself? */
export async function checkDynamo(input: CheckInput, open: (access: DynamoAccess) => DynamoApi, callsPerSecond = CALLS_PER_SECOND): Promise<CheckResult> {
  const {settings, access, signal} = input
  const api = open({region: settings['region'] ?? '', profile: access.awsProfile ?? settings['profile'], endpoint: settings['endpoint'], signal})
  try {
    return await look(api, input, callsPerSecond)
  } finally {
    api.close()
  }
}

async function look(api: DynamoApi, input: CheckInput, callsPerSecond: number): Promise<CheckResult> {
  const {signal, progress} = input
  const tables = await tablesOf(api, input)
  if ('text' in tables) return unverified(tables.text)
  const turn = pace(callsPerSecond, signal)
  let done = 0
  const answers = await Promise.all(tables.names.map(async table => {
    await turn()
    const answer = await ask(api, table, input)
    progress?.(`${++done} of ${tables.names.length} tables`)
    return answer
  }))
  const account = await api.accountOf(tables.names[0] ?? '').catch(() => undefined)
  return judge(answers, tables, input, account)
}

const unverified = (summary: string): CheckResult => ({status: 'unverified', summary, findings: [], settings: {}})

async function ask(api: DynamoApi, table: string, {settings, access}: CheckInput): Promise<Answer> {
  try {
    return {table, found: await api.pointInTimeRecovery(table)}
  } catch (error) {
    return {table, failure: awsFailure(error, `dynamodb:DescribeContinuousBackups on ${table}`, access.awsProfile ?? settings['profile'])}
  }
}

async function tablesOf(api: DynamoApi, {settings, storages, access}: CheckInput): Promise<Tables | AwsFailure> {
  const own = ownTables(settings)
  const profile = access.awsProfile ?? settings['profile']
  try {
    const listed = await api.listedIn(own.metadata)
    return {names: [...new Set([own.metadata, own.namespaces, ...listed])].toSorted(), ...gaps(listed, own.metadata, settings, storages)}
  } catch (error) {
    const failure = awsFailure(error, `dynamodb:Scan on ${own.metadata}`, profile)
    if (failure.kind === 'absent') return {...failure, text: `there is no table ${own.metadata} in ${settings['region']} for these credentials (another region, account or prefix?)`}
    return failure.kind === 'denied' ? byName(api, failure, settings, storages, profile) : failure
  }
}

/** Without the metadata only names tell: those of ScalarDL's own namespaces; user tables of functions and applications stay unknown. */
async function byName(api: DynamoApi, denied: AwsFailure, settings: Settings, storages: readonly OwnedStorage[], profile: string | undefined): Promise<Tables | AwsFailure> {
  try {
    const keeps = [...namespacesOf(storages), settings['metadata-namespace'] ?? 'scalardb']
    const names = (await api.tableNames()).filter(name => keeps.some(keep => nameMatches(name, keep, settings['prefix'])))
    const doubt = `${denied.text}, so the tables that belong are not all known`
    return names.length > 0 ? {names: names.toSorted(), doubt, warnings: []} : {...denied, text: doubt}
  } catch (error) {
    return {...denied, text: `${denied.text}; ${awsFailure(error, 'dynamodb:ListTables', profile).text}`}
  }
}

const ownTables = (settings: Settings) => {
  const namespace = metadataNamespace(settings)
  return {metadata: `${namespace}.metadata`, namespaces: `${namespace}.namespaces`}
}

/**
 * A product whose own namespace is not listed is in another account. A namespace of a multi-storage mapping may be empty still,
 * as long as others of that storage are there.
 */
function gaps(listed: readonly string[], metadata: string, settings: Settings, storages: readonly OwnedStorage[]): Omit<Tables, 'names'> {
  const found = storages.map(storage => {
    const literal = storage.keeps.filter(keep => !keep.endsWith('*'))
    const missing = literal.filter(keep => !listed.some(name => nameMatches(name, keep, settings['prefix'])))
    const mapped = storage.namespaces !== undefined || storage.tables !== undefined
    return {missing, grave: missing.length > 0 && (!mapped || missing.length === literal.length)}
  })
  const text = (missing: readonly string[]) => `${metadata} in ${settings['region']} lists no table of ${missing.join(', ')}`
  const grave = new Set(found.flatMap(({missing, grave}) => grave ? missing : []))
  const light = new Set(found.flatMap(({missing}) => missing).filter(keep => !grave.has(keep)))
  return {
    ...grave.size > 0 && {doubt: `${text([...grave])}: another account or prefix?`},
    warnings: light.size > 0 ? [text([...light])] : [],
  }
}

function judge(answers: readonly Answer[], {doubt, warnings}: Tables, {settings, access}: CheckInput, account: string | undefined): CheckResult {
  const own = ownTables(settings)
  const there = answers.flatMap(answer => 'found' in answer ? [answer] : [])
  const failed = answers.flatMap(answer => 'failure' in answer ? [answer] : [])
  // Only some versions of ScalarDB have a table of namespaces.
  const absent = failed.filter(({failure, table}) => failure.kind === 'absent' && table !== own.namespaces)
  const unknown = failed.filter(({failure}) => failure.kind !== 'absent')
  const off = there.filter(({found}) => !found.enabled)
  const reasons = [...doubt === undefined ? [] : [doubt], ...grouped(unknown)]
  const lag = lagOf(there)
  const findings: Finding[] = [
    ...off.map(({table}): Finding => ({level: 'problem', text: `${table}: point-in-time recovery is off`, fix: enabling(table, settings, access.awsProfile)})),
    ...absent.map(({table}): Finding => ({level: 'warning', text: `${table}: listed in ${own.metadata}, but there is no such table`})),
    ...off.length > 0 ? reasons.map((text): Finding => ({level: 'warning', text: `not verified: ${text}`})) : reasons.slice(1).map((text): Finding => ({level: 'warning', text})),
    ...[...warnings, ...lag.warnings, ...young(there)].map((text): Finding => ({level: 'warning', text})),
  ]
  const days = Math.min(...there.flatMap(({found}) => found.recoveryPeriodDays ?? []))
  const retentionDays = Number.isFinite(days) ? days : undefined
  const reach = retentionDays === undefined ? '' : `, kept for ${retentionDays} ${retentionDays === 1 ? 'day' : 'days'}`
  return {
    status: off.length > 0 ? 'failed' : reasons.length > 0 ? 'unverified' : 'passed',
    summary: off.length > 0 ? `point-in-time recovery is off for ${off.length} of ${there.length} tables`
      : reasons[0] ?? `point-in-time recovery is on for all ${there.length} tables${reach}`,
    findings,
    settings: account === undefined ? {} : {account},
    // Whether there is a table of namespaces may be what is not known.
    ...doubt === undefined && !unknown.some(({table}) => table === own.namespaces) && {tables: answers.map(({table}) => table).filter(table => !failed.some(each => each.table === table && each.failure.kind === 'absent'))},
    ...there.length > 0 && {restorable: {lagSeconds: lag.seconds, retentionDays}},
  }
}

/** The same reason for many tables is told once. */
function grouped(unknown: ReadonlyArray<{readonly table: string; readonly failure: AwsFailure}>): string[] {
  const kinds = Map.groupBy(unknown, ({failure, table}) => failure.text.replace(table, ''))
  return [...kinds.values()].map(([first, ...others]) => `${first?.failure.text}${others.length === 0 ? ''
    : others.length < NAMED ? `, ${others.map(({table}) => table).join(', ')}` : ` and ${others.length} more tables`}`)
}

function lagOf(there: ReadonlyArray<{readonly table: string; readonly found: PointInTimeRecovery}>): {seconds: number; warnings: string[]} {
  const nowMs = Date.now()
  const lags = there.flatMap(({table, found: {latestMs}}) => latestMs === undefined ? [] : [{table, seconds: Math.ceil((nowMs - latestMs) / 1000)}])
  const longest = lags.toSorted((a, b) => b.seconds - a.seconds)[0]
  if (!longest || longest.seconds <= USUAL_LAG_SECONDS) return {seconds: USUAL_LAG_SECONDS, warnings: []}
  const minutes = Math.floor(longest.seconds / 60)
  return {
    seconds: longest.seconds,
    warnings: longest.seconds > LONG_LAG_SECONDS ? [`${longest.table}: its newest restorable moment is ${minutes} minutes old; usually it is 5`] : [],
  }
}

/** Recovery that was switched off and on, or a table made anew: what was recorded before is lost, and nothing else tells. */
function young(there: ReadonlyArray<{readonly table: string; readonly found: PointInTimeRecovery}>): string[] {
  const sinceMs = Date.now() - DAY_MS
  const late = there.filter(({found: {enabled, earliestMs = 0}}) => enabled && earliestMs > sinceMs)
  if (late.length === 0) return []
  const fromMs = Math.max(...late.map(({found: {earliestMs = 0}}) => earliestMs))
  const more = late.length > NAMED ? ` and ${late.length - NAMED} more` : ''
  return [`no moment before ${new Date(fromMs).toISOString().slice(0, 19)}Z can be restored: only then did the recovery of ${late.slice(0, NAMED).map(({table}) => table).join(', ')}${more} begin`]
}

const enabling = (table: string, settings: Settings, profile: string | undefined): string =>
  aws({...settings, ...profile !== undefined && {profile}}, 'dynamodb', [
    'update-continuous-backups', '--table-name', table, '--point-in-time-recovery-specification', 'PointInTimeRecoveryEnabled=true',
  ]).shell
