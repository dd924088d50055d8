import assert from 'node:assert/strict'
import {execFileSync, spawnSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {accessSync, constants, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, delimiter, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {after, before, describe, it} from 'mocha'
import {parse} from 'yaml'
import {readTarGz} from '../../scripts/archive.ts'
import type {ArchiveEntry} from '../../scripts/archive.ts'
import {install, objectionsTo} from './krew.ts'
import type {KrewManifest, KrewPlatform} from './krew.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const readManifest = () => parse(readFileSync(join(ROOT, 'krew-manifest.yaml'), 'utf8')) as KrewManifest
const readArchive = ({uri}: KrewPlatform) => readFileSync(join(ROOT, 'out', basename(uri)))
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')

/** Where a program is on PATH, or undefined. */
function which(program: string): string | undefined {
  return (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, program)).find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

describe('krew-manifest.yaml', () => {
  const manifest = readManifest()

  it('passes the rules of krew and of its index', () => { assert.deepEqual(objectionsTo(manifest), []) })

  it('is of the version that package.json has', () => {
    const {version} = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {version: string}
    assert.equal(manifest.spec.version, `v${version}`)
  })

  it('is also there under the name that krew wants', () => {
    assert.equal(readFileSync(join(ROOT, 'out', 'scalardl.yaml'), 'utf8'), readFileSync(join(ROOT, 'krew-manifest.yaml'), 'utf8'))
  })

  for (const platform of manifest.spec.platforms) {
    it(`has the hash of ${basename(platform.uri)}`, () => { assert.equal(platform.sha256, sha256(readArchive(platform))) })
  }

  it('keeps its hashes when everything is packaged again', () => {
    execFileSync(process.execPath, ['scripts/package.ts'], {cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit']})
    assert.deepEqual(readManifest(), manifest)
  })
})

describe('the archive for linux/amd64', () => {
  let dir: string
  let entries: readonly ArchiveEntry[]
  let path: string

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'scalardl-krew-'))
    const manifest = readManifest()
    const platform = manifest.spec.platforms.find(({selector: {matchLabels: {os, arch}}}) => os === 'linux' && arch === 'amd64')
    assert.ok(platform)
    entries = await readTarGz(readArchive(platform))
    path = [install(entries, manifest, platform, dir), essentials(dir)].join(delimiter)
  })
  after(() => { rmSync(dir, {recursive: true}) })

  /** A folder with kubectl, where there is one, and all that a POSIX shell script may expect: no node. */
  function essentials(parent: string): string {
    const folder = join(parent, 'essentials')
    mkdirSync(folder)
    for (const program of ['sh', 'readlink', 'dirname', 'kubectl']) {
      const found = which(program)
      if (found) symlinkSync(found, join(folder, program))
    }
    return folder
  }

  function run(command: string, ...args: string[]): {status: number | null; stdout: string; stderr: string} {
    const {status, stdout, stderr} = spawnSync(command, args, {encoding: 'utf8', env: {PATH: path}})
    return {status, stdout, stderr}
  }

  it('holds the launcher, Node, the code and the licenses, and nothing else', () => {
    const libraries = readdirSync(join(ROOT, 'src'), {recursive: true, encoding: 'utf8'}).filter((path) => path.endsWith('.sh')).map((path) => `dist/${basename(path)}`)
    const names = entries.map((entry) => entry.path.replace(/chunk-\w+/, 'chunk'))
    assert.deepEqual([...new Set(names)], [
      'LICENSE', 'LICENSE-node', 'THIRD-PARTY-NOTICES.txt', ...['dist/chunk.js', 'dist/index.js', 'dist/keeper.js', 'dist/run.js', 'dist/watchdog.js', ...libraries].toSorted(),
      'kubectl-scalardl', 'node', 'oclif.manifest.json', 'package.json',
    ])
  })

  it('marks only the launcher and Node as executable', () => {
    assert.deepEqual(entries.filter(({mode}) => mode !== 0o644).map((entry) => `${entry.path} ${entry.mode.toString(8)}`),
      ['kubectl-scalardl 755', 'node 755'])
  })

  it('names the license of every package that is in it', () => {
    const notices = entries.find((entry) => entry.path === 'THIRD-PARTY-NOTICES.txt')?.content.toString() ?? ''
    assert.match(notices, /^@oclif\/core 5\.\d+\.\d+ \(MIT\)\n\nMIT License\n/m)
    assert.match(notices, /^chalk 6\.\d+\.\d+ \(MIT\)\n\nMIT License\n/m)
  })

  it('tells nothing about the machine that made it', () => {
    const telling = entries.filter((entry) => entry.path !== 'node' && entry.content.includes(ROOT)).map((entry) => entry.path)
    assert.deepEqual(telling, [])
  })

  const version = {status: 0, stdout: `kubectl-scalardl v0.1.0\nnode v22.23.2, linux-x64\n`, stderr: ''}

  it('runs with no other Node in reach', function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') this.skip()
    assert.deepEqual(run('kubectl-scalardl', 'version'), version)
  })

  it('prints the script of a plan, which is made of files beside its code', function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') this.skip()
    const {status, stdout, stderr} = run('kubectl-scalardl', 'restore-plan', '--at', '2026-11-23T12:44:07Z', '--database', 'kind=cosmosdb,account=my-account', '-o', 'script')
    assert.deepEqual([status, stderr], [0, ''])
    assert.match(stdout, /^#!\/usr\/bin\/env bash\n[^]*\nwait_until\(\) \{\n/)
    execFileSync('bash', ['-n'], {input: stdout})
  })

  it('runs through kubectl', function () {
    if (process.platform !== 'linux' || process.arch !== 'x64' || !which('kubectl')) this.skip()
    assert.deepEqual(run('kubectl', 'scalardl', 'version'), version)
  })

  it('gives its exit codes through kubectl', function () {
    if (process.platform !== 'linux' || process.arch !== 'x64' || !which('kubectl')) this.skip()
    assert.deepEqual(run('kubectl', 'scalardl', 'backpu'), {
      status: 2, stdout: '', stderr: 'error: unknown command "backpu"\n  see: kubectl scalardl --help\n',
    })
  })
})
