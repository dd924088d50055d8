import assert from 'node:assert/strict'
import {cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {TestCluster} from '../support/cluster.ts'
import {command, type Ended, type Running} from '../support/command.ts'
import type {Run} from '../../src/runs/types.ts'
import {inTheWindow, outcome, stage, type Stage} from './backup.ts'

/** A backup whose state directory outlives it. */
export interface Doomed {
  readonly on: Stage
  readonly run: Running
  /** Its run file, once there is one. */
  readonly file: () => Run | undefined
  /** The next command that works with a cluster. */
  readonly next: () => Promise<Ended>
  /** Another command, for the same servers. */
  readonly other: (...args: string[]) => Running
  /** The same backup once more. */
  readonly again: (...flags: string[]) => Running
}

const kept: string[] = []
process.on('exit', () => kept.forEach(path => { rmSync(path, {recursive: true, force: true}) }))

/** Begins a backup that will not end by itself. */
export async function doomed(cluster: TestCluster, ...flags: string[]): Promise<Doomed> {
  const on = await stage(cluster)
  const state = mkdtempSync(join(tmpdir(), 'scalardl-runs-'))
  kept.push(state)
  const env = {XDG_STATE_HOME: state}
  const again = (...more: string[]) => command([
    'backup', '--kubeconfig', cluster.kubeconfig, '-n', on.namespace, '-o', 'json', '--clock-guard', '100ms', ...more.includes('--hold') ? [] : ['--hold', '60s'], ...more,
  ], env)
  const directory = join(state, 'kubectl-scalardl', 'runs')
  return {
    on,
    run: again(...flags),
    again,
    other: (...args) => command([...args, '--kubeconfig', cluster.kubeconfig, '-n', on.namespace], env),
    file: () => {
      const [name] = existsSync(directory) ? readdirSync(directory).filter(each => each.endsWith('.json')) : []
      return name === undefined ? undefined : JSON.parse(readFileSync(join(directory, name), 'utf8')) as Run
    },
    next: () => command(['restore-points', '--local'], env).ended,
  }
}

/** A process that has ended and only waits for its parent is not alive. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Waits until none of the stage's servers is paused. @throws after a time that no promise covers */
async function unpaused({cluster, namespace}: Stage, limitMs = 60_000): Promise<void> {
  const untilMs = performance.now() + limitMs
  while ([...cluster.servers(namespace).values()].some(({paused}) => paused)) {
    assert.ok(performance.now() < untilMs, `still paused after ${limitMs} ms`)
    await sleep(10)
  }
}

async function until(what: string, condition: () => boolean, limitMs = 20_000): Promise<void> {
  const untilMs = performance.now() + limitMs
  while (!condition()) {
    assert.ok(performance.now() < untilMs, `${what}: not within ${limitMs} ms`)
    await sleep(20)
  }
}

/** The words that tell of a run, without its times. */
const said = (stderr: string) => stderr.replaceAll(/pid \d+/g, 'pid N').replaceAll(/since [^)]+\)/g, 'since T)').replaceAll(/\d+(\.\d+)? m?s\b/g, 'X s')

const UNPAUSED = [
  'note: an earlier backup (pid N, since T) was killed; its watchdog unpaused all 2 servers X s later, unavailable for X s',
  '  the watchdog (pid N) looks at them again for some minutes, in case a Pause comes late', '',
].join('\n')

/** In the window, with its watchdog's process ID. */
async function watchedInTheWindow({on, run, file}: Doomed): Promise<number> {
  await inTheWindow(on, run)
  return file()?.watchdog?.pid ?? assert.fail('no watchdog')
}

/** What a watchdog does in the minutes of its second looks is not waited for. */
async function dismiss(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL')
  await until('the end of the watchdog', () => !isAlive(pid))
}

