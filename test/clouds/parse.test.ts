import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {existsSync} from 'node:fs'
import {chmod, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {delimiter, join} from 'node:path'
import {promisify} from 'node:util'
import {quote} from '../../src/plan/shell.ts'
import {SAMPLES} from '../databases/samples.ts'
import {awsCommands} from './tools.ts'
import {GCLOUD_FLAGS} from './gcloud-flags.ts'
import type {RestorePlan} from '../../src/plan/model.ts'

const run = promisify(execFile)
/** Nothing listens there, so that a command that was understood cannot do anything. */
const NOWHERE = 'http://127.0.0.1:9'
/** A command line that is understood gets as far as here, whatever exit code either version has for the others. */
const UNDERSTOOD = 'Could not connect to the endpoint URL'

const INSTANCE = {
  DBInstanceClass: 'db.r6g.large', DBSubnetGroup: {DBSubnetGroupName: 'private'}, VpcSecurityGroups: [{VpcSecurityGroupId: 'sg-1'}, {VpcSecurityGroupId: 'sg-2'}],
  DBParameterGroups: [{DBParameterGroupName: 'pg'}], OptionGroupMemberships: [{OptionGroupName: 'og'}], MultiAZ: true,
}
const CLUSTER = {
  Engine: 'aurora-mysql', DBSubnetGroup: 'private', VpcSecurityGroups: [{VpcSecurityGroupId: 'sg-1'}], DBClusterParameterGroup: 'pg', DBClusterInstanceClass: 'db.r6g.large',
  StorageType: 'io1', Iops: 1000, ServerlessV2ScalingConfiguration: {MinCapacity: 0.5, MaxCapacity: 8},
}
/** What stands in for the CLIs prints: the first whose pattern is in the command line. */
const ANSWERS: ReadonlyArray<readonly [string, string]> = [
  ['availabilityType', 'REGIONAL'], ['cpuCount', '4'],
  ['DBInstances --output json', JSON.stringify([INSTANCE])], ['describe-db-instances*--output json', JSON.stringify(INSTANCE)], ['describe-db-clusters*--output json', JSON.stringify(CLUSTER)],
  ['--output json', '{}'],
]

/** Runs every command of a plan with stand-ins for `aws` and `gcloud` that note what they were given. @returns the command lines, as words */
async function commandLines(plan: RestorePlan): Promise<string[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'parse-'))
  try {
    const calls = join(folder, 'calls')
    await writeFile(calls, '')
    const cases = ANSWERS.map(([pattern, text]) => `*${pattern.replaceAll(' ', '\\ ')}*) echo ${quote(text)} ;;`).join(' ')
    for (const [name, body] of [
      ...['aws', 'gcloud'].map(cli => [cli, `printf '%s\\0' ${cli} "$@" $'\\1' >>${quote(calls)}\ncase "$*" in ${cases} *) echo x ;; esac`] as const),
      ...['psql', 'mysql'].map(cli => [cli, 'cat >/dev/null'] as const),
    ]) {
      await writeFile(join(folder, name), `#!/bin/bash\n${body}\n`)
      await chmod(join(folder, name), 0o755)
    }
    const commands = plan.steps.flatMap(step => step.commands).filter(({byHand}) => !byHand)
    const script = ['export S3_RECOVERY_POINT=arn:aws:backup:eu-west-1:123456789012:recovery-point:x INSTANCE=i', ...commands.flatMap(({shell, unless}) => [unless ?? 'true', shell])].join('\n')
    await run('bash', ['-c', script], {cwd: folder, env: {PATH: `${folder}${delimiter}${process.env['PATH']}`, HOME: folder, STATE: folder}}).catch(() => undefined)
    return (await readFile(calls, 'utf8')).split('\u0001\u0000').slice(0, -1).map(call => call.split('\0').slice(0, -1))
  } finally {
    await rm(folder, {recursive: true})
  }
}

/** Every command line of all plans, each once, that begins with `name`. */
async function linesOf(name: string): Promise<string[][]> {
  const lines = new Map<string, string[]>()
  for (const plan of Object.values(SAMPLES)) for (const line of await commandLines(plan())) if (line[0] === name) lines.set(line.join('\0'), line)
  return [...lines.values()]
}

