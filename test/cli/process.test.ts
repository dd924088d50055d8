import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, relative} from 'node:path'
import {fileURLToPath} from 'node:url'
import {after, before, describe, it} from 'mocha'

const LAUNCHER = fileURLToPath(new URL('../../bin/kubectl-scalardl', import.meta.url))

/** Runs the built plugin as a user would. */
function scalardl(args: readonly string[], {launcher = LAUNCHER, env = {}}: {launcher?: string; env?: NodeJS.ProcessEnv} = {}) {
  const {status, stdout, stderr} = spawnSync(launcher, args, {encoding: 'utf8', env: {...process.env, NO_COLOR: '1', ...env}})
  return {status, stdout, stderr}
}

describe('kubectl scalardl', () => {
  it('prints its version for people', () => {
    assert.deepEqual(scalardl(['version']), {
      status: 0,
      stdout: `kubectl-scalardl v0.1.0\nnode ${process.version}, ${process.platform}-${process.arch}\n`,
      stderr: '',
    })
  })

  it('prints its version as JSON', () => {
    assert.deepEqual(scalardl(['version', '-o', 'json']), {
      status: 0,
      stdout: `{\n  "version": "v0.1.0",\n  "node": "${process.version}",\n  "platform": "${process.platform}-${process.arch}"\n}\n`,
      stderr: '',
    })
  })

  it('prints its version as YAML', () => {
    assert.match(scalardl(['version', '-oyaml']).stdout, /^version: v0\.1\.0\nnode: v/)
  })

  it('says in its help how it is called through kubectl', () => {
    const {status, stdout, stderr} = scalardl(['--help'])
    assert.match(stdout, /\nUSAGE\n {2}\$ kubectl scalardl \[COMMAND\]\n/)
    assert.deepEqual({status, stderr}, {status: 0, stderr: ''})
  })

  for (const args of [['help', 'version'], ['version', '--help'], ['version', '-h']]) {
    it(`prints a command's help: ${args.join(' ')}`, () => {
      const {status, stdout} = scalardl(args)
      assert.match(stdout, /^Print the version of the plugin\n\nUSAGE\n {2}\$ kubectl scalardl version \[-o json\|yaml\]\n/)
      assert.equal(status, 0)
    })
  }

  const refused: ReadonlyArray<readonly [string, readonly string[], string]> = [
    ['an unknown command', ['backpu'], 'error: unknown command "backpu"\n  see: kubectl scalardl --help\n'],
    ['help for an unknown command', ['help', 'backpu'], 'error: unknown command "backpu"\n  see: kubectl scalardl --help\n'],
    ['an unknown flag', ['version', '--outptu'], 'error: unknown flag: --outptu\n  see: kubectl scalardl version --help\n'],
    ['a flag of a subcommand without its number', ['restore-points', 'prune', '--keep', 'x'],
      'error: invalid --keep: Expected an integer but received: x\n  see: kubectl scalardl restore-points prune --help\n'],
    ['an unknown format', ['version', '-o', 'wide'],
      'error: expected --output=wide to be one of: json, yaml\n  see: kubectl scalardl version --help\n'],
    ['a flag without value', ['version', '-o'],
      'error: flag --output expects one of these values: json, yaml\n  see: kubectl scalardl version --help\n'],
    ['a flag given twice', ['version', '-o', 'json', '-o', 'yaml'],
      'error: flag --output can only be specified once\n  see: kubectl scalardl version --help\n'],
    ['a word too many', ['version', 'json'], 'error: unknown command "version json"\n  see: kubectl scalardl --help\n'],
  ]
  for (const [name, args, stderr] of refused) {
    it(`refuses ${name}`, () => { assert.deepEqual(scalardl(args), {status: 2, stdout: '', stderr}) })
  }

  it('shows the stack of an error only when debugging', () => {
    const {status, stderr} = scalardl(['version', '--outptu'], {env: {KUBECTL_SCALARDL_DEBUG: '1'}})
    assert.match(stderr, /^error: unknown flag: --outptu\n {2}see: [^]*\n {4}at /)
    assert.equal(status, 2)
  })
})

describe('the launcher', () => {
  let dir: string
  before(() => { dir = mkdtempSync(join(tmpdir(), 'scalardl-')) })
  after(() => { rmSync(dir, {recursive: true}) })

  it('finds the plugin through links, absolute and relative', () => {
    symlinkSync(LAUNCHER, join(dir, 'absolute'))
    symlinkSync('absolute', join(dir, 'chained'))
    symlinkSync(relative(dir, LAUNCHER), join(dir, 'relative'))
    for (const name of ['absolute', 'chained', 'relative']) {
      assert.equal(scalardl(['version'], {launcher: join(dir, name)}).status, 0, name)
    }
  })

  it('needs no node on PATH', () => {
    assert.equal(scalardl(['version'], {env: {PATH: '/usr/bin:/bin'}}).status, 0)
  })
})