/** The plugin's process dies or stands still, or its watchdog does. */
export function dyingScenarios(cluster: () => TestCluster): void {
  it('leaves nothing paused when it is killed in the window, and the next command tells', async () => {
    const backup = await doomed(cluster())
    const pid = await watchedInTheWindow(backup)
    backup.run.kill('SIGKILL')
    await unpaused(backup.on)
    await until('its report', () => backup.file()?.report?.phase === 'looking again')
    assert.equal(said((await backup.next()).stderr), UNPAUSED)
    await dismiss(pid)
  })

  it('leaves nothing paused when it is killed while a server still drains', async () => {
    const backup = await doomed(cluster())
    const {on, run, file} = backup
    const release = on.server(0).gate.holdRequests(1)
    while (![on.server(0), on.server(1)].every(({paused}) => paused)) await sleep(5)
    const pid = file()?.watchdog?.pid ?? assert.fail('no watchdog')
    run.kill('SIGKILL')
    await unpaused(on)
    release()
    await until('its report', () => file()?.report?.phase === 'looking again')
    assert.equal(said((await backup.next()).stderr), UNPAUSED)
    await dismiss(pid)
  })

  it('ends a backup that was stopped in the window, and unpauses', async () => {
    const backup = await doomed(cluster())
    const pid = await watchedInTheWindow(backup)
    backup.run.kill('SIGSTOP')
    await unpaused(backup.on)
    assert.equal((await backup.run.ended).code, null)
    await until('its report', () => backup.file()?.report?.phase === 'looking again')
    assert.equal(said((await backup.next()).stderr), UNPAUSED.replace('was killed', 'stopped answering'))
    await dismiss(pid)
  })

  it('tells of a backup that was killed before it paused anything, once', async () => {
    const backup = await doomed(cluster())
    backup.on.server(0).misbehave('CheckPaused', {answerDelayMs: 5000})
    await until('the watchdog', () => backup.file()?.watchdog !== undefined)
    backup.run.kill('SIGKILL')
    await until('its report', () => backup.file()?.report?.phase === 'ended')
    assert.equal(said((await backup.next()).stderr), 'note: an earlier backup (pid N, since T) was killed before it paused anything\n')
    assert.equal((await backup.next()).stderr, '')
    assert.deepEqual(backup.on.server(1).steps, [])
    backup.on.server(0).behave()
    assert.equal((await backup.again('--hold', '3s').ended).code, 0, 'its lease was released')
  })

  it('is void when its watchdog is killed in the window, and unpauses by itself', async () => {
    const backup = await doomed(cluster())
    process.kill(await watchedInTheWindow(backup), 'SIGKILL')
    assert.deepEqual(await outcome(backup.on, backup.run), {code: 3, verdict: 'void', reasons: ['the watchdog stopped answering']})
    assert.equal(backup.file(), undefined)
  })

  it('goes on when the signals of a terminal reach its watchdog, and leaves neither process nor file', async () => {
    const backup = await doomed(cluster(), '--hold', '3s')
    const pid = await watchedInTheWindow(backup)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.kill(pid, signal)
    assert.deepEqual(await outcome(backup.on, backup.run), {code: 0, verdict: 'consistent', reasons: []})
    assert.equal(isAlive(pid), false)
    assert.equal(backup.file(), undefined)
    assert.equal((await backup.next()).stderr, '')
  })

  it('hands no secret to its watchdog by arguments, variables or files', async function () {
    if (process.platform !== 'linux') return this.skip()
    const backup = await doomed(cluster(), '--hold', '3s')
    const pid = await watchedInTheWindow(backup)
    const shown = ['cmdline', 'environ'].map(name => readFileSync(`/proc/${pid}/${name}`, 'utf8')).join(' ') + JSON.stringify(backup.file())
    for (const secret of secretsIn(readFileSync(cluster().kubeconfig, 'utf8'))) assert.ok(!shown.includes(secret))
    assert.deepEqual(await outcome(backup.on, backup.run), {code: 0, verdict: 'consistent', reasons: []})
  })

  it('leaves no core file, nor does its watchdog', async function () {
    if (process.platform !== 'linux') return this.skip()
    const backup = await doomed(cluster(), '--hold', '3s')
    const pid = await watchedInTheWindow(backup)
    for (const id of [pid, backup.file()?.process.pid]) assert.match(readFileSync(`/proc/${id}/limits`, 'utf8'), /^Max core file size +0 +0 /m)
    assert.deepEqual(await outcome(backup.on, backup.run), {code: 0, verdict: 'consistent', reasons: []})
  })

  it('pauses nothing when its watchdog cannot be started, and says how to go on without', async () => {
    const on = await stage(cluster())
    const installed = withoutWatchdog()
    const run = (...flags: string[]) => command(['backup', '--kubeconfig', cluster().kubeconfig, '-n', on.namespace, '-o', 'json', '--clock-guard', '100ms', '--hold', '3s', ...flags], {}, [], installed)
    assert.deepEqual(await outcome(on, run()), {
      code: 1, said: 'error: the watchdog could not be started: it ended with exit code 1; with --no-watchdog it goes on without one',
    })
    assert.deepEqual([...on.server(0).steps, ...on.server(1).steps], [])
    assert.deepEqual(await outcome(on, run('--no-watchdog')), {code: 0, verdict: 'consistent', reasons: []})
  })

  it('names what may still be paused when its watchdog was killed, too, until the command that it names has unpaused it', async () => {
    const backup = await doomed(cluster(), '--product', 'ledger')
    const {on, run, next} = backup
    const pid = await watchedInTheWindow(backup)
    await dismiss(pid)
    run.kill('SIGKILL')
    await run.ended
    const {kubeconfig, context} = cluster()
    const warning = [
      'warning: an earlier backup (pid N, since T) died, and so did its watchdog: what it had paused may still be paused',
      `  may still be paused in ${context}: ${on.pods.map(pod => `${on.namespace}/${pod}`).join(', ')}`,
      `  to unpause: kubectl scalardl unpause --all-pods --kubeconfig=${kubeconfig} --context=${context} --product=ledger -n ${on.namespace}`,
      '  this is said until they are known to be unpaused, or FILE is deleted', '',
    ].join('\n')
    for (let times = 0; times < 2; times++) assert.equal(said((await next()).stderr).replace(/or \S+ is/, 'or FILE is'), warning)
    // The lease looks fresh still, but its holder is known to be dead.
    const {code, stdout} = await backup.other('unpause', '--all-pods', '--yes').ended
    assert.deepEqual([code, stdout], [0, on.pods.map((pod, i) => `${i === 0 ? 'Unpaused' : '        '}        ${pod}, verified\n`).join('')])
    assert.equal((await next()).stderr, '')
  })

  it('repairs what a killed backup and watchdog have left paused, at the next backup', async () => {
    const backup = await doomed(cluster())
    const {on, run, next} = backup
    await dismiss(await watchedInTheWindow(backup))
    run.kill('SIGKILL')
    await run.ended
    assert.deepEqual(await outcome(on, backup.again('--hold', '3s')), {code: 0, verdict: 'consistent', reasons: []})
    assert.equal((await next()).stderr, '')
  })

  it('goes on without a watchdog where that is asked for, and says so', async () => {
    const on = await stage(cluster())
    const run = on.backup('--no-watchdog')
    assert.deepEqual(await outcome(on, run), {code: 0, verdict: 'consistent', reasons: []})
    assert.match(run.said(), /Watchdog +none: should this process be killed, the servers stay paused until somebody unpauses them/)
  })
}

/** The plugin as an archive lays it out, its watchdog's file missing. @returns its launcher */
function withoutWatchdog(): string {
  const [root, dir] = [join(import.meta.dirname, '../..'), mkdtempSync(join(tmpdir(), 'scalardl-plugin-'))]
  kept.push(dir)
  cpSync(join(root, 'dist'), join(dir, 'dist'), {recursive: true, filter: path => basename(path) !== 'watchdog.js'})
  for (const file of ['package.json', 'oclif.manifest.json', 'bin/kubectl-scalardl']) cpSync(join(root, file), join(dir, basename(file)))
  symlinkSync(process.execPath, join(dir, 'node'))
  return join(dir, 'kubectl-scalardl')
}

/** Tokens and keys of a kubeconfig in JSON or YAML. */
const secretsIn = (kubeconfig: string): string[] => {
  const found = [...kubeconfig.matchAll(/(?:token|client-key-data)"?: *"?([^"\s,}]+)/g)].flatMap(([, secret]) => secret ?? [])
  assert.ok(found.length > 0, 'no secret in the kubeconfig')
  return found
}