describe('every printed command line is understood', () => {
  it('by the AWS CLI v1 and v2', async () => {
    const lines = await linesOf('aws')
    assert.ok(lines.length > 30, `${lines.length} command lines`)
    for (const cli of Object.values(await awsCommands())) {
      const [command = '', ...before] = cli
      const env = {...process.env, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_MAX_ATTEMPTS: '1', AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: await profiles(), AWS_PAGER: ''}
      const understood = async ([, ...words]: readonly string[]) => {
        const {stderr} = await ended(command, [...before, ...words.map(word => word.startsWith('file://') ? '{}' : word), '--endpoint-url', NOWHERE], env)
        return stderr.includes(UNDERSTOOD) ? [] : [`aws ${words.join(' ')}: ${stderr.trim().split('\n').at(-1)}`]
      }
      const wrong = await inPairs(lines, understood)
      assert.deepEqual(wrong, [])
      assert.equal((await understood(['aws', 'rds', 'describe-db-instances', '--no-such-flag'])).length, 1)
    }
  })

  it('by the documentation of gcloud', async () => {
    const lines = await linesOf('gcloud')
    assert.ok(lines.length > 15, `${lines.length} command lines`)
    assert.deepEqual(lines.flatMap(([, ...words]) => undocumented(words)), [])
    assert.deepEqual(undocumented(['sql', 'instances', 'clone', 'a', 'b', '--no-such-flag']), ['gcloud sql instances clone has no --no-such-flag'])
  })

  it('by gcloud, where it is installed', async function () {
    const gcloud = (process.env['PATH'] ?? '').split(delimiter).map(folder => join(folder, 'gcloud')).find(existsSync)
    if (!gcloud) return this.skip()
    const folder = await mkdtemp(join(tmpdir(), 'gcloud-'))
    const understood = async ([, ...words]: readonly string[]) => {
      const env = {...process.env, CLOUDSDK_CONFIG: folder, CLOUDSDK_CORE_DISABLE_PROMPTS: '1', CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true', CLOUDSDK_CORE_PROJECT: 'my-project', HTTPS_PROXY: NOWHERE, HTTP_PROXY: NOWHERE}
      const {code, stderr} = await ended(gcloud, words, env)
      return code === 2 ? [`gcloud ${words.join(' ')}: ${stderr.trim().split('\n')[0]}`] : []
    }
    const wrong = await inPairs(await linesOf('gcloud'), understood)
    assert.deepEqual(wrong, [])
    assert.equal((await understood(['gcloud', 'sql', 'instances', 'clone', 'a', 'b', '--no-such-flag'])).length, 1)
    await rm(folder, {recursive: true})
  })
})

async function ended(command: string, words: readonly string[], env: NodeJS.ProcessEnv): Promise<{code: number; stderr: string}> {
  return run(command, words, {env}).then(({stderr}) => ({code: 0, stderr}), (error: unknown) => error as {code: number; stderr: string})
}

function undocumented(words: readonly string[]): string[] {
  const name = Object.keys(GCLOUD_FLAGS).find(each => `${words.join(' ')} `.startsWith(`${each} `))
  if (name === undefined) return [`gcloud ${words.slice(0, 3).join(' ')} is not in the table`]
  const known = new Set([...GCLOUD_FLAGS[name] ?? [], ...GCLOUD_FLAGS['']  ?? []])
  return words.filter(word => word.startsWith('--')).map(word => word.split('=')[0] ?? '').filter(flag => !known.has(flag)).map(flag => `gcloud ${name} has no ${flag}`)
}

async function inPairs<T>(items: readonly T[], ask: (item: T) => Promise<string[]>): Promise<string[]> {
  const found: string[] = []
  for (let i = 0; i < items.length; i += 2) found.push(...(await Promise.all(items.slice(i, i + 2).map(ask))).flat())
  return found
}

let profileFile: string | undefined
async function profiles(): Promise<string> {
  if (profileFile === undefined) {
    profileFile = join(await mkdtemp(join(tmpdir(), 'profiles-')), 'config')
    await writeFile(profileFile, '[profile prod]\nregion = eu-west-1\naws_access_key_id = x\naws_secret_access_key = x\n')
  }
  return profileFile
}
