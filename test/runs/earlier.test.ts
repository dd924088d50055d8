import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {mkdtemp, readdir, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {deadHolders, earlierRuns, settleRuns} from '../../src/runs/earlier.ts'
import {findRuns, runDirectory, runPath, writeRun} from '../../src/runs/run-file.ts'
import type {RunsWorld} from '../../src/runs/earlier.ts'
import type {Run} from '../../src/runs/types.ts'
import {RUN, WATCHED, reported} from './builders.ts'

describe('run files', () => {
  let stateDir: string

  beforeEach(async () => {
    stateDir = join(await mkdtemp(join(tmpdir(), 'runs-')), 'state')
  })

  afterEach(() => rm(join(stateDir, '..'), {recursive: true, force: true}))

  const world = (more: Partial<RunsWorld> = {}): RunsWorld =>
    ({stateDir, host: 'desk', isRunning: async () => false, nowMs: () => Date.parse('2026-11-29T04:00:00Z'), ...more})
  const keep = async (run: Run): Promise<string> => {
    const path = runPath(stateDir, run)
    await writeRun(path, run)
    return path
  }
  const files = () => readdir(runDirectory(stateDir))

  it('are this user\'s alone, and read as they were written', async () => {
    const path = await keep(reported({}))
    assert.match(path, /runs\/20261129T034001500Z-123\.json$/)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.equal((await stat(runDirectory(stateDir))).mode & 0o777, 0o700)
    assert.deepEqual(await findRuns(stateDir), [{path, run: reported({})}])
    assert.equal((await files()).length, 1)
  })

  it('are none before the first', async () => {
    assert.deepEqual(await earlierRuns(world()), [])
    assert.deepEqual(await earlierRuns(world({stateDir: undefined})), [])
  })

  it('of a run that is settled are told once', async () => {
    await keep(reported({}))
    assert.deepEqual((await earlierRuns(world())).map(({grave}) => grave), [false])
    assert.deepEqual(await files(), [])
  })

  it('of a run at work are left as they are', async () => {
    await keep(WATCHED)
    assert.deepEqual(await earlierRuns(world({isRunning: async ({pid}) => pid === 123, nowMs: () => Date.parse(WATCHED.since)})), [])
    assert.match((await earlierRuns(world({isRunning: async ({pid}) => pid === 456})))[0]?.lines[0] ?? '', /is unpausing its servers$/)
    await settleRuns(world({isRunning: async ({pid}) => pid === 456}), () => true)
    assert.equal((await files()).length, 1)
  })

  it('of a run that left something are told until all of it is known to be back', async () => {
    const path = await keep(WATCHED)
    for (let times = 0; times < 2; times++) {
      const [told] = await earlierRuns(world())
      assert.deepEqual([told?.grave, told?.lines.at(-1)], [true, `this is said until they are known to be unpaused, or ${path} is deleted`])
    }
    await settleRuns(world(), ({uid}) => uid === 'l0' || uid === 'a0')
    assert.deepEqual((await earlierRuns(world()))[0]?.lines.slice(1, -1), [
      'may still be paused in prod: ledger/l-1', 'to unpause: kubectl scalardl unpause --all-pods --context=prod -n ledger',
    ])
    await settleRuns(world(), async ({uid}) => uid === 'l1')
    assert.deepEqual(await files(), [])
  })

  it('of a run after which a Pause may come late are kept until a look that comes later', async () => {
    await keep(reported({phase: 'looking again'}))
    const at = (time: string) => world({nowMs: () => Date.parse(`2026-11-29T${time}Z`)})
    await settleRuns(at('03:44:34'), () => true)
    assert.equal((await earlierRuns(at('03:44:34')))[0]?.grave, true)
    await settleRuns(at('03:44:35'), ({uid}) => uid !== 'l1')
    assert.match((await earlierRuns(at('03:44:35')))[0]?.lines.join(' ') ?? '', /may still be paused in prod: ledger\/l-1 to unpause/)
    await settleRuns(at('03:44:36'), () => true)
    assert.deepEqual(await files(), [])
  })

  it('tell which holders of leases are dead: those of whom no process runs, where numbers of processes mean the same', async () => {
    await keep({...WATCHED, holder: 'me@desk/00000001', space: 'boot pid'})
    const dead = async (space: string | undefined, more: Partial<RunsWorld> = {}) => [...await deadHolders(world(more), space)]
    assert.deepEqual(await dead('boot pid'), ['me@desk/00000001'])
    assert.deepEqual(await dead('boot pid', {isRunning: async ({pid}) => pid === 456}), [])
    assert.deepEqual([...await dead('another container'), ...await dead(undefined)], [])
  })

  it('of another machine are told when it has ended, or must have', async () => {
    const foreign = world({host: 'laptop', isRunning: () => assert.fail('nobody to ask')})
    await keep(RUN)
    assert.deepEqual(await earlierRuns(foreign), [])
    await settleRuns(foreign, () => true)
    assert.equal((await earlierRuns({...foreign, nowMs: () => Date.parse('2026-11-29T05:00:00Z')}))[0]?.grave, true)
    await keep(reported({}))
    assert.equal((await earlierRuns(foreign))[0]?.grave, false)
  })

  it('that are damaged are named and left out', async () => {
    const path = await keep(RUN)
    for (const [text, problem] of [
      ['{"version": 1', /is damaged: it is not JSON/],
      ['{}', /is damaged: .*version/],
      [JSON.stringify({...RUN, servers: [{name: 'ledger/l-0', uid: 'l0', target: 7}]}), /is damaged: a server names a target that is not there/],
      [JSON.stringify({...RUN, process: {pid: -1, start: ''}}), /is damaged: process\.pid/],
      [' '.repeat(5 * 2 ** 20), /cannot be read: .* longer than 4 MiB/],
    ] as const) {
      await writeFile(path, text)
      const [told] = await earlierRuns(world())
      assert.match(told?.lines[0] ?? '', problem)
      assert.ok(told?.lines[0]?.startsWith(`skipped: ${path} `))
    }
  })

  it('that are no files are named, and nobody waits for them', async () => {
    const path = await keep(RUN)
    await rm(path)
    execFileSync('mkfifo', [path])
    assert.deepEqual(await findRuns(stateDir), [{path, problem: 'is no regular file'}])
    assert.deepEqual([...await deadHolders(world(), 'boot pid')], [])
  })

  it('are read from the newest on where there are too many', async () => {
    const path = await keep(RUN)
    const older = Array.from({length: 201}, (_, i) => `${runDirectory(stateDir)}/20251129T0340${i}Z-1.json`)
    for (const each of older) await writeFile(each, '{')
    const found = await findRuns(stateDir)
    assert.deepEqual([found[0], found.length, found.at(-1)], [{path: runDirectory(stateDir), problem: 'has 2 more files, the oldest, which were not read'}, 201, {path, run: RUN}])
  })
})
