import assert from 'node:assert/strict'
import {mkdtemp, readdir, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {finishPause} from '../../src/by-hand/finish.ts'
import {keptPauses} from '../../src/by-hand/kept.ts'
import {findPauses, isEndAsked, writeEnd, writePause} from '../../src/by-hand/pause-file.ts'
import {CliError} from '../../src/support/errors.ts'
import {ownId} from '../../src/support/process-id.ts'
import type {Pause} from '../../src/by-hand/pause-file.ts'

const DEAD = {pid: 999_999_999, start: '1'}
const pause = (name: string, namespace: string, keeper: Pause['keeper'] = DEAD): Pause =>
  ({version: 1, name, keeper, since: '2026-11-23T12:44:07.000Z', until: '2026-11-23T12:54:07.000Z', servers: [`${namespace}/pod-0`], uids: [`uid-${name}`]})

async function refusal(finishing: Promise<unknown>): Promise<{exitCode: number; lines: readonly string[]}> {
  const error = await finishing.then(() => assert.fail('it went on'), (caught: unknown) => caught)
  assert.ok(error instanceof CliError, String(error))
  return {exitCode: error.exitCode, lines: [error.message, ...error.hints]}
}

describe('the end of a pause by hand', () => {
  let stateDir: string
  const finish = (wanted = {}, waiting: (text: string) => void = () => undefined) => finishPause(stateDir, wanted, waiting)
  const files = () => readdir(join(stateDir, 'pauses')).catch(() => [])

  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'scalardl-pauses-'))
  })

  afterEach(() => rm(stateDir, {recursive: true}))

  it('is refused where there is none, with what else may be meant', async () => {
    assert.deepEqual(await refusal(finish()), {exitCode: 2, lines: [
      'this user has begun no pause by hand on this machine', 'everything that is paused, whoever paused it: --all-pods', 'see first what is: kubectl scalardl status',
    ]})
    assert.equal((await refusal(finish({name: 'x'}))).lines[0], 'this user has begun no pause by hand of the name x on this machine')
  })

  it('needs to be told which, where there are several; a namespace may tell', async () => {
    await writePause(stateDir, pause('a', 'ledger'))
    await writePause(stateDir, pause('b', 'auditor'))
    assert.deepEqual(await refusal(finish()), {exitCode: 2, lines: [
      '2 pauses by hand, and nothing tells which is meant', 'a: 1 server since 2026-11-23T12:44:07Z', 'b: 1 server since 2026-11-23T12:44:07Z', 'choose one: kubectl scalardl unpause NAME',
    ]})
    assert.match((await refusal(finish({namespace: 'auditor'}))).lines[0] ?? '', /the pause b died/)
    assert.deepEqual((await findPauses(stateDir)).map(({name}) => name), ['a'])
  })

  it('says that there is no restore point when its keeper is dead, and leaves no file', async () => {
    await writePause(stateDir, pause('a', 'ledger'))
    assert.deepEqual(await keptPauses(stateDir), [])
    const {exitCode, lines} = await refusal(finish())
    assert.deepEqual([exitCode, lines[0]], [3, 'the process that kept the pause a died, and so there is no restore point'])
    assert.deepEqual(await files(), [])
  })

  it('asks the keeper, and waits for what it came to', async () => {
    await writePause(stateDir, pause('a', 'ledger', await ownId()))
    assert.deepEqual((await keptPauses(stateDir)).map(({name}) => name), ['a'])
    const finished = finish({}, text => { assert.match(text, /^process \d+ confirms the pause/) })
    while (!await isEndAsked(stateDir, 'a')) await new Promise(resolve => setTimeout(resolve, 5))
    await writeEnd(stateDir, 'a', {exitCode: 3, error: {message: 'over', hints: []}})
    assert.deepEqual(await finished, {exitCode: 3, error: {message: 'over', hints: []}})
    assert.deepEqual(await files(), [])
  })

  it('is told once of a pause that has ended by itself', async () => {
    await writePause(stateDir, pause('a', 'ledger'))
    await writeEnd(stateDir, 'a', {exitCode: 0})
    assert.equal((await refusal(finish({namespace: 'auditor'}))).exitCode, 2)
    assert.deepEqual(await finish(), {exitCode: 0})
    assert.equal((await refusal(finish())).exitCode, 2)
  })

  it('believes no file that is damaged, nor one of another name', async () => {
    await writePause(stateDir, pause('a', 'ledger'))
    const at = (name: string) => join(stateDir, 'pauses', `${name}.pause.json`)
    await writeFile(at('b'), '{"version": 1')
    await writeFile(at('c'), JSON.stringify(pause('../../a', 'ledger')))
    await writeFile(at('d'), JSON.stringify(pause('a', 'ledger')))
    assert.deepEqual((await findPauses(stateDir)).map(({name}) => name), ['a'])
  })

  it('has files for the user alone', async () => {
    await writePause(stateDir, pause('a', 'ledger'))
    const modes = await Promise.all([join(stateDir, 'pauses'), join(stateDir, 'pauses', 'a.pause.json')].map(async path => ((await stat(path)).mode & 0o777).toString(8)))
    assert.deepEqual(modes, ['700', '600'])
  })
})
