import {measureClocks, offsetsOf} from '../clock/clocks.ts'
import {kubectlAccess} from '../kube/kubectl-arguments.ts'
import {CliError, EXIT} from '../support/errors.ts'
import {initial} from '../protocol/machine.ts'
import {outcomeOf} from '../protocol/verdict.ts'
import {prepareCommand} from '../exec/command.ts'
import {causeText, errorText} from '../cli/signals.ts'
import {systemClock} from '../support/clock.ts'
import {adviceOn} from './advice.ts'
import {newHolder} from '../lease/lease.ts'
import {edgeOf} from './edge.ts'
import {leasesOf} from './leases.ts'
import {restorePointName} from './name.ts'
import {prepare} from './prepare.ts'
import {buildRecord} from './record.ts'
import {reserveFile} from './record-file.ts'
import {run} from './run.ts'
import {beginRun, endRun} from './run-session.ts'
import {stateDirectory, writeRecord} from './store.ts'
import {withoutCommand, withoutWatchdog} from './without.ts'
import {ownId} from '../support/process-id.ts'
import {mandateOf} from '../watchdog/mandate.ts'
import {watchdogPart} from '../watchdog/part.ts'
import type {Cluster} from './cluster.ts'
import type {Interruption} from '../cli/signals.ts'
import type {Happening, State} from '../protocol/types.ts'
import type {Outcome} from '../protocol/verdict.ts'
import type {WindowCommand} from '../exec/command.ts'
import type {ExecTarget} from '../exec/environment.ts'
import type {Snapshot} from '../exec/output-file.ts'
import type {BackupRequest, Narrator} from './prepare.ts'
import type {RecordTarget} from './record.ts'
import type {RecordFile} from './record-file.ts'
import type {RestorePoint} from './restore-point.ts'
import type {Observer} from './run.ts'
import type {Stored} from './store.ts'

/** The world of a backup. */
export interface BackupEnv {
  readonly version: string
  readonly tell: Narrator
  /** Sees every step of the core. */
  readonly observe: Observer
  /** Hands over what interrupts; returns how to stop listening. */
  readonly onInterrupt: (handler: (interruption: Interruption) => void) => () => void
  /** Told of every line that a command prints in the pause. */
  readonly say: (line: string) => void
  /** Of a pause by hand. */
  readonly byHand?: ByHand
}

/** Who keeps a pause by hand. */
export interface ByHand {
  /** Told the name of the record before anything is paused; what it throws ends the backup. */
  readonly begin: (name: string) => Promise<void>
  /** Told how to end the pause. */
  readonly running: (end: () => void) => void
}

/** What a backup leaves. */
export interface BackupResult {
  readonly state: State
  readonly outcome: Outcome
  readonly record: RestorePoint
  /** undefined: nothing was paused, so there was nothing to record. */
  readonly stored?: Stored
}

/**
 * One backup from looking for servers to the written record.
 * @throws CliError when it ended before anything was paused, and no other operator's pause was met
 */
export async function backup(request: BackupRequest, env: BackupEnv): Promise<BackupResult> {
  const command = request.exec && prepareCommand(request.exec)
  try {
    const copy = request.recordFile === undefined ? undefined : await reserveFile(request.recordFile)
    return await recordedBackup(request, env, {copy, command}).finally(() => copy?.release())
  } finally {
    command?.close()
  }
}

interface Reserved {
  readonly copy?: RecordFile
  readonly command?: WindowCommand
}

