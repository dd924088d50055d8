import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {Turns} from '../../src/support/turns.ts'

/** Tasks that end when told to, and the order in which they began. */
function tasks(turns: Turns) {
  const began: string[] = []
  const ends = new Map<string, PromiseWithResolvers<unknown>>()
  return {
    began,
    take: (name: string) => {
      const end = Promise.withResolvers<unknown>()
      ends.set(name, end)
      return turns.take(() => {
        began.push(name)
        return end.promise
      })
    },
    end: (name: string) => ends.get(name)?.resolve(undefined),
    fail: (name: string) => ends.get(name)?.reject(new Error(`${name} failed`)),
  }
}

describe('turns', () => {
  it('lets so many begin, and the next when one has ended, in the order of asking', async () => {
    const {began, take, end} = tasks(new Turns(2, 60_000))
    const all = ['a', 'b', 'c', 'd'].map(take)
    assert.deepEqual(began, ['a', 'b'])
    end('b')
    await all[1]
    assert.deepEqual(began, ['a', 'b', 'c'])
    for (const name of ['a', 'c', 'd']) end(name)
    await Promise.all(all)
    assert.deepEqual(began, ['a', 'b', 'c', 'd'])
  })

  it('goes on after a task that failed, and says how', async () => {
    const {began, take, end, fail} = tasks(new Turns(1, 60_000))
    const [a, b] = [take('a'), take('b')]
    fail('a')
    await assert.rejects(a, /^Error: a failed$/)
    end('b')
    await b
    assert.deepEqual(began, ['a', 'b'])
  })

  it('does not let the next wait for one that takes too long, nor count its end twice', async () => {
    const {began, take, end} = tasks(new Turns(1, 1))
    const slow = take('slow')
    const next = take('next')
    end('next')
    await next
    assert.deepEqual(began, ['slow', 'next'])
    end('slow')
    await slow
    const [third, fourth] = [take('third'), take('fourth')]
    assert.deepEqual(began, ['slow', 'next', 'third'])
    for (const name of ['third', 'fourth']) end(name)
    await Promise.all([third, fourth])
  })
})
