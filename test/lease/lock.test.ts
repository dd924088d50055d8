import assert from 'node:assert/strict'
import {ApiError} from '../../src/kube/api-error.ts'
import {heldLock} from '../../src/lease/lock.ts'
import {Leases, NOON_MS, VirtualTime, forbidden, lockOn, settled} from './world.ts'
import type {LockOptions} from '../../src/lease/types.ts'

const KEY = 'ledger/kubectl-scalardl-my-ledger'
const at = (ms: number) => new Date(NOON_MS + ms).toISOString().replace('Z', '000Z')

/** Alice's lease of 60 s, renewed so long ago. */
const alices = (renewedMs: number) => ({
  holderIdentity: 'alice@laptop/0a1b2c3d', leaseDurationSeconds: 60, acquireTime: at(renewedMs - 30_000), renewTime: at(renewedMs), leaseTransitions: 7,
})

describe('leases', () => {
  let time: VirtualTime
  let leases: Leases

  beforeEach(() => {
    time = new VirtualTime()
    leases = new Leases()
  })

  const lock = (options?: Partial<LockOptions>) => lockOn(time, [leases.place('ledger', 'my-ledger')], options)

  describe('are taken', () => {
    it('where there is none, with who holds it, and for longer than the bound', async () => {
      assert.deepEqual(await lock().ask('lock'), {type: 'locked', lease: true, inherited: []})
      assert.deepEqual(leases.spec(KEY), {holderIdentity: 'me@here/00000001', leaseDurationSeconds: 60, acquireTime: at(0), renewTime: at(0), leaseTransitions: 0})
    })

    it('where one was released, as its next holder', async () => {
      leases.put('ledger', 'kubectl-scalardl-my-ledger', {leaseTransitions: 3})
      assert.deepEqual(await lock().ask('lock'), {type: 'locked', lease: true, inherited: []})
      assert.equal(leases.spec(KEY)?.leaseTransitions, 4)
    })

    it('by one of two who come together', async () => {
      const [one, other] = [lock(), lock({holder: 'you@there/00000002'})]
      const answers = await Promise.all([one.ask('lock'), other.ask('lock')])
      assert.deepEqual(answers.map(answer => answer?.type).sort(), ['lock refused', 'locked'])
    })

    it('though the answer to the writing was lost', async () => {
      let lost = 1
      leases.fault = method => method === 'POST' && lost-- > 0 ? 'after' : undefined
      assert.deepEqual(await lock().ask('lock'), {type: 'locked', lease: true, inherited: []})
    })

    it('all or none: those already taken are released', async () => {
      leases.put('ledger', 'kubectl-scalardl-second', alices(-3000))
      leases.fault = (method, key) => {
        // Alice comes between the first look and the taking.
        if (method === 'POST' && key.endsWith('first')) leases.put('ledger', 'kubectl-scalardl-second', alices(-1000))
        return undefined
      }
      leases.put('ledger', 'kubectl-scalardl-second', {leaseTransitions: 1})
      const {ask} = lockOn(time, [leases.place('ledger', 'second'), leases.place('ledger', 'first')])
      assert.deepEqual(await ask('lock'), {
        type: 'lock refused', holder: 'alice@laptop since 12:39:29Z (renewed 1 s ago, until about 12:40:59Z), for ledger/second',
      })
      assert.deepEqual(leases.spec('ledger/kubectl-scalardl-first'), {renewTime: at(0), leaseTransitions: 0})
    })

    it('not in a dry run, which only says whether another holds one', async () => {
      assert.deepEqual(await lock({dryRun: true}).ask('lock'), {type: 'locked', lease: false, inherited: []})
      assert.deepEqual([...leases.stored], [])
      leases.put('ledger', 'kubectl-scalardl-my-ledger', alices(-1000))
      assert.equal((await lock({dryRun: true}).ask('lock'))?.type, 'lock refused')
    })
  })

  describe('of another', () => {
    const refusedBy = async (spec: ReturnType<typeof alices> | object, options?: Partial<LockOptions>) => {
      leases.put('ledger', 'kubectl-scalardl-my-ledger', spec)
      const {ask, said} = lock(options)
      const answer = await ask('lock')
      return [answer?.type === 'lock refused' ? answer.holder : answer?.type, ...said]
    }

    it('who is alive are refused at once, and left as they are', async () => {
      assert.deepEqual(await refusedBy(alices(-3000)), ['alice@laptop since 12:39:27Z (renewed 3 s ago, until about 12:40:57Z), for ledger/my-ledger'])
      assert.deepEqual(leases.asked, ['GET ledger/kubectl-scalardl-my-ledger'])
    })

    it('who is known to be dead is not waited for, however fresh it looks', async () => {
      leases.put('ledger', 'kubectl-scalardl-my-ledger', alices(-3000))
      const {ask, told, said} = lock({dead: new Set([alices(-3000).holderIdentity])})
      await ask('lock')
      await time.pass(1)
      const {warning, ...locked} = told[0] as {type: string; warning: string}
      assert.deepEqual([locked, said], [{type: 'locked', lease: true, inherited: [0]}, []])
      assert.match(warning, /^the lease of a holder that is dead was taken over: alice@laptop since/)
    })

    it('whose clock is ahead are refused, too', async () => {
      assert.deepEqual(await refusedBy(alices(20_000)), ['alice@laptop since 12:39:50Z (renewed just now, until about 12:41:20Z), for ledger/my-ledger'])
    })

    it('whose time makes no sense are refused with the command that deletes it', async () => {
      assert.deepEqual(await refusedBy(alices(7_200_000)), [
        'alice@laptop since 14:39:30Z (renewed 120m0s in the future by this machine\'s clock; if no such backup is running: '
        + 'kubectl --context prod -n ledger delete lease kubectl-scalardl-my-ledger), for ledger/my-ledger',
      ])
    })

    it('whose time was up long ago are taken over once they stood still for all their duration, and what is paused there is ours to repair', async () => {
      leases.put('ledger', 'kubectl-scalardl-my-ledger', alices(-600_000))
      const {ask, told, said} = lock()
      await ask('lock')
      const who = 'alice@laptop since 12:29:30Z (renewed 10m0s ago, until about 12:31:00Z), for ledger/my-ledger'
      assert.deepEqual(said, [`until 12:41:00Z, to see whether a holder is dead: ${who}; Ctrl-C ends the wait`])
      await time.pass(59_999)
      assert.deepEqual(told, [])
      await time.pass(1)
      assert.deepEqual(told, [{
        type: 'locked', lease: true, inherited: [0],
        warning: 'the lease of a holder that is dead was taken over: alice@laptop since 12:29:30Z (renewed 11m0s ago, until about 12:31:00Z), for ledger/my-ledger',
      }])
      assert.deepEqual(leases.spec(KEY), {holderIdentity: 'me@here/00000001', leaseDurationSeconds: 60, acquireTime: at(60_000), renewTime: at(60_000), leaseTransitions: 8})
    })

    it('who seems dead and renews after all are refused', async () => {
      leases.put('ledger', 'kubectl-scalardl-my-ledger', alices(-600_000))
      const {ask, told} = lock()
      await ask('lock')
      await time.pass(30_000)
      leases.put('ledger', 'kubectl-scalardl-my-ledger', alices(-570_000))
      await time.pass(2000)
      assert.deepEqual(told.map(({type}) => type), ['lock refused'])
      assert.equal(leases.spec(KEY)?.holderIdentity, 'alice@laptop/0a1b2c3d')
    })

    it('who seems dead and releases are taken at once, and nothing is repaired', async () => {
      leases.put('ledger', 'kubectl-scalardl-my-ledger', alices(-600_000))
      const {ask, told} = lock()
      await ask('lock')
      leases.put('ledger', 'kubectl-scalardl-my-ledger', {leaseTransitions: 7})
      await time.pass(2000)
      assert.deepEqual(told, [{type: 'locked', lease: true, inherited: []}])
    })

    it('who seems dead are no longer waited for after Ctrl-C', async () => {
      leases.put('ledger', 'kubectl-scalardl-my-ledger', alices(-600_000))
      const giveUp = new AbortController()
      const {ask, told} = lock({giveUp: giveUp.signal})
      await ask('lock')
      giveUp.abort()
      await settled()
      assert.deepEqual(told.map(({type}) => type), ['lock refused'])
      assert.equal(leases.spec(KEY)?.holderIdentity, 'alice@laptop/0a1b2c3d')
    })

    it('whose time was up more than an hour ago are taken over, but what is paused there is not taken for theirs', async () => {
      leases.put('ledger', 'kubectl-scalardl-my-ledger', alices(-3_700_000))
      const {ask, told} = lock()
      await ask('lock')
      await time.pass(60_000)
      assert.deepEqual(told.map(happening => happening.type === 'locked' && happening.inherited), [[]])
    })

    it('who says neither how long nor when are watched for as long as ours would last, and left nothing', async () => {
      leases.put('ledger', 'kubectl-scalardl-my-ledger', {holderIdentity: 'bob', renewTime: 'yesterday', leaseDurationSeconds: -1})
      const {ask, told} = lock()
      await ask('lock')
      await time.pass(60_000)
      assert.deepEqual(told.map(happening => happening.type === 'locked' && happening.inherited), [[]])
    })
  })

  describe('without permission', () => {
    beforeEach(() => {
      leases.fault = method => method === 'GET' ? undefined : forbidden
    })
    const missing = 'cannot create leases.coordination.k8s.io in namespace ledger; docs/rbac.yaml has the Role'

    it('are done without, with a warning', async () => {
      assert.deepEqual(await lock().ask('lock'), {
        type: 'locked', lease: false, inherited: [], warning: `no lease holds other operators off ledger/my-ledger: ${missing}`,
      })
    })

    it('fail what requires them', async () => {
      assert.deepEqual(await lock({mode: 'require'}).ask('lock'), {type: 'lock failed', reason: missing})
    })

    it('hold where there is permission', async () => {
      leases.fault = (_, key) => key.startsWith('auditor') ? forbidden : undefined
      const {ask} = lockOn(time, [leases.place('ledger', 'my-ledger'), leases.place('auditor', 'my-auditor', 1)])
      assert.deepEqual(await ask('lock'), {
        type: 'locked', lease: true, inherited: [],
        warning: 'no lease holds other operators off auditor/my-auditor: cannot get leases.coordination.k8s.io in namespace auditor; docs/rbac.yaml has the Role',
      })
      assert.deepEqual([...leases.stored.keys()], [KEY])
    })

    it('or without the API are done without, too', async () => {
      leases.fault = () => new ApiError('the server could not find the requested resource', {status: 404, reason: 'NotFound'})
      assert.deepEqual(await lock().ask('lock'), {
        type: 'locked', lease: false, inherited: [],
        warning: 'no lease holds other operators off ledger/my-ledger: the API server has no leases (coordination.k8s.io/v1)',
      })
    })

    it('but not without an answer: that fails', async () => {
      leases.fault = () => new ApiError('cannot reach the API server')
      assert.deepEqual(await lock().ask('lock'), {type: 'lock failed', reason: 'cannot reach the API server'})
    })

    it('are not even looked at with --lock off', async () => {
      assert.deepEqual(await lock({mode: 'off'}).ask('lock'), {type: 'locked', lease: false, warning: 'no lease holds other operators off: --lock off'})
      assert.deepEqual(leases.asked, [])
    })
  })

  describe('that are ours', () => {
    let ours: ReturnType<typeof lock>

    beforeEach(async () => {
      ours = lock()
      await ours.ask('lock')
      ours.told.length = 0
    })

    it('are renewed every 5 s, and that is told', async () => {
      await time.pass(10_000)
      assert.deepEqual(ours.told, [{type: 'lock renewed'}, {type: 'lock renewed'}])
      assert.equal(leases.spec(KEY)?.renewTime, at(10_000))
      assert.equal(leases.spec(KEY)?.leaseTransitions, 0)
    })

    it('are renewed though somebody writes beside us', async () => {
      leases.put('ledger', 'kubectl-scalardl-my-ledger', leases.spec(KEY))
      await time.pass(5000)
      assert.deepEqual(ours.told, [{type: 'lock renewed'}])
    })

    it('are not said to be renewed when the answer takes longer than 5 s', async () => {
      leases.fault = method => {
        if (method === 'PUT') time.stop(5001)
        return undefined
      }
      await time.pass(5000)
      assert.deepEqual(ours.told, [])
    })

    it('are renewed a second later where it failed', async () => {
      let failures = 1
      leases.fault = () => failures-- > 0 ? new ApiError('cannot reach the API server') : undefined
      await time.pass(6000)
      assert.deepEqual(ours.told, [{type: 'lock renewed'}])
    })

    it('and are taken away: told at the next renewal', async () => {
      leases.put('ledger', 'kubectl-scalardl-my-ledger', {...alices(5000), leaseTransitions: 1})
      await time.pass(5000)
      assert.deepEqual(ours.told, [{
        type: 'lock read', answer: 'taken',
        detail: 'lease ledger/kubectl-scalardl-my-ledger is held by alice@laptop since 12:39:35Z (renewed just now, until about 12:41:05Z)',
      }])
      await time.pass(60_000)
      assert.equal(ours.told.length, 1)
    })

    for (const [what, monoMs] of [['frozen', 55_001], ['asleep', 0]] as const) {
      it(`and are taken away after this machine was ${what} for longer than they last: lost`, async () => {
        leases.put('ledger', 'kubectl-scalardl-my-ledger', {...alices(50_000), leaseTransitions: 1})
        time.stop(55_001, monoMs)
        assert.deepEqual((await ours.ask('read lock') as {answer: string}).answer, 'lost')
      })
    }

    for (const [what, change, answer] of [
      ['as they were', () => undefined, {answer: 'unchanged'}],
      ['with another holder', () => leases.put('ledger', 'kubectl-scalardl-my-ledger', {holderIdentity: 'bob'}), {answer: 'taken', detail: `lease ${KEY} is held by bob`}],
      ['with our name and another count', () => leases.put('ledger', 'kubectl-scalardl-my-ledger', {...leases.spec(KEY), leaseTransitions: 2}),
        {answer: 'taken', detail: `lease ${KEY} is held by me@here since 12:40:00Z (renewed just now, until about 12:41:00Z)`}],
      ['released', () => leases.put('ledger', 'kubectl-scalardl-my-ledger', {}), {answer: 'free', detail: `lease ${KEY} was released`}],
      ['deleted', () => leases.stored.delete(KEY), {answer: 'free', detail: `lease ${KEY} was deleted`}],
      ['not permitted', () => (leases.fault = () => forbidden), {answer: 'free', detail: 'leases.coordination.k8s.io is forbidden'}],
      ['not at all', () => (leases.fault = () => new ApiError('cannot reach the API server')), {answer: 'unknown', detail: 'cannot reach the API server'}],
    ] satisfies Array<[string, () => unknown, object]>) {
      it(`are read: ${what}`, async () => {
        change()
        assert.deepEqual(await ours.ask('read lock'), {type: 'lock read', ...answer})
      })
    }

    for (const [what, change] of [
      ['its 404', () => leases.stored.delete(KEY)],
      ['its refusal', () => (leases.fault = () => forbidden)],
      ['a lease of the same name there', () => {
        leases.stored.delete(KEY)
        leases.put('ledger', 'kubectl-scalardl-my-ledger', {holderIdentity: 'bob'})
      }],
    ] satisfies Array<[string, () => unknown]>) {
      it(`are unknown, whatever another cluster at the same address says: ${what}`, async () => {
        leases.sameCluster = false
        change()
        assert.equal((await ours.ask('read lock') as {answer: string}).answer, 'unknown')
      })
    }

    it('are ours still where another cluster answered only for a moment', async () => {
      const lease = leases.stored.get(KEY)
      let moments = 1
      leases.fault = () => {
        if (moments-- > 0) leases.stored.delete(KEY)
        else if (lease) leases.stored.set(KEY, lease)
        return undefined
      }
      assert.deepEqual(await ours.ask('read lock'), {type: 'lock read', answer: 'unchanged'})
    })

    it('are, after a freeze, ours only once they were written anew', async () => {
      time.stop(55_001)
      assert.deepEqual(await ours.ask('read lock'), {type: 'lock read', answer: 'unchanged'})
      assert.equal(leases.spec(KEY)?.renewTime, at(55_001))
    })

    it('and are taken in the moment of that: lost', async () => {
      time.stop(55_001)
      leases.fault = method => {
        if (method === 'PUT') leases.put('ledger', 'kubectl-scalardl-my-ledger', {...alices(55_000), leaseTransitions: 1})
        return undefined
      }
      assert.deepEqual((await ours.ask('read lock') as {answer: string}).answer, 'lost')
    })

    it('are released: free for the next, and never renewed again', async () => {
      assert.deepEqual(await ours.ask('unlock'), {type: 'unlocked'})
      assert.deepEqual(leases.spec(KEY), {renewTime: at(0), leaseTransitions: 0})
      await time.pass(60_000)
      assert.deepEqual([ours.told, leases.spec(KEY)?.holderIdentity, ours.said], [[{type: 'unlocked'}], undefined, []])
    })

    it('are not released where they are another\'s', async () => {
      leases.put('ledger', 'kubectl-scalardl-my-ledger', {...alices(0), leaseTransitions: 1})
      await ours.ask('unlock')
      assert.equal(leases.spec(KEY)?.holderIdentity, 'alice@laptop/0a1b2c3d')
    })

    it('run out by themselves where they cannot be released, and that is said', async () => {
      leases.fault = () => new ApiError('cannot reach the API server')
      assert.deepEqual(await ours.ask('unlock'), {type: 'unlocked'})
      assert.deepEqual(ours.said, [`lease ${KEY} was not released, it runs out by itself: cannot reach the API server`])
    })

    it('are held on to by another process: renewed at once, read and released', async () => {
      ours.lock.close()
      const [held] = ours.lock.held()
      assert.deepEqual(JSON.parse(JSON.stringify(held)), held)
      time.stop(20_000)
      const told: unknown[] = []
      const {api, sameCluster} = leases.place('ledger', 'my-ledger')
      const next = heldLock(held ? [{...held, api, sameCluster}] : [], {clock: time.clock, sleep: time.sleep, leaseAt: time.now, warn: text => assert.fail(text)})
      for (const type of ['lock', 'read lock', 'unlock'] as const) {
        next.handle({type}, happening => told.push(happening))
        await time.pass(0)
      }
      assert.deepEqual(told, [{type: 'lock renewed'}, {type: 'lock read', answer: 'unchanged'}, {type: 'unlocked'}])
      assert.deepEqual(leases.spec(KEY), {renewTime: at(20_000), leaseTransitions: 0})
    })
  })
})