async function recordedBackup(request: BackupRequest, env: BackupEnv, {copy, command}: Reserved): Promise<BackupResult> {
  const startedAt = systemClock()
  const interrupts = interruptions(env)
  const prepared = await Promise.race([prepare(request, env.tell), interrupts.beforeRun])
  const holder = newHolder()
  const lock = await leasesOf(prepared, {mode: request.lock, holder}, {tell: env.tell, giveUp: interrupts.signal})
  const context = {
    version: env.version, startedAt, ledgerOnly: request.ledgerOnly, databases: prepared.databases, assumptions: prepared.assumptions,
    targets: prepared.found.map(({cluster, release}) => ({release, access: cluster.api.access, clusterUID: cluster.uid, kubectlFlags: kubectlFlags(cluster)})),
    lock: {mode: request.lock, held: lock.held},
  }
  let latest: State | undefined
  let stored: Stored | undefined
  let snapshots: readonly Snapshot[] = []
  const record = async (state: State) => {
    snapshots = await command?.snapshots() ?? []
    stored = await writeRecord(buildRecord(state, outcomeOf(state), {...context, snapshots}), {
      stateDir: stateDirectory(),
      configMaps: prepared.found.map(({cluster, release}) => ({api: cluster.api, namespace: release.namespace})),
      noConfigMap: request.noConfigMap,
      copy,
    })
  }
  const measure = async (signal: AbortSignal) => offsetsOf(await measureClocks(prepared.clocks, {env: process.env, signal}))
  const name = restorePointName(startedAt.wallMs, context.targets[0]?.release.release)
  await env.byHand?.begin(name)
  const session = request.dryRun ? undefined : await beginRun(prepared, holder, context.targets, env.tell)
  const watchdog = request.noWatchdog ? withoutWatchdog
    : watchdogPart({
      mandate: async () => mandateOf(prepared, {transport: request.transport, leases: lock.held(), parent: await ownId(), run: session}),
      leaseAt: () => latest?.leaseAt,
    })
  const {edge, close} = edgeOf(prepared.sites, prepared.seats, {
    record, measure, lock, watchdog,
    command: command?.part({name, targets: context.targets.map(execTarget), say: env.say}) ?? withoutCommand,
  })
  const running = run(at => initial(prepared.plan, at), edge, systemClock, (state, event, before) => {
    latest = state
    env.observe(state, event, before)
  })
  interrupts.handOver(running.tell)
  env.byHand?.running(() => { running.tell({type: 'end hold'}) })
  try {
    const state = await running.done
    const outcome = outcomeOf(state)
    await endRun(session, state, prepared.seats)
    if (outcome.verdict === 'failed' && outcome.leftovers.length === 0) throw failure(outcome)
    return {state, outcome, record: buildRecord(state, outcome, {...context, snapshots}), stored}
  } finally {
    interrupts.stop()
    close()
    prepared.close()
  }
}

/** What kubectl is to be told so that a printed command reaches the same cluster as the same user, but for a token. */
export const kubectlFlags = ({api, options}: Cluster) => kubectlAccess(options, api.access.context, process.env).args

const execTarget = ({release, access, kubectlFlags: flags = []}: RecordTarget): ExecTarget => ({release, context: access.context, kubectlFlags: flags})

/** Before the core runs, an interruption ends the backup at once: nothing is paused. From then on the core decides. */
function interruptions({onInterrupt}: BackupEnv) {
  const {promise: beforeRun, reject} = Promise.withResolvers<never>()
  beforeRun.catch(() => undefined)
  const interrupted = new AbortController()
  const early: Interruption[] = []
  let handler = (interruption: Interruption): void => {
    early.push(interruption)
    const cause = 'error' in interruption ? interruption.error : undefined
    reject(new CliError(`interrupted (${causeText(interruption)}) before anything was paused`, {exitCode: interruption.exitCode ?? EXIT.failed, cause}))
  }
  const stop = onInterrupt(interruption => {
    handler(interruption)
    interrupted.abort()
  })
  return {
    beforeRun,
    signal: interrupted.signal,
    stop,
    /** What came after `beforeRun` was last waited for is handed over too. */
    handOver(tell: (happening: Happening) => void) {
      handler = interruption => { tell({type: 'interrupt', signal: interruption.cause, ...'error' in interruption && {detail: errorText(interruption.error)}}) }
      for (const interruption of early) handler(interruption)
    },
  }
}

function failure({reasons, exitCode}: Outcome): CliError {
  const [first = 'the backup failed', ...others] = reasons
  return new CliError(first, {exitCode, hints: [...others, ...adviceOn(reasons), 'nothing was paused']})
}
