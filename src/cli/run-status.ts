import {setTimeout as delay} from 'node:timers/promises'
import {keptPauses} from '../by-hand/kept.ts'
import {explainRefusal} from '../backup/permissions.ts'
import {look} from '../backup/search.ts'
import {stateDirectory} from '../backup/store.ts'
import {openPlaces} from '../backup/targets.ts'
import {transportsBy} from '../backup/transport.ts'
import {isGone} from '../backup/whereabouts.ts'
import {permissionsForStatus} from '../kube/permissions.ts'
import {deadHolders, runsWorld, settleRuns} from '../runs/earlier.ts'
import {Asker} from '../status/ask.ts'
import {readLeases} from '../status/leases.ts'
import {statusOf, unseen, withPauses} from '../status/status.ts'
import {statusViews} from '../status/text.ts'
import {EXIT} from '../support/errors.ts'
import {printable} from '../support/printable.ts'
import {tellEarlierRuns} from './earlier-runs.ts'
import {print} from './output.ts'
import {onInterrupt} from './signals.ts'
import {watchView} from './watch-view.ts'
import {processSpace} from '../support/process-id.ts'
import type {Wanted} from '../backup/targets.ts'
import type {TransportChoice} from '../backup/transport.ts'
import type {StatusList} from '../status/status.ts'
import type {OutputFormat} from './output.ts'

/** What the user asked for. */
export interface StatusRequest {
  readonly wanted: readonly Wanted[]
  readonly transport: TransportChoice
  readonly watch: boolean
  readonly failIfPaused: boolean
}

/** How often `--watch` looks. */
const EVERY_MS = 2000

/** Looks at all servers, once or again and again: the result to stdout, what could not be seen to stderr. @returns the exit code */
export async function runStatus({wanted, transport, watch, failIfPaused}: StatusRequest, output: OutputFormat | undefined): Promise<number> {
  await tellEarlierRuns()
  const transports = transportsBy(transport, text => { tell('note', text) })
  const asker = new Asker(cluster => transports.waysOf(cluster).current)
  try {
    const places = await openPlaces(wanted)
    const lookOnce = async () => {
      const found = await explainRefusal(places, () => look(places, {all: true}), permissionsForStatus)
      const [answers, leases] = await Promise.all([asker.ask(found), readLeases(found, Date.now, await deadHolders(runsWorld(stateDirectory()), await processSpace()))])
      return withPauses(statusOf(found, answers, leases, new Date()), await keptPauses(stateDirectory()))
    }
    const first = await lookOnce()
    await settleRuns(runsWorld(stateDirectory()), async (server, {targets}) => {
      const item = first.items.find(({uid}) => uid === server.uid)
      return item ? item.paused === 'no' : isGone(server, targets[server.target]?.clusterUID, places.map(({cluster}) => cluster))
    })
    for (const warning of first.warnings) tell('warning', warning)
    if (watch) return await watchOn(first, lookOnce, output)
    await print(first, {output, ...statusViews})
    return failIfPaused && mayBePaused(first) ? EXIT.stillPaused : EXIT.ok
  } finally {
    asker.close()
    transports.close()
  }
}

/** A server that cannot say may be paused: unknown is not unpaused. */
const mayBePaused = ({items}: StatusList) => items.some(({paused}) => paused !== 'no')

/** Until interrupted. A look that fails leaves the servers unknown, and is tried again. */
async function watchOn(first: StatusList, lookOnce: () => Promise<StatusList>, output: OutputFormat | undefined): Promise<number> {
  const {promise: interrupted, resolve} = Promise.withResolvers<number>()
  const stop = onInterrupt(interruption => { resolve(interruption.exitCode ?? ('error' in interruption ? EXIT.failed : EXIT.ok)) })
  const over = interrupted.then(code => ({code}))
  const show = watchView(output)
  try {
    for (let list = first; ;) {
      await show(list)
      const next = await Promise.race([over, delay(EVERY_MS).then(lookOnce).catch((error: unknown) => unseen(list, `the last look failed: ${messageOf(error)}`, new Date()))])
      if ('code' in next) return next.code
      list = next
    }
  } finally {
    stop()
  }
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error)

const tell = (kind: string, text: string) => process.stderr.write(`${kind}: ${printable(text)}\n`)
