import {execFile, spawn} from 'node:child_process'
import {createHash} from 'node:crypto'
import {chmod, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {promisify} from 'node:util'
import {quote} from '../../src/plan/shell.ts'
import {cache, once} from '../cluster/tools.ts'

const run = promisify(execFile)
const here = join(import.meta.dirname, 'azure')

/** The Python that has the Azure CLI, installed by pip once per requirements file (half a minute, 440 MB). Needs python3 with venv. */
export async function azurePython(): Promise<string> {
  const requirements = join(here, 'requirements.txt')
  const digest = createHash('sha256').update(await readFile(requirements)).digest('hex').slice(0, 12)
  const folder = join(cache, 'lib', `azure-cli-${digest}`)
  await once(folder, async into => {
    await run('python3', ['-m', 'venv', into])
    await run(join(into, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--no-deps', '--requirement', requirements])
  })
  return join(folder, 'bin/python')
}

/** What the Azure CLI's own parser says to a command line, when nobody is logged in. */
export interface Parsed {
  readonly code: number
  readonly error: string
}

/** The parser got past the words, and came to where nobody is logged in, or where az would ask whether to delete. */
export const accepted = ({code, error}: Parsed): boolean => code === 1 && /Please run 'az login'|Unable to prompt for confirmation/.test(error)

/** @param commands words without `az`; the answers come in the same order */
export async function parseAz(commands: ReadonlyArray<readonly string[]>): Promise<Parsed[]> {
  const config = await mkdtemp(join(tmpdir(), 'az-'))
  try {
    const child = spawn(await azurePython(), [join(here, 'parse.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {PATH: process.env['PATH'], HOME: config, AZURE_CONFIG_DIR: config, AZURE_CORE_COLLECT_TELEMETRY: 'no', HTTPS_PROXY: 'http://127.0.0.1:1'},
    })
    child.stdin.end(commands.map(words => `${JSON.stringify(words)}\n`).join(''))
    const answers: Parsed[] = []
    for await (const line of createInterface(child.stdout)) answers.push(JSON.parse(line) as Parsed)
    return answers
  } finally {
    await rm(config, {recursive: true, force: true})
  }
}

/** One run of a script with stand-ins for az, kubectl and helm, which live in a world of their own. */
export interface Ran {
  readonly code: number | null
  readonly signal: string | null
  /** Both outputs. */
  readonly output: string
}

/** A folder with the stand-ins, the world and the script's state. */
export async function fakeAzure<World extends object>(script: string, world: World) {
  const folder = await mkdtemp(join(tmpdir(), 'fake-azure-'))
  const [bin, file, plan] = [join(folder, 'bin'), join(folder, 'world.json'), join(folder, 'plan.sh')]
  const python = await azurePython()
  await mkdir(bin)
  for (const program of ['az', 'kubectl', 'helm']) {
    await writeFile(join(bin, program), `#!/bin/sh\nexec ${quote(python)} ${quote(join(here, 'fake.py'))} ${program} "$@"\n`)
    await chmod(join(bin, program), 0o755)
  }
  // Clients of databases that this machine cannot reach.
  for (const program of ['psql', 'mysql']) {
    await writeFile(join(bin, program), '#!/bin/sh\nexit 2\n')
    await chmod(join(bin, program), 0o755)
  }
  await writeFile(file, JSON.stringify(world))
  await writeFile(plan, script)
  return {
    world: async () => JSON.parse(await readFile(file, 'utf8')) as World & {readonly calls?: string[][]; readonly changes?: number},
    /** @param kill the how manieth change to die at: `3` before it, `3+` after it */
    run(words: readonly string[], kill = ''): Promise<Ran> {
      const {promise, resolve, reject} = Promise.withResolvers<Ran>()
      const env = {PATH: `${bin}:${process.env['PATH']}`, HOME: folder, FAKE_WORLD: file, POLL: '0.1', FAKE_KILL: kill}
      // In a process group of its own, which dies as a whole.
      const child = spawn('bash', [plan, ...words], {env, detached: true, stdio: ['ignore', 'pipe', 'pipe']})
      let output = ''
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
      child.once('error', reject)
      child.once('close', (code, signal) => { resolve({code, signal, output}) })
      return promise
    },
    /** As if the plan had not been carried out yet. */
    forget: () => rm(join(folder, '.local/state/kubectl-scalardl/plans'), {recursive: true, force: true}),
    remove: () => rm(folder, {recursive: true, force: true}),
  }
}

/**
 * The `az` calls in a command of a plan, each as its words: what stands inside loops, substitutions and pipelines too. Variables get
 * values of the right shape, and what xargs puts at the end is put there.
 */
export function azCallsOf(text: string): string[][] {
  return [...text.matchAll(/(?<![\w/.-])az (?=[a-z])/g)].map(({index}) => {
    const words = wordsFrom(text.slice(index + 3)).map(value => value.replaceAll(/\$\{(\w+)[^}]*\}|\$(\w+)/g, (_, braced?: string, bare?: string) => valueOf(braced ?? bare ?? '')))
    const piped = /jq [^\n]*'(?<filter>(?:[^'])*)'[^\n]*\n? *\| xargs [^\n]*$/.exec(text.slice(0, index))?.groups?.['filter']
    return piped === undefined ? words : [...words, ...xargsWords(piped)]
  })
}

