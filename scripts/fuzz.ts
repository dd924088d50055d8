/**
 * Feeds broken and hostile inputs to everything that takes what comes from outside: `npm run fuzz` a million of them,
 * `-- --inputs N` so many, `-- --seed N` from another beginning, `-- --replay SEED` one again, with all that is known of it.
 */
import {parseArgs} from 'node:util'
import {fuzz} from '../test/fuzz/fuzz.ts'
import {TARGETS} from '../test/fuzz/targets.ts'

const {values} = parseArgs({options: {inputs: {type: 'string', default: '1000000'}, seed: {type: 'string', default: '1'}, replay: {type: 'string'}}})
const MEGABYTE = 1_048_576
const SHOWN = 10
/** Of a run that hangs, the last line printed names where to look; so often there is one. */
const EVERY = 50_000

const seed = Number(values.replay ?? values.seed)
const inputs = values.replay === undefined ? Number(values.inputs) : 1
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(inputs)) throw new Error('--inputs, --seed and --replay take whole numbers')

const beganMs = performance.now()
const fed = new Map<string, number>()
const {crashes} = await fuzz(TARGETS, seed, inputs, (own, target) => {
  fed.set(target, (fed.get(target) ?? 0) + 1)
  if (values.replay !== undefined || (own - seed) % EVERY === 0) console.log(`seed ${own}: ${target}`)
})
for (const {target, seed: own, error} of crashes.slice(0, SHOWN)) {
  console.log(`\n${target} crashed; again: npm run fuzz -- --replay ${own}`)
  console.log(error)
}
console.log([...fed].sort(([a], [b]) => a < b ? -1 : 1).map(([target, count]) => `${target} ${count}`).join(', '))
console.log(`${inputs} inputs, ${crashes.length} crashes, ${((performance.now() - beganMs) / 1000).toFixed(1)} s, ${Math.round(process.resourceUsage().maxRSS * 1024 / MEGABYTE)} MB at most`)
process.exit(crashes.length > 0 ? 1 : 0)
