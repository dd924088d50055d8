/**
 * Kills the plugin at random moments of a backup on a real API server, and sees that nothing stays paused: `npm run kills` 100
 * times SIGKILL and 20 times SIGSTOP, `-- --times N --stop N` so many, `-- --seed N` at other moments, `-- --at-once N` side by side.
 */
import {parseArgs} from 'node:util'
import {startCluster} from '../test/cluster/cluster.ts'
import {blows, summaryOf, undisturbedMs} from '../test/scenarios/kills.ts'
import type {Pass} from '../test/scenarios/kills.ts'

const {values} = parseArgs({options: {
  times: {type: 'string', default: '100'}, stop: {type: 'string', default: '20'}, seed: {type: 'string', default: '1'}, 'at-once': {type: 'string', default: '3'},
}})
const [times, stop, seed, atOnce] = [values.times, values.stop, values.seed, values['at-once']].map(Number)
if (![times, stop, seed, atOnce].every(Number.isSafeInteger)) throw new Error('--times, --stop, --seed and --at-once take whole numbers')

let passed = 0
const show = ({blow, atMs, paused, outageMs, told, problems}: Pass) => {
  console.log([`${++passed}: ${blow} after ${atMs} ms, ${paused} paused, unavailable for ${Math.round(outageMs)} ms`, told || 'nothing to tell', ...problems.map(problem => `PROBLEM: ${problem}`)].join('; '))
}

const cluster = await startCluster()
try {
  const withinMs = await undisturbedMs(cluster)
  console.log(`an undisturbed backup takes ${Math.round(withinMs)} ms`)
  const killed = await blows(cluster, 'SIGKILL', {times: times ?? 0, withinMs, seed: seed ?? 0, atOnce}, show)
  const stopped = await blows(cluster, 'SIGSTOP', {times: stop ?? 0, withinMs, seed: seed ?? 0, atOnce}, show)
  console.log(summaryOf('SIGKILL', killed))
  console.log(summaryOf('SIGSTOP', stopped))
  process.exitCode = [...killed, ...stopped].some(({problems}) => problems.length > 0) ? 1 : 0
} finally {
  await cluster.stop()
}
process.exit()
