import {scrubAddress} from '../discovery/scrub.ts'
import {API_VERSION, KIND} from './restore-point.ts'
import {plainUrl, redact} from '../support/redact.ts'
import {restorePointName} from './name.ts'
import {stillPausedOf} from './still-paused.ts'
import {defined} from '../support/defined.ts'
import {databaseOf} from './record-database.ts'
import {clockAssumptions} from '../clock/assumptions.ts'
import type {CheckedDatabase} from '../preflight/types.ts'
import type {ProductConfig, Release, Storage} from '../discovery/types.ts'
import type {HeldLease, LockMode} from '../lease/types.ts'
import type {ClusterAccess} from '../kube/types.ts'
import type {ClockOffset, State} from '../protocol/types.ts'
import type {Outcome} from '../protocol/verdict.ts'
import type {Snapshot} from '../exec/output-file.ts'
import type {Instant} from '../support/clock.ts'
import type {
  RecordedConfig, RecordedOffset, RecordedPod, RecordedStorage, RecordedTarget, RecordedWindow, RestorePoint, Timestamp,
} from './restore-point.ts'

/** One release in one cluster; `RecordContext.targets` has them by their index in the plan. */
export interface RecordTarget {
  readonly release: Release
  readonly access: Pick<ClusterAccess, 'context' | 'cluster' | 'server'>
  readonly clusterUID?: string
  /** What kubectl needs to reach this cluster, e.g. `['--context', 'prod']`; default: `--context`, where there is one. Never a token. */
  readonly kubectlFlags?: readonly string[]
}

/** What the record says beside what the core knows. */
export interface RecordContext {
  /** This tool's version. */
  readonly version: string
  readonly startedAt: Instant
  readonly ledgerOnly: boolean
  readonly targets: readonly RecordTarget[]
  readonly lock: {readonly mode: LockMode; readonly held: () => readonly HeldLease[]}
  /** The databases behind the targets; their owners are indexes of `targets`. */
  readonly databases: readonly CheckedDatabase[]
  /** Assumptions beyond those of the releases. */
  readonly assumptions?: readonly string[]
  /** What the command that ran in the pause says it took. */
  readonly snapshots?: readonly Snapshot[]
}

/**
 * The record of a backup. Every field is copied by name, so that nothing else of the inputs, least of all a secret, gets
 * into it. Only a confirmed restore point is offered: the second of a void backup is not in its record.
 */
export function buildRecord(state: State, outcome: Outcome, context: RecordContext): RestorePoint {
  const {plan} = state
  const restorePoint = restorePointOf(state, outcome)
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: {name: restorePointName(context.startedAt.wallMs, context.targets[0]?.release.release)},
    tool: {name: 'kubectl-scalardl', version: context.version},
    startedAt: stamp(context.startedAt),
    verdict: outcome.verdict,
    consistent: outcome.verdict === 'consistent',
    ...defined({restorePoint}),
    reasons: outcome.reasons.map(redact),
    warnings: state.warnings.map(redact),
    window: windowOf(state, restorePoint === undefined ? undefined : outcome.marginMs),
    lock: {mode: context.lock.mode, leases: context.lock.held().map(({target, namespace, name, holder}) => ({target, namespace, name, holder}))},
    clock: defined({guardMs: plan.guardMs, offsets: measured(plan.offsets), offsetsAfter: state.offsetsAfter && measured(state.offsetsAfter)}),
    assumptions: assumptionsOf(state, context),
    statements: [...statementsOf(context), ...discarded(restorePoint, context)],
    options: {
      holdMs: plan.holdMs, drainTimeoutMs: plan.drainMs, clockGuardMs: plan.guardMs,
      ledgerOnly: context.ledgerOnly, allowUnverified: plan.allowUnverified, dryRun: plan.dryRun,
    },
    targets: context.targets.map((target, index) => targetOf(target, index, state)),
    databases: context.databases.map(database => databaseOf(database, restorePoint)),
    ...restorePoint !== undefined && context.snapshots && context.snapshots.length > 0 && {snapshots: context.snapshots.map(({name, identifier}) => ({name, identifier}))},
    stillPaused: outcome.leftovers.map(leftover => stillPausedOf(leftover, plan, context.targets)),
  }
}

/** Only what the verdict vouches for, or could not check entirely, can be restored to. */
function restorePointOf({restorePointMs}: State, {verdict}: Outcome): string | undefined {
  if (restorePointMs === undefined || (verdict !== 'consistent' && verdict !== 'unverified')) return undefined
  return new Date(restorePointMs).toISOString().replace('.000Z', 'Z')
}

