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

  it('keeps unpausing after Ctrl-C in the window, says at the second what is left, and gives up only at the third, naming it and what to type', async () => {
    const on = await stage(cluster())
    on.server(0).misbehave('Unpause', {executes: false, answer: 'never'})
    const run = on.backup('--hold', '1m')
    await inTheWindow(on, run)
    run.kill('SIGINT')
    await asked(on.server(0), 'Unpause', 2)
    run.kill('SIGINT')
    await says(run, 'Ctrl-C')
    run.kill('SIGINT')
    const {stdout, stderr} = await run.ended
    assert.deepEqual(await outcome(on, run, ['pod-0']), {code: 4, verdict: 'void', reasons: ['interrupted (SIGINT)']})
    assert.deepEqual(stderr.split('\n').filter(line => /interrupted|Ctrl-C|gave up/.test(line) && line.startsWith('⚠')), [
      '⚠ interrupted: unpausing…',
      `⚠ still paused, or not known to be unpaused: ${on.namespace}/${on.pods[0]}; once more (Ctrl-C) gives up: they stay so, and nobody tries to end it any more`,
      `⚠ gave up: ${on.namespace}/${on.pods[0]} may be left paused, which nobody tries to end any more; the commands that do follow`,
    ])
    const [left, ...others] = (JSON.parse(stdout) as RestorePoint).stillPaused
    assert.deepEqual([left?.pod, left?.whose, others], [on.pods[0], 'ours', []])
    assert.equal(left?.command, `kubectl --kubeconfig=${cluster().kubeconfig} --context=${cluster().context} -n ${on.namespace} delete pod ${on.pods[0]}`)
    on.server(0).behave()
    on.server(0).gate.open()
  })

  it('names what a late Pause may still close when it is told to stop between second looks', async () => {
    const on = await stage(cluster())
    on.server(0).misbehave('Pause', {answerDelayMs: 3_600_000})
    const run = on.backup('--drain-timeout', '1s')
    await says(run, 'may still reach')
    run.kill('SIGINT')
    await says(run, 'Ctrl-C')
    run.kill('SIGINT')
    assert.deepEqual(await outcome(on, run), {code: 4, verdict: 'void', reasons: ['no clear answer from ns/pod-0 to Pause (DEADLINE_EXCEEDED): no answer within 4000 ms']})
    assert.deepEqual((JSON.parse((await run.ended).stdout) as RestorePoint).stillPaused.map(({pod, whose}) => [pod, whose]), [[on.pods[0], 'ours']])
  })

  it('writes the record all the same when it is told to stop while it does', async () => {
    const on = await stage(cluster())
    // The record waits for the command that was told to end.
    const run = on.backup('--hold', '1m', '--exec', 'trap "" TERM; while :; do sleep 0.1; done')
    await inTheWindow(on, run)
    run.kill('SIGINT')
    await says(run, 'verified')
    await sleep(200)
    for (let times = 0; times < 3; times++) run.kill('SIGINT')
    await says(run, 'the record is being written')
    assert.deepEqual(await outcome(on, run), {code: 130, verdict: 'void', reasons: ['interrupted (SIGINT)']})
  })
}
