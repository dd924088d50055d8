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
