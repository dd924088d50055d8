import {execFile} from 'node:child_process'
import {createHash} from 'node:crypto'
import {existsSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {promisify} from 'node:util'
import {cache, once} from '../cluster/tools.ts'

const run = promisify(execFile)
const here = import.meta.dirname

/** The Python that has moto and the AWS CLI v1, installed by pip once per requirements file. Needs python3 with venv. */
export async function python(): Promise<string> {
  const requirements = join(here, 'moto/requirements.txt')
  const folder = join(cache, 'lib', `python-${await digest(requirements)}`)
  await once(folder, async into => {
    await run('python3', ['-m', 'venv', into])
    // Not its pip script: the folder gets another name, which would break it.
    await run(join(into, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--no-deps', '--requirement', requirements])
  })
  return join(folder, 'bin/python')
}

/** The command lines of the real AWS CLIs: v1 beside moto, v2 from the system, where it is there. */
export async function awsCommands(): Promise<{v1: readonly string[]; v2?: readonly string[]}> {
  const v1 = [await python(), join(dirname(await python()), 'aws')]
  for (const path of ['/usr/bin/aws', '/usr/local/bin/aws']) {
    if (existsSync(path) && (await run(path, ['--version'])).stdout.startsWith('aws-cli/2.')) return {v1, v2: [path]}
  }
  return {v1}
}

/** The tiny client of the persistent `aws`. Needs Go. */
export async function awsClient(): Promise<string> {
  const source = join(here, 'aws/client')
  const folder = join(cache, 'bin', `aws-client-${await digest(join(source, 'main.go'))}`)
  await once(folder, async into => {
    await run('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', join(into, 'aws'), '.'], {cwd: source, env: {...process.env, GOFLAGS: '-buildvcs=false'}})
  })
  return join(folder, 'aws')
}

const digest = async (file: string) => createHash('sha256').update(await readFile(file)).digest('hex').slice(0, 12)
