// Shows that the exploration can fail: each deliberate mistake of test/mutants is applied to a copy of the sources in turn, and
// has to break a promise there. npm run mutants [-- NAME…] [--counts FILE] [--replay] [--schedules N]
import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, dirname, join, resolve} from 'node:path'
import {text} from 'node:stream/consumers'
import {parseArgs} from 'node:util'
import type {Catch} from '../test/mutants/hunt.ts'

const ROOT = resolve(import.meta.dirname, '..')
const MUTANTS = join(ROOT, 'test/mutants')
const AT_ONCE = 2
const LIMIT_MS = 600_000

const {values, positionals} = parseArgs({allowPositionals: true, options: {counts: {type: 'string'}, replay: {type: 'boolean', default: false}, schedules: {type: 'string', default: '24000'}}})

/** The sources as they are. @returns the folder */
function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mutant-'))
  for (const path of ['src', 'test/simulation', 'test/mutants/hunt.ts', 'package.json']) cpSync(join(ROOT, path), join(folder, path), {recursive: true})
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** @returns why the patch does not apply, or undefined */
function apply(mutant: string, folder: string): string | undefined {
  // Inside of a repository git would leave out, without a word, what lies beyond the folder it is in.
  const env = {...process.env, GIT_CEILING_DIRECTORIES: dirname(folder)}
  const {status, stderr} = spawnSync('git', ['apply', join(MUTANTS, `${mutant}.patch`)], {cwd: folder, env, encoding: 'utf8'})
  return status === 0 ? undefined : `its patch does not apply: ${stderr.trim()}`
}

/** @returns undefined when it did not end in time, or ended with an error */
async function hunt(folder: string): Promise<Catch | undefined> {
  const hunter = spawn(process.execPath, ['test/mutants/hunt.ts', values.schedules], {cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], timeout: LIMIT_MS})
  const [output] = await Promise.all([text(hunter.stdout), once(hunter, 'close')])
  return output === '' ? undefined : JSON.parse(output) as Catch
}

interface Tried {
  /** undefined: the sources as they are. */
  readonly mutant?: string
  readonly caught: boolean
  readonly line: string
  readonly found?: Catch
}

async function tryOut(mutant: string | undefined): Promise<Tried> {
  const folder = copy()
  try {
    const why = mutant === undefined ? undefined : apply(mutant, folder)
    if (why !== undefined) return {mutant, caught: false, line: `NOT caught: ${mutant}, ${why}`}
    const found = await hunt(folder)
    if (found === undefined) return {mutant, caught: false, line: `NOT caught: ${mutant}, the exploration did not end`}
    const {schedules, violation} = found
    if (violation === undefined) return {mutant, caught: false, line: `NOT caught: ${mutant}, in ${schedules} schedules`, found}
    return {mutant, caught: true, line: `caught: ${mutant} by "${violation.promise}" after ${schedules} schedules`, found}
  } finally {
    rmSync(folder, {recursive: true})
  }
}

/** Without any mistake the same schedules have to be clean, or being caught says nothing. */
async function control(): Promise<Tried> {
  const {found, line} = await tryOut(undefined)
  return {caught: found !== undefined && found.violation === undefined, line: found?.violation === undefined ? `without any: nothing to catch in ${found?.schedules ?? 0} schedules` : `FALSE ALARM without any: ${line}`, found}
}

const mutants = positionals.length > 0 ? positionals : readdirSync(MUTANTS).filter(name => name.endsWith('.patch')).map(name => basename(name, '.patch')).sort()
const waiting: Array<() => Promise<Tried>> = [control, ...mutants.map(mutant => () => tryOut(mutant))]
const tried: Tried[] = []

async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const each = await next()
    tried.push(each)
    process.stdout.write(`${each.line}\n`)
    if (values.replay && each.found?.violation) process.stdout.write(`  ${each.found.violation.text}\n  npm run explore -- --replay '${JSON.stringify(each.found.schedule)}'\n`)
  }
}

await Promise.all(Array.from({length: AT_ONCE}, work))
const failed = tried.filter(({caught}) => !caught).length
const caught = tried.filter(({caught, mutant}) => caught && mutant !== undefined).length
process.stdout.write(`${caught} of ${mutants.length} caught\n`)
if (values.counts !== undefined) writeFileSync(values.counts, `${tried.length - failed} ${failed} 0\n`)
if (failed > 0) process.exitCode = 1
