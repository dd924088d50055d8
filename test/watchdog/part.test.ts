import assert from 'node:assert/strict'
import {EventEmitter} from 'node:events'
import {PassThrough} from 'node:stream'
import {watchdogPart} from '../../src/watchdog/part.ts'
import type {Happening} from '../../src/protocol/types.ts'
import type {WatchdogOptions} from '../../src/watchdog/part.ts'
import type {Mandate} from '../../src/watchdog/mandate.ts'

const MANDATE = {seats: []} as unknown as Mandate

/** A part whose watchdog is this test: what it was sent, and what it says. */
function fake(options: Partial<WatchdogOptions> = {}) {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  let killed = 0
  const child = Object.assign(new EventEmitter(), {stdin, stdout, kill: () => ++killed > 0})
  const told: Happening[] = []
  let nowMs = 1000
  const part = watchdogPart({
    mandate: async () => MANDATE, start: () => child as unknown as ReturnType<NonNullable<WatchdogOptions['start']>>, clock: () => ({monoMs: nowMs, wallMs: nowMs}), ...options,
  })
  return {
    part,
    child,
    told,
    tell: (happening: Happening) => void told.push(happening),
    killed: () => killed,
    sent: () => String(stdin.read() ?? '').split('\n').slice(0, -1).map(line => JSON.parse(line) as object),
    says: async (message: object) => {
      stdout.write(`${JSON.stringify(message)}\n`)
      await new Promise(resolve => setImmediate(resolve))
    },
    at: (ms: number) => { nowMs = ms },
  }
}

const READY = {type: 'ready', watchdog: {pid: 7, start: '1'}}

describe('the watchdog of a backup', () => {
  it('is armed when it says that it is ready, and shows that it lives', async () => {
    const {part, tell, told, sent, says} = fake({leaseAt: () => ({monoMs: 400, wallMs: 400})})
    part.handle({type: 'arm'}, tell)
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(told, [])
    await says(READY)
    assert.deepEqual(sent(), [MANDATE, {type: 'beat', sentMs: 1000, leaseAgeMs: 600}])
    await says({type: 'alive', sentMs: 1000})
    assert.deepEqual(told, [{type: 'armed', alive: true}, {type: 'watchdog alive'}])
    part.close()
  })

  it('gives no sign of life by an answer that lay in the pipe while we stood still', async () => {
    const {part, tell, told, says, at} = fake()
    part.handle({type: 'arm'}, tell)
    await says(READY)
    at(3001)
    await says({type: 'alive', sentMs: 1000})
    assert.deepEqual(told, [{type: 'armed', alive: true}])
    part.close()
  })

  for (const [what, reason, happens] of [
    ['says why it cannot begin', 'it does not reach prod: connect ECONNREFUSED', ({says}) => says({type: 'failed', reason: 'it does not reach prod: connect ECONNREFUSED'})],
    ['ends', 'it ended with exit code 1', async ({child}) => void child.emit('close', 1, null)],
    ['is killed', 'it was ended by SIGKILL', async ({child}) => void child.emit('close', null, 'SIGKILL')],
    ['cannot be started', 'spawn node EAGAIN', async ({child}) => void child.emit('error', new Error('spawn node EAGAIN'))],
  ] as ReadonlyArray<[string, string, (made: ReturnType<typeof fake>) => Promise<void>]>) {
    it(`is not armed when it ${what}, and the way without one is named`, async () => {
      const made = fake()
      made.part.handle({type: 'arm'}, made.tell)
      await happens(made)
      assert.deepEqual(made.told, [{type: 'arm failed', reason: `${reason}; with --no-watchdog it goes on without one`}])
    })
  }

  it('is not armed when the credentials cannot be had', async () => {
    const {part, tell, told, killed} = fake({mandate: () => Promise.reject(new Error('the plugin failed'))})
    part.handle({type: 'arm'}, tell)
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(told, [{type: 'arm failed', reason: 'the plugin failed; with --no-watchdog it goes on without one'}])
    assert.equal(killed(), 1)
  })

  it('has all that it is told of the servers when the call returns', async () => {
    const {part, tell, sent, says} = fake()
    part.handle({type: 'arm'}, tell)
    await says(READY)
    sent()
    part.handle({type: 'brief', servers: [{server: 2, whose: 'ours'}], unpausing: false}, tell)
    assert.deepEqual(sent(), [{type: 'brief', known: '--o', unpausing: false}])
    part.handle({type: 'brief', servers: [{server: 0, whose: 'theirs'}, {server: 2, whose: 'open'}], unpausing: true}, tell)
    assert.deepEqual(sent(), [{type: 'brief', known: 't-p', unpausing: true}])
    part.close()
  })

  it('is disarmed when it says so, or has ended', async () => {
    for (const end of ['disarmed', 'close']) {
      const {part, child, tell, told, says} = fake()
      part.handle({type: 'arm'}, tell)
      await says(READY)
      part.handle({type: 'disarm'}, tell)
      assert.deepEqual(told.slice(1), [])
      if (end === 'close') child.emit('close', null, 'SIGKILL')
      else await says({type: 'disarmed'})
      assert.deepEqual(told.slice(1), [{type: 'disarmed'}])
    }
  })

  it('needs no word to be disarmed where it has ended before', async () => {
    const {part, child, tell, told, says} = fake()
    part.handle({type: 'arm'}, tell)
    await says(READY)
    child.emit('close', null, 'SIGKILL')
    part.handle({type: 'disarm'}, tell)
    assert.deepEqual(told, [{type: 'armed', alive: true}, {type: 'disarmed'}])
  })
})