const ID = '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/a'
const VALUES: ReadonlyArray<readonly [RegExp, string]> = [[/_ID$/, ID], [/^option$/, '--throughput'], [/^value$/, '400'], [/_FILES$/, '/dev'], [/BEFORE$/, '2026-11-24T00:00:00Z'], [/_TIER$/, 'Continuous7Days']]
const valueOf = (name: string): string => VALUES.find(([pattern]) => pattern.test(name))?.[1] ?? 'value'

/** What each option takes that only jq knows. */
const FROM_NOTES: Readonly<Record<string, string>> = {
  '--subnet': `/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s`,
  '--ignore-missing-endpoint': 'false', '--lock-type': 'CanNotDelete', '--assignee-principal-type': 'User', '--logs': '[]', '--metrics': '[]',
  '--principal-id': '33333333-2222-3333-4444-555555555555', '--role-definition-id': '00000000-0000-0000-0000-000000000001', '--scope': '/',
  '--role-assignment-id': '44444444-2222-3333-4444-555555555555', '--backup-retention': '14', '--high-availability': 'ZoneRedundant',
  '--restore-time': '2026-11-23T12:44:07Z', '--assignee-object-id': '33333333-2222-3333-4444-555555555555',
  '--private-dns-zone': '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/z.private.x',
}

/** The options that a jq filter writes, with values; a filter without any writes the value of the option before it. */
function xargsWords(filter: string): string[] {
  const options = [...filter.matchAll(/"(--[a-z-]+)"/g)].map(([, option = '']) => option)
  if (options.length > 0) return options.flatMap(option => [option, FROM_NOTES[option] ?? 'value'])
  return [filter.includes('RoleName') ? '{"RoleName": "r", "Type": "CustomRole", "AssignableScopes": ["/"], "Permissions": [{"DataActions": ["a"]}]}' : filter.includes('properties') ? '{"properties": {}}' : 'key=value']
}

/** The words of a simple command, up to what ends it outside quotes. */
function wordsFrom(text: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quoted = ''
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (quoted === "'") {
      if (char === "'") quoted = ''
      else word = (word ?? '') + char
    } else if (char === '\\') {
      i++
      if (text.charAt(i) !== '\n') word = (word ?? '') + text.charAt(i)
    } else if (char === quoted) quoted = ''
    else if (quoted) word = (word ?? '') + char
    else if (char === '"' || char === "'") {
      quoted = char
      word ??= ''
    } else if (/[\s|;&)<>]/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
      if (!/[ \t]/.test(char)) break
      // A number before > is a descriptor.
      if (/^ *[12]?>/.test(text.slice(i))) break
    } else word = (word ?? '') + char
  }
  if (word !== undefined) words.push(word)
  return words
}
