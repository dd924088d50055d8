import assert from 'node:assert/strict'
import {setTimeout as sleep} from 'node:timers/promises'
import {asked, inTheWindow, outcome, says, stage} from '../../scenarios/backup.ts'
import {confirming, type FaultRig} from './rig.ts'

/** The API server that a backup goes through stops, and comes back. */
export function apiServerFaults(rig: () => FaultRig): void {
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`is void when the API server gets ${signal} in the window, and unpauses when it is back`, async () => {
      const {cluster, apiServer, kubeconfig} = rig()
      const on = await stage(cluster, {}, kubeconfig)
      const run = on.backup('--hold', '20s')
      await inTheWindow(on, run)
      await apiServer.stop(signal)
      await says(run, '✖ Confirmed')
      await apiServer.start()
      assert.deepEqual(await outcome(on, run), {code: 3, verdict: 'void', reasons: ['not all servers were seen paused for N s']})
    })
  }

  it('names what it waits for, and unpauses also when the API server was away for longer than all should have taken', async () => {
    const {cluster, apiServer, kubeconfig} = rig()
    const on = await stage(cluster, {}, kubeconfig)
    const run = on.backup('--drain-timeout', '1s')
    await inTheWindow(on, run)
    await apiServer.stop('SIGKILL')
    await sleep(20_000)
    assert.ok(run.said().includes(`… Unpaused      0 of 2 verified, waiting for ${on.namespace}/${on.pods[0]} (`), run.said())
    await apiServer.start()
    const {code, verdict} = await outcome(on, run)
    assert.deepEqual({code, verdict}, {code: 3, verdict: 'void'})
  })

  it('is void when the API server is killed while it is asked for the confirmation', async () => {
    const {cluster, apiServer, wire, kubeconfig} = rig()
    const on = await stage(cluster, {}, kubeconfig)
    const run = on.backup('--hold', '6s', '--lock', 'off')
    await inTheWindow(on, run)
    await confirming(wire, on)
    await apiServer.stop('SIGKILL')
    await says(run, '✖ Confirmed')
    await apiServer.start()
    const {code, verdict, reasons} = await outcome(on, run)
    assert.deepEqual({code, verdict}, {code: 3, verdict: 'void'})
    assert.match(reasons?.join() ?? '', /^the pause could not be confirmed in time: .*a fresh list of the pods$/)
  })

  it('keeps a confirmed restore point when the API server is killed while it unpauses', async () => {
    const {cluster, apiServer, kubeconfig} = rig()
    const on = await stage(cluster, {}, kubeconfig)
    on.server(0).misbehave('Unpause', {delayMs: 500, times: 1})
    const run = on.backup()
    await asked(on.server(0), 'Unpause')
    await apiServer.stop('SIGKILL')
    await says(run, '… Unpaused')
    await apiServer.start()
    assert.deepEqual(await outcome(on, run), {code: 0, verdict: 'consistent', reasons: []})
  })
}
