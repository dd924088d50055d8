import {kubectlFlags} from '../backup/backup.ts'
import {leasesOf} from '../backup/leases.ts'
import {deadHolders, runsWorld} from '../runs/earlier.ts'
import {newHolder} from '../lease/lease.ts'
import {stateDirectory} from '../backup/store.ts'
import {explainRefusal} from '../backup/permissions.ts'
import {API_VERSION} from '../backup/restore-point.ts'
import {look} from '../backup/search.ts'
import {stillPausedOf} from '../backup/still-paused.ts'
import {clusterLine, openPlaces, releaseLine} from '../backup/targets.ts'
import {transportsBy} from '../backup/transport.ts'
import {permissionsForStatus} from '../kube/permissions.ts'
import {outcomeOf} from '../protocol/verdict.ts'
import {Asker} from '../status/ask.ts'
import {readLeases} from '../status/leases.ts'
import {statusOf} from '../status/status.ts'
import {leaseText} from '../status/text.ts'
import {CliError, EXIT} from '../support/errors.ts'
import {prepareRepair} from './repair.ts'
import {becameOf, exitCodeOf, itemOf, wouldBecome} from './result.ts'
import {processSpace} from '../support/process-id.ts'
import type {Cluster} from '../backup/cluster.ts'
import type {Narrator} from '../backup/prepare.ts'
import type {Observer} from '../backup/run.ts'
import type {Found} from '../backup/search.ts'
import type {Wanted} from '../backup/targets.ts'
import type {TransportChoice} from '../backup/transport.ts'
import type {Interruption} from '../cli/signals.ts'
import type {LockMode} from '../lease/types.ts'
import type {State} from '../protocol/types.ts'
import type {Leftover} from '../protocol/verdict.ts'
import type {StatusList} from '../status/status.ts'
import type {Repair} from './repair.ts'
import type {Became, UnpausedServer, UnpauseResult} from './result.ts'

/** What the user asked for. */
export interface UnpauseRequest {
  readonly wanted: readonly Wanted[]
  readonly transport: TransportChoice
  readonly lock: LockMode
  readonly dryRun: boolean
}

/** The world of `unpause --all-pods`. */
export interface UnpauseEnv {
  readonly tell: Narrator
  readonly observe: Observer
  /** Shows what was found, and asks whether to go on. */
  readonly agree: (list: StatusList) => Promise<boolean>
  /** Hands over what interrupts; returns how to stop listening. */
  readonly onInterrupt: (handler: (interruption: Interruption) => void) => () => void
}

/**
 * Unpauses every server that is paused, whoever paused it, and verifies all of them.
 * @returns what became of each, the exit code, and the clusters that were looked in
 * @throws CliError when nothing was changed: another holds the lease, or the user did not agree
 */
export async function unpauseAll(request: UnpauseRequest, env: UnpauseEnv): Promise<{result: UnpauseResult; exitCode: number; clusters: Cluster[]}> {
  const transports = transportsBy(request.transport, text => { env.tell.warn('Tunnels', text) })
  try {
    const places = await openPlaces(request.wanted)
    const clusters = places.map(({cluster}) => cluster)
    for (const text of new Set(places.map(clusterLine))) env.tell.line('Cluster', text)
    const found = await explainRefusal(places, () => look(places, {all: true}), permissionsForStatus)
    for (const {release} of found) env.tell.line('Targets', releaseLine(release))
    const list = await lookAt(found, new Asker(cluster => transports.waysOf(cluster).current))
    for (const warning of list.warnings) env.tell.warn('Assumed', warning)
    if (request.dryRun || list.items.every(({paused}) => paused === 'no')) {
      return {result: {...resultOf(list, item => itemOf(item, wouldBecome(item), item.message)), dryRun: request.dryRun}, exitCode: EXIT.ok, clusters}
    }
    if (request.lock !== 'off') refuseHeld(list)
    if (!await env.agree(list)) throw new CliError('nothing was changed: the answer was not yes')
    return {...await repair(await prepareRepair(found, transports.waysOf), list, request.lock, env), clusters}
  } finally {
    transports.close()
  }
}

