import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {membershipChanges} from '../../src/protocol/membership.ts'
import type {PodSnapshot} from '../../src/protocol/types.ts'

const pod = (name: string, differing: Partial<PodSnapshot> = {}): PodSnapshot => ({
  target: 0, name: `ledger/${name}`, uid: `uid-${name}`, scheduled: true, ended: false, terminating: false,
  containerID: `containerd://${name}`, restartCount: 0, ...differing,
})

describe('the pods of a target', () => {
  const table: Array<[what: string, before: PodSnapshot[], now: PodSnapshot[], expected: string[]]> = [
    ['are as before', [pod('a'), pod('b')], [pod('b'), pod('a')], []],
    ['have one more', [pod('a')], [pod('a'), pod('b')], ['pod ledger/b joined']],
    ['have one less', [pod('a'), pod('b')], [pod('a')], ['pod ledger/b was deleted or lost its labels']],
    ['have another one under an old name', [pod('a')], [pod('a', {uid: 'uid-new'})], ['pod ledger/a was deleted or lost its labels', 'pod ledger/a joined']],
    ['have one that is being deleted', [pod('a')], [pod('a', {terminating: true})], ['pod ledger/a is being deleted']],
    ['had one that was being deleted before', [pod('a', {terminating: true})], [pod('a', {terminating: true})], []],
    ['have one whose container restarted', [pod('a')], [pod('a', {containerID: 'containerd://x', restartCount: 1})], ['the container of pod ledger/a restarted']],
    ['have one whose container ID alone changed', [pod('a')], [pod('a', {containerID: 'containerd://x'})], ['the container of pod ledger/a restarted']],
    ['have one whose restart count alone changed', [pod('a')], [pod('a', {restartCount: 1})], ['the container of pod ledger/a restarted']],
    ['have one whose container has no ID any more', [pod('a')], [pod('a', {containerID: undefined})], ['the container of pod ledger/a restarted']],
    ['have one that ended', [pod('a')], [pod('a', {ended: true})], ['pod ledger/a ended']],
    ['have an unscheduled one lying around', [pod('a'), pod('b', {scheduled: false})], [pod('a'), pod('b', {scheduled: false})], []],
    ['have a new unscheduled one', [pod('a')], [pod('a'), pod('b', {scheduled: false})], []],
    ['have one that was scheduled meanwhile', [pod('a'), pod('b', {scheduled: false})], [pod('a'), pod('b')], ['pod ledger/b joined']],
    ['have an evicted one lying around', [pod('a'), pod('b', {ended: true})], [pod('a'), pod('b', {ended: true})], []],
    ['lost an evicted one', [pod('a'), pod('b', {ended: true})], [pod('a')], []],
    ['have one that came and ended', [pod('a')], [pod('a'), pod('b', {ended: true})], []],
    ['have one that came and is being deleted', [pod('a')], [pod('a'), pod('b', {terminating: true})], ['pod ledger/b joined']],
  ]
  for (const [what, before, now, expected] of table) {
    it(`${what}: ${expected.join(', ') || 'nothing that matters'}`, () => {
      assert.deepEqual(membershipChanges(before, now), expected)
    })
  }
})
