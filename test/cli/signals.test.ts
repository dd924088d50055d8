import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import type {ChildProcessByStdio} from 'node:child_process'
import {once} from 'node:events'
import {createInterface} from 'node:readline'
import type {Readable} from 'node:stream'
import {afterEach, describe, it} from 'mocha'

const SIGNALS_MODULE = new URL('../../src/cli/signals.ts', import.meta.url).href

/** A program that tells every interruption on stderr, and does `action` on SIGUSR2. */
const program = (action: string) => `
import {causeText, onInterrupt} from '${SIGNALS_MODULE}'
const tell = (...words) => process.stderr.write(words.join(' ') + '\\n')
const dispose = onInterrupt(interruption => tell(causeText(interruption), interruption.exitCode))
process.on('SIGUSR2', () => { ${action} })
setInterval(() => {}, 1000)
tell('ready')
`

type Program = ChildProcessByStdio<null, Readable, Readable>

describe('an interruption', () => {
  let running: Program | undefined
  afterEach(() => { running?.kill('SIGKILL') })

  async function start(action = ''): Promise<{child: Program; line: () => Promise<string>}> {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program(action)], {stdio: ['ignore', 'pipe', 'pipe']})
    running = child
    const lines = createInterface({input: child.stderr})[Symbol.asyncIterator]()
    const line = async () => String((await lines.next()).value)
    assert.equal(await line(), 'ready')
    return {child, line}
  }

  it('by a signal is told each time and does not end the process', async () => {
    const {child, line} = await start()
    for (const [signal, exitCode] of [['SIGINT', 130], ['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129], ['SIGQUIT', 131]] as const) {
      child.kill(signal)
      assert.equal(await line(), `${signal} ${exitCode}`)
    }
    assert.equal(child.exitCode, null)
  })

  it('ends the process as usual once the handler is taken off', async () => {
    const {child, line} = await start("dispose(); tell('disposed')")
    child.kill('SIGUSR2')
    assert.equal(await line(), 'disposed')
    child.kill('SIGTERM')
    const [, signal] = await once(child, 'exit') as [number | null, string | null]
    assert.equal(signal, 'SIGTERM')
  })

  it('by a reader of stdout who has left is told when something is printed, and once', async () => {
    const {child, line} = await start("process.stdout.write('result'); process.stdout.write('more', () => setImmediate(tell, 'written'))")
    child.stdout.destroy()
    await once(child.stdout, 'close')
    child.kill('SIGUSR2')
    assert.deepEqual([await line(), await line()], ['stdout closed ', 'written'])
    assert.equal(child.exitCode, null)
  })

  it('by an error nobody caught is told', async () => {
    const {child, line} = await start("void Promise.reject(new Error('stray'))")
    child.kill('SIGUSR2')
    assert.equal(await line(), 'uncaught error: stray ')
    assert.equal(child.exitCode, null)
  })
})