async function lookAt(found: readonly Found[], asker: Asker): Promise<StatusList> {
  try {
    const [answers, leases] = await Promise.all([asker.ask(found), readLeases(found, Date.now, await deadHolders(runsWorld(stateDirectory()), await processSpace()))])
    return statusOf(found, answers, leases, new Date())
  } finally {
    asker.close()
  }
}

const INSIST = 'whoever holds it is at work, and unpauses by itself; to unpause all the same: --lock off, which voids that backup'

/** Whoever is at work is told before anything is asked. @throws CliError */
function refuseHeld({items}: StatusList): void {
  const held = items.find(({paused, lease}) => paused !== 'no' && lease?.alive)
  if (held?.lease) throw new CliError(`the lease of ${held.namespace}/${held.release} is held by ${leaseText(held.lease)}`, {hints: ['nothing was changed', INSIST]})
}

async function repair(prepared: Repair, list: StatusList, mode: LockMode, env: UnpauseEnv): Promise<{result: UnpauseResult; exitCode: number}> {
  const interrupted = new AbortController()
  const {tell, done, close} = prepared.begin(await leasesOf(prepared, {mode, holder: newHolder()}, {tell: env.tell, giveUp: interrupted.signal}), env.observe)
  const stop = env.onInterrupt(({cause}) => {
    tell({type: 'interrupt', signal: cause})
    interrupted.abort()
  })
  try {
    const state = await done
    if (state.unpauseSent === undefined) throw untouched(state)
    const result = repaired(state, prepared, list)
    return {result, exitCode: exitCodeOf(result, state.interrupts[0])}
  } finally {
    stop()
    close()
  }
}

/** Another was first, or the user thought better of it. */
function untouched(state: State): CliError {
  const [first = 'the repair did not begin', ...others] = state.reasons.map(({text}) => text)
  const [interrupt] = state.interrupts
  const exitCode = interrupt !== undefined && interrupt in EXIT ? EXIT[interrupt as keyof typeof EXIT] : EXIT.failed
  return new CliError(first, {exitCode, hints: [...others, 'nothing was changed', ...interrupt === undefined ? [INSIST] : []]})
}

function repaired(state: State, {found, plan, unreachable}: Repair, list: StatusList): UnpauseResult {
  const lost = unreachable.flatMap(({found: {release}, message}, i) => release.pods.map(pod => ({pod, message, target: found.length + i})))
  const became = new Map<string, {readonly became: Became; readonly message?: string}>([
    ...found.flatMap(({release}) => release.pods).map(({uid}, i) => [uid, outcomeAt(state, i)] as const),
    ...lost.map(({pod: {uid}, message}) => [uid, {became: 'may be paused', message}] as const),
  ])
  const servers = [...plan.servers, ...lost.map(({pod, target}) => ({name: `${pod.namespace}/${pod.name}`, wave: 'ledger' as const, target}))]
  const leftovers: Leftover[] = [
    ...outcomeOf(state).leftovers,
    ...lost.map(({message}, i) => ({server: plan.servers.length + i, name: servers[plan.servers.length + i]?.name ?? '', whose: 'ours' as const, message})),
  ]
  const targets = [...found, ...unreachable.map(one => one.found)].map(({cluster}) => ({access: cluster.api.access, kubectlFlags: kubectlFlags(cluster)}))
  return {
    ...resultOf(list, item => {
      const {became: what = 'may be paused', message} = became.get(item.uid) ?? {}
      return itemOf(item, what, message)
    }),
    stillPaused: leftovers.map(leftover => stillPausedOf(leftover, {servers}, targets)),
    warnings: [...list.warnings, ...state.warnings],
  }
}

function outcomeAt({servers}: State, i: number): {became: Became; message?: string} {
  const server = servers[i]
  if (!server) return {became: 'may be paused'}
  const became = becameOf(server)
  return became === 'may be paused' ? {became, message: server.message} : {became}
}

const resultOf = ({items, warnings}: StatusList, itemFor: (item: StatusList['items'][number]) => UnpausedServer): UnpauseResult => ({
  apiVersion: API_VERSION, kind: 'UnpauseResult', dryRun: false, items: items.map(itemFor), stillPaused: [], warnings,
})
