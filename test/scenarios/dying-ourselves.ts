import assert from 'node:assert/strict'
import {setTimeout as sleep} from 'node:timers/promises'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {TestCluster} from '../support/cluster.ts'
import {inTheWindow, outcome, stage, type Stage} from './backup.ts'

/** On SIGUSR2 the program meets an error that nobody has thought of. */
const mistaken = (what: string) => ({env: {NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${what} })`)}`}})
const redirected = (to: string) => ({through: ['sh', '-c', `exec "$@" ${to}`, 'sh']})
/** A terminal of 80 columns that nobody reads until SIGTERM, as after Ctrl-S. */
const STOPPED_TERMINAL = `
import fcntl, os, pty, signal, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
    os.dup2(int(sys.argv[1]), 1)
    os.execvp(sys.argv[2], sys.argv[2:])
os.close(int(sys.argv[1]))
signal.signal(signal.SIGTERM, lambda *_: None)
signal.alarm(60)
signal.pause()
try:
    while os.read(terminal, 65536): pass
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

async function untilUnpaused({cluster, namespace, pods}: Stage): Promise<void> {
  while (pods.some(pod => cluster.server(namespace, pod).paused)) await sleep(10)
}

/** Outputs that take nothing, disks that are full, errors that nobody has thought of: all of them end unpaused and named. */
export function dyingScenarios(cluster: () => TestCluster): void {
  for (const [what, code] of [
    ['an error that nobody caught', "throw new Error('out of luck')"],
    ['a promise that nobody waited for', "void Promise.reject(new Error('out of luck'))"],
  ] as const) {
    it(`unpauses, verifies and says why after ${what} in the window`, async () => {
      const on = await stage(cluster())
      const run = on.backupIn(mistaken(code), '--hold', '1m')
      await inTheWindow(on, run)
      run.kill('SIGUSR2')
      assert.deepEqual(await outcome(on, run), {code: 3, verdict: 'void', reasons: ['interrupted (uncaught error: out of luck)']})
      assert.match(run.said(), /^⚠ an error of this program, which goes on to unpause: out of luck$/m)
    })
  }

  it('goes on unpausing after an error that nobody caught', async () => {
    const on = await stage(cluster())
    on.server(0).misbehave('Unpause', {delayMs: 1500, times: 2})
    const run = on.backupIn(mistaken("throw new Error('out of luck')"))
    while (!on.server(0).calls.some(({method}) => method === 'Unpause')) await sleep(5)
    run.kill('SIGUSR2')
    assert.deepEqual(await outcome(on, run), {code: 0, verdict: 'consistent', reasons: []})
    assert.match(run.said(), /^⚠ an error of this program, which goes on to unpause: out of luck$/m)
  })

  it('unpauses and verifies when its stderr is closed in the window', async () => {
    const on = await stage(cluster())
    const run = on.backup('--hold', '1m', '--exec', 'while echo tick; do sleep 0.1; done')
    await inTheWindow(on, run)
    run.closeStderr()
    assert.deepEqual(await outcome(on, run), {code: 3, verdict: 'void', reasons: ['interrupted (stderr closed)']})
  })

  it('pauses nothing when stderr takes nothing from the beginning', async () => {
    const on = await stage(cluster())
    assert.equal((await on.backupIn(redirected('2>/dev/full')).ended).code, 1)
    assert.deepEqual(on.server(0).steps, [])
  })

  it('unpauses, and prints the result on stderr, when stdout takes nothing', async () => {
    const on = await stage(cluster())
    const {code, stderr} = await on.backupIn(redirected('>/dev/full')).ended
    assert.equal(code, 1)
    assert.match(stderr, /\nRestore point +\d{4}-.*\n(.*\n)*error: cannot write the result to stdout: ENOSPC: .*\n {2}the result stands above; the backup itself went as it says\n$/)
    assert.equal(on.server(0).paused, false)
  })

  it('unpauses, and prints the whole record, when no place takes it', async () => {
    const on = await stage(cluster())
    const {code, stdout, stderr} = await on.backupIn({env: {XDG_STATE_HOME: '/dev/null/state'}}, '--no-configmap').ended
    assert.deepEqual([code, (JSON.parse(stdout) as RestorePoint).verdict], [0, 'consistent'])
    assert.match(stderr, /^⚠ Recorded +the record cannot be written to a file: ENOTDIR: .*$/m)
  })

  it('unpauses in time while its terminal is stopped, though what is printed has no room', async () => {
    const on = await stage(cluster())
    const run = on.backupIn({through: ['sh', '-c', 'exec 3>&1; exec python3 -c "$0" 3 "$@"', STOPPED_TERMINAL]}, '--exec', 'seq 20000')
    await inTheWindow(on, run)
    await untilUnpaused(on)
    run.kill('SIGTERM')
    assert.equal((await run.ended).code, 0)
  })
}
