import assert from 'node:assert/strict'
import {setTimeout as sleep} from 'node:timers/promises'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {TestCluster} from '../support/cluster.ts'
import {asked, inTheWindow, outcome, says, stage} from './backup.ts'

const SIGNALS = [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const

/** Interrupted in every phase but draining and holding, which pause.ts and window.ts have. */
export function signalScenarios(cluster: () => TestCluster): void {
  for (const [signal, code] of SIGNALS) {
    it(`pauses nothing after ${signal} while it looks`, async () => {
      const on = await stage(cluster())
      on.server(0).misbehave('CheckPaused', {answerDelayMs: 2000})
      const run = on.backup()
      await asked(on.server(0), 'CheckPaused')
      run.kill(signal)
      assert.deepEqual(await outcome(on, run), {code, said: `error: interrupted (${signal})`})
      assert.deepEqual([...on.server(0).steps, ...on.server(1).steps], [])
    })

    it(`pauses nothing after ${signal} while it waits for servers that have not settled`, async () => {
      const on = await stage(cluster(), {terminationGracePeriodSeconds: 30})
      await on.cluster.deletePod(on.namespace, on.pods[0] ?? '')
      const run = on.backup('--wait', '1m')
      await says(run, 'waiting: ')
      run.kill(signal)
      assert.deepEqual(await outcome(on, run), {code, said: `error: interrupted (${signal}) before anything was paused`})
      assert.deepEqual([...on.server(0).steps, ...on.server(1).steps], [])
    })

    it(`keeps the restore point that was confirmed before ${signal}`, async () => {
      const on = await stage(cluster())
      const run = on.backup('--hold', '6s')
      await inTheWindow(on, run)
      await sleep(4800)
      run.kill(signal)
      assert.deepEqual(await outcome(on, run), {code, verdict: 'consistent', reasons: [`interrupted (${signal})`]})
    })

    it(`goes on unpausing after ${signal}`, async () => {
      const on = await stage(cluster())
      on.server(0).misbehave('Unpause', {delayMs: 1500, times: 2})
      const run = on.backup()
      await asked(on.server(0), 'Unpause')
      run.kill(signal)
      assert.deepEqual(await outcome(on, run), {code, verdict: 'consistent', reasons: []})
    })
  }

  it('gives up on a server only at the second Ctrl-C of the unpause, naming it and what to type', async () => {
    const on = await stage(cluster())
    on.server(0).misbehave('Unpause', {executes: false, answer: 'never'})
    const run = on.backup()
    await asked(on.server(0), 'Unpause', 2)
    run.kill('SIGINT')
    await says(run, 'Ctrl-C')
    run.kill('SIGINT')
    const {stdout} = await run.ended
    assert.deepEqual(await outcome(on, run, ['pod-0']), {code: 4, verdict: 'consistent', reasons: []})
    const [left, ...others] = (JSON.parse(stdout) as RestorePoint).stillPaused
    assert.deepEqual([left?.pod, left?.whose, others], [on.pods[0], 'ours', []])
    assert.equal(left?.command, `kubectl --kubeconfig=${cluster().kubeconfig} --context=${cluster().context} -n ${on.namespace} delete pod ${on.pods[0]}`)
    on.server(0).behave()
    on.server(0).gate.open()
  })
}
