import assert from 'node:assert/strict'
import {storyOf as storyAt} from '../../src/runs/describe.ts'
import {RUN, WATCHED, reported} from './builders.ts'
import type {Living} from '../../src/runs/describe.ts'
import type {Run} from '../../src/runs/types.ts'

const SINCE_MS = Date.parse(RUN.since)
const storyOf = (...[run, living, nowMs = SINCE_MS]: [Run, Living, number?]) => storyAt(run, living, nowMs)

const HEAD = 'an earlier backup (pid 123, since 2026-11-29T03:40:01Z)'
const DEAD = {process: false, watchdog: false}
const LEFT_L1 = {server: 1, whose: 'ours', message: 'no answer within 3000 ms'} as const
const LEFT_A0 = {server: 2, whose: "another's"} as const
const LEDGER = 'to unpause: kubectl scalardl unpause --all-pods --context=prod -n ledger'
const AUDITOR = String.raw`to unpause: kubectl scalardl unpause --all-pods '--kubeconfig=/home/me/two files' '--context=it'\''s' -n auditor`

describe('what is told of an earlier run', () => {
  it('is nothing while it goes on', () => {
    assert.equal(storyOf(WATCHED, {process: true, watchdog: true}), undefined)
    assert.equal(storyOf(WATCHED, {process: true, watchdog: false}), undefined)
  })

  it('is that its watchdog unpaused everything', () => {
    assert.deepEqual(storyOf(reported({}), DEAD), {kind: 'settled', lines: [`${HEAD} was killed; its watchdog unpaused all 3 servers 3.2 s later, unavailable for 9.1 s`]})
    assert.deepEqual(storyOf(reported({unpaused: 1}), DEAD), {kind: 'settled', lines: [`${HEAD} was killed; its watchdog unpaused 1 server 3.2 s later, unavailable for 9.1 s`]})
  })

  it('is that nothing had to be unpaused', () => {
    const none = {tookMs: undefined, outageMs: undefined, unpaused: 0}
    assert.deepEqual(storyOf(reported({...none, paused: 0}), DEAD), {kind: 'settled', lines: [`${HEAD} was killed before it paused anything`]})
    assert.deepEqual(storyOf(reported({...none, cause: 'stopped answering'}), DEAD), {kind: 'settled', lines: [`${HEAD} stopped answering when everything was unpaused again`]})
  })

  it('is that the watchdog is at work', () => {
    const living = {process: false, watchdog: true}
    assert.deepEqual(storyOf(WATCHED, living), {kind: 'under way', lines: [`${HEAD} was killed; its watchdog (pid 456) is unpausing its servers`]})
    assert.deepEqual(storyOf(reported({phase: 'unpausing', cause: 'stopped answering', left: [LEFT_L1]}), living),
      {kind: 'under way', lines: [`${HEAD} stopped answering; its watchdog (pid 456) is unpausing its servers`]})
    assert.deepEqual(storyOf(reported({phase: 'looking again'}), living), {kind: 'under way', lines: [
      `${HEAD} was killed; its watchdog unpaused all 3 servers 3.2 s later, unavailable for 9.1 s`,
      'the watchdog (pid 456) looks at them again for some minutes, in case a Pause comes late',
    ]})
  })

  it('names what may still be paused, place by place, with what to type there', () => {
    assert.deepEqual(storyOf(reported({unpaused: 1, left: [LEFT_L1, LEFT_A0]}), DEAD), {kind: 'open', lines: [
      `${HEAD} was killed; its watchdog unpaused 1 of 3 servers`,
      'may still be paused in prod: ledger/l-1 (no answer within 3000 ms)', LEDGER,
      "may still be paused in it's: auditor/a-0 (another's pause)", AUDITOR,
    ]})
    assert.deepEqual(storyOf(reported({by: 'itself', cause: 'ended', left: [LEFT_L1]}), DEAD), {kind: 'open', lines: [
      `${HEAD} ended, and 1 server may still be paused`, 'may still be paused in prod: ledger/l-1 (no answer within 3000 ms)', LEDGER,
    ]})
  })

  it('names every server where nobody lived to tell', () => {
    const all = ['may still be paused in prod: ledger/l-0, ledger/l-1', LEDGER, "may still be paused in it's: auditor/a-0", AUDITOR]
    assert.deepEqual(storyOf(WATCHED, DEAD), {kind: 'open', lines: [`${HEAD} died, and so did its watchdog: what it had paused may still be paused`, ...all]})
    assert.deepEqual(storyOf(RUN, DEAD), {kind: 'open', lines: [`${HEAD} died without a watchdog: what it had paused may still be paused`, ...all]})
  })

  it('goes by the last words of a watchdog that died over its work', () => {
    assert.deepEqual(storyOf(reported({phase: 'unpausing', left: [LEFT_L1]}), DEAD)?.lines, [
      `${HEAD} died, and so did its watchdog: what it had paused may still be paused`, 'may still be paused in prod: ledger/l-1 (no answer within 3000 ms)', LEDGER,
    ])
    assert.deepEqual(storyOf(reported({phase: 'unpausing'}), DEAD), {kind: 'settled', lines: [`${HEAD} died, and so did its watchdog when everything was unpaused`]})
  })

  it('names every server where a Pause may have come late, and when a look tells', () => {
    assert.deepEqual(storyOf(reported({phase: 'looking again', left: [LEFT_L1]}), DEAD), {kind: 'open', lines: [
      `${HEAD} died, and so did its watchdog while it looked again: a Pause may have come late; look with kubectl scalardl status after 2026-11-29T03:44:35Z`,
      'may still be paused in prod: ledger/l-0, ledger/l-1 (no answer within 3000 ms)', LEDGER, "may still be paused in it's: auditor/a-0", AUDITOR,
    ]})
  })

  it('is that it should have ended long ago, where nobody watches over it', () => {
    const stopped = {process: true, watchdog: false}
    const overMs = SINCE_MS + RUN.boundMs + 180_001
    assert.equal(storyOf(RUN, stopped, overMs - 1), undefined)
    assert.equal(storyOf(WATCHED, {process: true, watchdog: true}, overMs), undefined)
    assert.deepEqual(storyOf(RUN, stopped, overMs), {kind: 'open', lines: [
      `${HEAD} still runs, long after it should have ended, and has no watchdog: it may be stopped`,
      'where it says nothing any more, end it first: kill -9 123',
      'may still be paused in prod: ledger/l-0, ledger/l-1', LEDGER, "may still be paused in it's: auditor/a-0", AUDITOR,
    ]})
  })

  it('names ten servers of a place at most', () => {
    const servers = Array.from({length: 12}, (_, i) => ({name: `ledger/l-${i}`, uid: `l${i}`, target: 0}))
    assert.equal(storyOf({...RUN, servers}, DEAD)?.lines[1], `may still be paused in prod: ${servers.slice(0, 10).map(({name}) => name).join(', ')}, and 2 more`)
  })
})
