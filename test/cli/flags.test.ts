import assert from 'node:assert/strict'
import {Args, Parser} from '@oclif/core'
import {describe, it} from 'mocha'
import {durationFlag, kubeFlags, kubeOptions} from '../../src/cli/flags.ts'
import {parseError} from '../../src/cli/report.ts'

const flags = {...kubeFlags, hold: durationFlag()}
const parse = async (...argv: string[]) => (await Parser.parse(argv, {flags})).flags

/** What kubeOptions says, without the fields that were not given. */
const options = async (...argv: string[]) => JSON.parse(JSON.stringify(kubeOptions(await parse(...argv)))) as unknown

describe("kubectl's connection flags", () => {
  it('say all about the connection', async () => {
    assert.deepEqual(await options(
      '-n', 'ledger', '--context', 'arn:aws:eks:eu-west-1:1:cluster/prod', '--kubeconfig=/a', '--cluster', 'c', '--user', 'u',
      '--as', 'jane', '--as-group', 'a,b', '--as-group', 'c', '--as-uid', '1', '--token', 't', '-s', 'https://x',
      '--certificate-authority', '/ca', '--insecure-skip-tls-verify', '--tls-server-name', 'n', '--request-timeout', '1m',
    ), {
      namespace: 'ledger', context: 'arn:aws:eks:eu-west-1:1:cluster/prod', kubeconfig: '/a', cluster: 'c', user: 'u',
      as: 'jane', asGroup: ['a,b', 'c'], asUid: '1', token: 't', server: 'https://x',
      certificateAuthority: '/ca', insecureSkipTlsVerify: true, tlsServerName: 'n', requestTimeoutMs: 60_000,
    })
  })

  it('with empty values count as not given', async () => {
    assert.deepEqual(await options('-n', '', '--context=', '--kubeconfig='), {})
  })

  it('take one value each, and leave the next word alone', async () => {
    const {args, flags: {'as-group': groups}} = await Parser.parse(['--as-group', 'a', 'word'], {flags, args: {word: Args.string()}})
    assert.deepEqual({word: args.word, groups}, {word: 'word', groups: ['a']})
  })

  for (const [text, ms] of [['0', 0], ['5', 5000], ['500ms', 500], ['1000h', 86_400_000]] as const) {
    it(`take a request timeout of ${text}`, async () => {
      assert.deepEqual(await options('--request-timeout', text), {requestTimeoutMs: ms})
    })
  }
})

describe('a duration flag', () => {
  it('gives milliseconds', async () => { assert.equal((await parse('--hold', '10s')).hold, 10_000) })

  it('takes a day, and nothing longer: timers would end at once', async () => {
    assert.equal((await parse('--hold', '24h')).hold, 86_400_000)
    await assert.rejects(parse('--hold', '1000h'), /duration "1000h" is longer than a day/)
  })

  it('says in a usage error what is wrong and where the help is', async () => {
    const error = parseError(await parse('--hold', '10').catch((reason: unknown) => reason), 'backup')
    assert.deepEqual({message: error.message, exitCode: error.exitCode, hints: error.hints}, {
      message: 'invalid --hold: missing unit in duration "10", write it as 10s, 500ms or 1m30s',
      exitCode: 2,
      hints: ['see: kubectl scalardl backup --help'],
    })
  })
})
