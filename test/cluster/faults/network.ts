import assert from 'node:assert/strict'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Direction} from '../../support/wire.ts'
import {asked, inTheWindow, outcome, says, stage} from '../../scenarios/backup.ts'
import {confirming, givenUp, tunnelsOf, type FaultRig} from './rig.ts'

const CONSISTENT = {code: 0, verdict: 'consistent', reasons: []}

type Loss = readonly [what: string, directions: Direction[]]
const ALL: Loss = ['everything', ['up', 'down']]
const REQUESTS: Loss = ['every request', ['up']]
const ANSWERS: Loss = ['every answer', ['down']]

/** The network between plugin and API server drops silently, or slows down. */
export function networkFaults(rig: () => FaultRig): void {
  for (const [which, count, [what, directions]] of [
    ['one tunnel', 1, ALL], ['all tunnels', Infinity, ALL], ['all tunnels', Infinity, REQUESTS], ['all tunnels', Infinity, ANSWERS],
  ] as const) {
    it(`stays consistent when ${what} over ${which} is dropped in the window, by new ones`, async () => {
      const {cluster, wire, kubeconfig} = rig()
      const on = await stage(cluster, {}, kubeconfig)
      const run = on.backup('--hold', '6s')
      await inTheWindow(on, run)
      for (const tunnel of (await tunnelsOf(wire, on)).tunnels.slice(0, count)) tunnel.silence(...directions)
      assert.deepEqual(await outcome(on, run), CONSISTENT)
    })
  }

  for (const [what, directions] of [ALL, REQUESTS, ANSWERS]) {
    it(`is void when ${what} is dropped in the window, new connections' too, and unpauses when it gets through again`, async () => {
      const {cluster, wire, kubeconfig} = rig()
      const on = await stage(cluster, {}, kubeconfig)
      const run = on.backup('--hold', '20s')
      await inTheWindow(on, run)
      wire.silence(true, directions)
      await says(run, '✖ Confirmed')
      await sleep(500)
      wire.silence(false)
      assert.deepEqual(await outcome(on, run), {code: 3, verdict: 'void', reasons: ['not all servers were seen paused for N s']})
    })
  }

  for (const [what, directions] of [ALL, ANSWERS]) {
    it(`is void when ${what} is dropped while it pauses, looks out for late Pauses, and names their servers when told to give up`, async () => {
      const {cluster, wire, kubeconfig} = rig()
      const on = await stage(cluster, {}, kubeconfig)
      const releases = on.pods.map((_, index) => on.server(index).gate.holdRequests(1))
      const run = on.backup('--drain-timeout', '2s')
      for (const index of on.pods.keys()) await asked(on.server(index), 'Pause')
      wire.silence(true, directions)
      for (const release of releases) release()
      await says(run, '… Unpaused')
      wire.silence(false)
      await says(run, '… Second look')
      const {code, verdict, reasons, named} = await givenUp(on, run)
      assert.deepEqual({code, verdict, named}, {code: 4, verdict: 'void', named: on.pods.map(pod => `${pod}: ours`)})
      assert.match(reasons?.[0] ?? '', /^no clear answer from ns\/pod-[01] to Pause \(DEADLINE_EXCEEDED\): no answer within \d+ ms$/)
    })
  }

  it('sees by its confirmation a pod that joined while the watch was silent', async () => {
    const {cluster, wire, kubeconfig} = rig()
    const on = await stage(cluster, {}, kubeconfig)
    const run = on.backup('--hold', '6s')
    await inTheWindow(on, run)
    for (const other of (await tunnelsOf(wire, on)).others) other.silence()
    await cluster.scale(on.namespace, on.deployment, 3)
    assert.deepEqual(await outcome(on, run), {code: 3, verdict: 'void', reasons: ['pod ns/new-pod joined']})
  })

  for (const [what, directions] of [ALL, ANSWERS]) {
    it(`is void when ${what} is dropped while it confirms`, async () => {
      const {cluster, wire, kubeconfig} = rig()
      const on = await stage(cluster, {}, kubeconfig)
      const run = on.backup('--hold', '5s', '--lock', 'off')
      await inTheWindow(on, run)
      await confirming(wire, on)
      wire.silence(true, directions)
      await says(run, '✖ Confirmed')
      wire.silence(false)
      const {code, verdict, reasons} = await outcome(on, run)
      assert.deepEqual({code, verdict}, {code: 3, verdict: 'void'})
      assert.match(reasons?.join() ?? '', /^the pause could not be confirmed in time: .*a fresh list of the pods$/)
    })
  }

  for (const [what, directions] of [ALL, ANSWERS]) {
    it(`keeps a confirmed restore point when ${what} is dropped while it unpauses`, async () => {
      const {cluster, wire, kubeconfig} = rig()
      const on = await stage(cluster, {}, kubeconfig)
      on.server(0).misbehave('Unpause', {delayMs: 500, times: 1})
      const run = on.backup()
      await asked(on.server(0), 'Unpause')
      wire.silence(true, directions)
      await says(run, '… Unpaused')
      wire.silence(false)
      assert.deepEqual(await outcome(on, run), CONSISTENT)
    })
  }

  it('names servers that no answer came from, though they may be open, when told to give up', async () => {
    const {cluster, wire, kubeconfig} = rig()
    const on = await stage(cluster, {}, kubeconfig)
    const run = on.backup('--hold', '6s')
    await says(run, '✔ Confirmed')
    wire.silence(true, ['down'])
    await says(run, '… Unpaused')
    assert.deepEqual(await givenUp(on, run), {...CONSISTENT, code: 4, named: on.pods.map(pod => `${pod}: ours`)})
  })

  it('stays consistent at the other end of the world', async () => {
    const {cluster, wire, kubeconfig} = rig()
    const on = await stage(cluster, {}, kubeconfig)
    wire.rttMs = 400
    assert.deepEqual(await outcome(on, on.backup('--hold', '6s')), CONSISTENT)
  })

  it('is void when answers take longer in the window than can be waited for', async () => {
    const {cluster, wire, kubeconfig} = rig()
    const on = await stage(cluster, {}, kubeconfig)
    const run = on.backup('--hold', '20s')
    await inTheWindow(on, run)
    wire.rttMs = 8000
    await says(run, '✖ Confirmed')
    wire.rttMs = 0
    assert.deepEqual(await outcome(on, run), {code: 3, verdict: 'void', reasons: ['not all servers were seen paused for N s']})
  })
}
