import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {figuresOf, median, medians, tableOf} from '../../scripts/bench/figures.ts'
import type {ServerTimes} from '../../scripts/bench/figures.ts'

const calls = {Pause: 1, Unpause: 1, CheckPaused: 7}
const server = (times: Partial<ServerTimes>): ServerTimes => ({readyMs: 100, closedMs: 200, openMs: 4210, calls, ...times})

describe('the benchmark\'s figures', () => {
  const usage = {cpuMs: 250, peakMB: 86}

  it('count the outage from the first gate closed to the last one open, less the hold', () => {
    const servers = [server({closedMs: 200, openMs: 4230}), server({readyMs: 130, closedMs: 212, openMs: 4225, calls: {...calls, Unpause: 2}})]
    assert.deepEqual(figuresOf({firstRequestWallMs: 0, firstTunnelMs: 90, firstPauseWallMs: 0, servers}, 4000, usage), {
      tunnelsMs: 40, firstToLastMs: 12, beyondHoldMs: 30, askedAgain: 1, cpuMs: 250, peakMB: 86,
    })
  })

  it('take each figure\'s own median, of an even number the lower', () => {
    const figures = {tunnelsMs: undefined, firstToLastMs: 5, beyondHoldMs: 9, askedAgain: 0, ...usage}
    const runs = [figures, {...figures, firstToLastMs: 7}, {...figures, firstToLastMs: 1, beyondHoldMs: 11}]
    assert.deepEqual(medians(runs), {...figures, firstToLastMs: 5, beyondHoldMs: 9})
    assert.equal(median([4, 1, 3, 2]), 2)
  })

  it('stand in a table that is Markdown, too', () => {
    const figures = {tunnelsMs: 29.6, firstToLastMs: 6.88, beyondHoldMs: 12.1, askedAgain: 0, cpuMs: 262.6, peakMB: 87.4}
    const direct = {...figures, tunnelsMs: undefined}
    assert.equal(tableOf([
      {pods: 6, rttMs: 0, client: 'kubectl scalardl', runs: 3, figures},
      {pods: 6, rttMs: 0, client: 'scalar-admin 2.2.1', runs: 3, figures: direct},
    ]), [
      '| pods | round trip | client             | runs | tunnels ready | first to last paused | outage beyond hold | asked again | CPU    | peak memory |',
      '|------|------------|--------------------|------|---------------|----------------------|--------------------|-------------|--------|-------------|',
      '| 6    | 0 ms       | kubectl scalardl   | 3    | 30 ms         | 6.9 ms               | 12 ms              | 0           | 263 ms | 87 MB       |',
      '| 6    | 0 ms       | scalar-admin 2.2.1 | 3    | –             | 6.9 ms               | 12 ms              | 0           | 263 ms | 87 MB       |',
    ].join('\n'))
  })
})
