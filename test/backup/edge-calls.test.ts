import assert from 'node:assert/strict'
import {edgeOf} from '../../src/backup/edge.ts'
import {withoutCommand, withoutLock, withoutWatchdog} from '../../src/backup/without.ts'
import {initial} from '../../src/protocol/machine.ts'
import type {Site} from '../../src/backup/edge.ts'
import type {ApiServer} from '../../src/kube/types.ts'
import type {Effect, Happening, Plan} from '../../src/protocol/types.ts'

const PLAN: Plan = {servers: [], pods: [], targets: 0, holdMs: 0, drainMs: 0, guardMs: 0, offsets: [], dryRun: false, allowUnverified: false}
const unused = (): never => assert.fail('not needed here')

/** What the edge makes of one effect for pod ledger-0, whose credentials never come. */
async function told(effect: Effect): Promise<Happening> {
  const site: Site = {
    pods: {target: 0, api: {} as unknown as ApiServer, namespace: 'ledger', selector: '', container: ''},
    ways: {current: {name: 'websocket', open: unused, close: unused}, refreshed: () => new Promise(() => undefined), fallback: unused},
    deployments: new Set(), addresses: new Map([['uid-0', {namespace: 'ledger', pod: 'ledger-0', port: 50053}]]),
  }
  const {edge, close} = edgeOf([site], [{site, pod: 'ledger-0', uid: 'uid-0'}], {record: unused, measure: unused, lock: withoutLock, watchdog: withoutWatchdog, command: withoutCommand})
  try {
    return await new Promise(resolve => { edge(effect, resolve, initial(PLAN, {monoMs: 0, wallMs: 0})) })
  } finally {
    close()
  }
}

describe('an Unpause by fresh credentials that never come', () => {
  it('fails at its deadline, so that the other ways are tried', async () => {
    assert.deepEqual(await told({type: 'unpause', server: 0, call: 1, via: 'credentials', deadlineMs: 5}), {
      type: 'unpaused', server: 0, call: 1,
      answer: {kind: 'failed', code: 'UNAVAILABLE', message: 'no way to the server within 5 ms'},
    })
  })
})