/** What was taken in a pause that is not proven is not offered either; whoever tidies up has to know of it. */
function discarded(restorePoint: string | undefined, {snapshots = []}: RecordContext): string[] {
  if (restorePoint !== undefined || snapshots.length === 0) return []
  return [`the command took what is not safe to restore to, and may be removed: ${snapshots.map(({name, identifier}) => `${name}=${identifier}`).join(', ')}`]
}

function windowOf({pauseSent, pausedAt, unpauseSent, unpausedAt}: State, marginMs: number | undefined): RecordedWindow {
  return defined({
    pauseSentAt: pauseSent && stamp(pauseSent),
    pausedAt: pausedAt && stamp(pausedAt),
    unpausedAt: unpauseSent && stamp(unpauseSent),
    marginMs: marginMs === undefined ? undefined : Math.floor(marginMs),
    outageMs: pauseSent && unpausedAt && Math.round(unpausedAt.monoMs - pauseSent.monoMs),
  })
}

const measured = (offsets: readonly ClockOffset[]): RecordedOffset[] =>
  offsets.flatMap(({database, loMs, hiMs, unmeasured}) => unmeasured === undefined ? [{database: redact(database), loMs, hiMs}] : [])

function assumptionsOf(state: State, context: RecordContext): string[] {
  const clock = clockAssumptions(state)
  const several = context.targets.length > 1
  const found = context.targets.flatMap(({release}) => release.assumptions.map(text => several ? `${release.release}: ${text}` : text))
  return [...clock, ...context.assumptions ?? [], ...found].map(redact)
}

/** ScalarDL docs, backup: pausing Ledger suffices, but both databases are restored to the one point. */
function statementsOf({targets}: RecordContext): string[] {
  if (targets.some(({release}) => release.product === 'auditor')) return []
  const used = targets.map(({release}) => release.config.auditorEnabled)
  const bound = "restore the Auditor's database to this very restore point too"
  if (used.includes('yes')) return [`the Auditor was not paused, which ScalarDL allows; the restore point binds it all the same: ${bound}`]
  if (used.includes('unknown')) return [`whether an Auditor is used could not be read, and none was paused; if there is one, ${bound}`]
  return []
}

function targetOf({release, access, clusterUID}: RecordTarget, index: number, state: State): RecordedTarget {
  return defined({
    product: release.product,
    release: release.release,
    namespace: release.namespace,
    context: access.context,
    cluster: access.cluster,
    server: plainUrl(access.server),
    clusterUID,
    version: release.version,
    image: release.image,
    deployment: release.deployments[0]?.name,
    deployments: release.deployments.map(({name, uid, replicas}) => defined({name, uid, replicas})),
    replicas: release.deployments.reduce((sum, {replicas}) => sum + replicas, 0),
    hpa: release.hpas.map(({name, minReplicas, maxReplicas}) => defined({name, minReplicas, maxReplicas})),
    helm: release.helm && {chart: release.helm.chart, chartVersion: release.helm.chartVersion},
    selector: release.selector,
    admin: defined({port: release.admin.port, tls: release.admin.tls !== undefined, serverName: release.admin.tls?.serverName}),
    config: configOf(release.config),
    pods: podsOf(release, index, state),
  })
}

function configOf({readable, transactionManager, coordinatorNamespace, baseNamespace, auditorEnabled, ledgerHost, storages}: ProductConfig): RecordedConfig {
  return defined({
    readable, transactionManager, coordinatorNamespace, baseNamespace, auditorEnabled, ledgerHost,
    storages: storages.map(storageOf),
  })
}

/** Discovery has taken the secrets out of addresses; it is done again here, since this is what gets written. */
function storageOf(storage: Storage): RecordedStorage {
  return defined({
    name: storage.name,
    storage: storage.storage,
    contactPoints: storage.contactPoints && scrubAddress(storage.contactPoints),
    contactPort: storage.contactPort,
    namespacePrefix: storage.namespacePrefix,
    endpointOverride: storage.endpointOverride && scrubAddress(storage.endpointOverride),
    metadataNamespace: storage.metadataNamespace,
    namespaces: storage.namespaces,
    tables: storage.tables,
    isDefault: storage.isDefault,
    unresolved: storage.unresolved,
  })
}

function podsOf(release: Release, target: number, {plan, servers}: State): RecordedPod[] {
  const indexes = new Map(plan.servers.flatMap((server, index) => server.target === target ? [[server.name, index] as const] : []))
  return release.pods.map(({name, namespace, uid, container, containerID, restartCount, node}) => {
    const server = servers[indexes.get(`${namespace}/${name}`) ?? -1]
    return defined({
      name, uid, container, containerID, restartCount, node,
      pausedAt: server?.pausedAt && stamp(server.pausedAt),
      unpausedAt: server?.unpausedAt && stamp(server.unpausedAt),
    })
  })
}

const stamp = ({wallMs}: Instant): Timestamp => new Date(wallMs).toISOString()
