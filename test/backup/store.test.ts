import assert from 'node:assert/strict'
import {chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, it} from 'mocha'
import {stateDirectory, writeRecord} from '../../src/backup/store.ts'
import {reserveFile} from '../../src/backup/record-file.ts'
import {validateRecord} from '../support/record-schema.ts'
import {recordOf} from './builders.ts'
import type {ConfigMapPlace} from '../../src/backup/store.ts'

const record = recordOf({servers: [{}]})
const {name} = record.metadata
const access = {context: 'prod', cluster: 'prod', server: 'https://10.0.0.1:6443', namespace: 'default', requestTimeoutMs: 0, verified: true}

interface Posted {
  readonly path: string
  readonly body: {readonly metadata: {readonly name: string; readonly labels: object}; readonly data: {readonly 'record.json': string}}
}

/** An API server that takes ConfigMaps, and answers the first `statuses.length` of them with these; one that is there has the text `kept`. */
function api(statuses: number[] = [], server = access.server, kept = 'another'): ConfigMapPlace['api'] & {posted: Posted[]} {
  const posted: Posted[] = []
  return {
    access: {...access, server},
    posted,
    async request<T>(method: string, path: string, options?: {body?: unknown}): Promise<T> {
      if (method === 'GET') return {data: {'record.json': kept}} as T
      assert.equal(method, 'POST')
      const status = statuses.shift()
      if (status !== undefined) throw Object.assign(new Error(`configmaps is refused: ${status}`), {status})
      posted.push({path, body: options?.body as Posted['body']})
      return {} as T
    },
  }
}

describe('a record is kept', () => {
  let stateDir: string
  beforeEach(async () => { stateDir = await mkdtemp(join(tmpdir(), 'kubectl-scalardl-')) })
  afterEach(async () => { await rm(stateDir, {recursive: true}) })
  const points = () => join(stateDir, 'restore-points')

  it('in a file and beside the release', async () => {
    const server = api()
    assert.deepEqual(await writeRecord(record, {stateDir, configMaps: [{api: server, namespace: 'ledger'}]}), {
      file: join(points(), `${name}.json`), configMaps: [{name, namespace: 'ledger', context: 'prod'}], warnings: [],
    })
    const written: unknown = JSON.parse(await readFile(join(points(), `${name}.json`), 'utf8'))
    validateRecord(written)
    assert.deepEqual(written, record)
    assert.deepEqual(server.posted.map(({path, body}) => ({path, name: body.metadata.name, labels: body.metadata.labels})), [{
      path: '/api/v1/namespaces/ledger/configmaps', name,
      labels: {'app.kubernetes.io/managed-by': 'kubectl-scalardl', 'app.kubernetes.io/component': 'restore-point'},
    }])
    assert.deepEqual(JSON.parse(server.posted[0]?.body.data['record.json'] ?? ''), record)
  })

  it('for nobody else to read, and with no draft left', async function () {
    if (process.platform === 'win32') this.skip()
    await writeRecord(record, {stateDir, configMaps: []})
    assert.equal((await stat(points())).mode & 0o777, 0o700)
    assert.equal((await stat(join(points(), `${name}.json`))).mode & 0o777, 0o600)
    assert.deepEqual(await readdir(points()), [`${name}.json`])
  })

  it('in directories that others could read before, under any umask, past what lies in its way', async function () {
    if (process.platform === 'win32') this.skip()
    await mkdir(points())
    await Promise.all([stateDir, points()].map(path => chmod(path, 0o777)))
    await symlink(join(stateDir, 'trap'), join(points(), `.${name}.${process.pid}.draft`))
    const umask = process.umask(0)
    const {file = ''} = await writeRecord(record, {stateDir, configMaps: []}).finally(() => process.umask(umask))
    const modes = await Promise.all([stateDir, points(), file].map(async path => (await stat(path)).mode & 0o777))
    assert.deepEqual([...modes, await readdir(stateDir)], [0o700, 0o700, 0o600, ['restore-points']])
  })

  it('without touching another of the same name', async () => {
    const first = await writeRecord(record, {stateDir, configMaps: []})
    const second = await writeRecord({...record, warnings: ['second']}, {stateDir, configMaps: [{api: api([409]), namespace: 'ledger'}]})
    assert.equal(second.file, join(points(), `${name}-2.json`))
    assert.deepEqual(second.configMaps.map(map => map.name), [`${name}-2`])
    assert.deepEqual(JSON.parse(await readFile(first.file ?? '', 'utf8')), record)
  })

  it('once, though the API server has it already when it is sent again for want of an answer', async () => {
    const server = api([409], access.server, `${JSON.stringify(record, undefined, 2)}\n`)
    assert.deepEqual((await writeRecord(record, {stateDir, configMaps: [{api: server, namespace: 'ledger'}]})).configMaps.map(map => map.name), [name])
    assert.deepEqual(server.posted, [])
  })

  it('once where Ledger and Auditor share a namespace, twice where they do not', async () => {
    const [here, there] = [api(), api([], 'https://10.0.0.2:6443')]
    const configMaps = [{api: here, namespace: 'a'}, {api: here, namespace: 'a'}, {api: there, namespace: 'a'}]
    assert.equal((await writeRecord(record, {stateDir, configMaps})).configMaps.length, 2)
    assert.deepEqual([here.posted.length, there.posted.length], [1, 1])
  })

  it('in the file that was asked for, too', async () => {
    const path = join(stateDir, 'asked.json')
    const copy = await reserveFile(path)
    assert.equal(await readFile(path, 'utf8'), '')
    const stored = await writeRecord(record, {stateDir, configMaps: [], copy})
    await copy.release()
    assert.deepEqual(stored, {file: join(points(), `${name}.json`), copy: path, configMaps: [], warnings: []})
    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), record)
  })

  it('without an empty file when nothing was to be recorded', async () => {
    await (await reserveFile(join(stateDir, 'asked.json'))).release()
    assert.deepEqual(await readdir(stateDir), [])
  })

  it('without half of it when the file cannot take it', async () => {
    const copy = await reserveFile(join(stateDir, 'asked.json'))
    const broken = {...copy, write: async () => { throw new Error('ENOSPC: no space left on device, write') }}
    const {copy: written, warnings} = await writeRecord(record, {stateDir, configMaps: [], copy: broken})
    await copy.release()
    assert.deepEqual([written, warnings], [undefined, [`the record cannot be written to ${copy.path}: ENOSPC: no space left on device, write`]])
    assert.deepEqual(await readdir(stateDir), ['restore-points'])
  })

  it('over no file that is there, and in no directory that is not', async () => {
    const path = join(stateDir, 'old.json')
    await writeFile(path, 'old')
    await assert.rejects(reserveFile(path), {message: `--record ${path}: the file is there already, and nothing is overwritten`, exitCode: 2})
    assert.equal(await readFile(path, 'utf8'), 'old')
    const nowhere = join(stateDir, 'none', 'a.json')
    await assert.rejects(reserveFile(nowhere), {message: `--record ${nowhere}: the record could not be written there: ENOENT: no such file or directory, open '${nowhere}'`, exitCode: 1})
  })

  it('in the file alone with --no-configmap', async () => {
    const server = api()
    assert.deepEqual((await writeRecord(record, {stateDir, configMaps: [{api: server, namespace: 'ledger'}], noConfigMap: true})).configMaps, [])
    assert.deepEqual(server.posted, [])
  })

  it('in the file, with a warning, where ConfigMaps are not permitted', async () => {
    const {file, configMaps, warnings} = await writeRecord(record, {stateDir, configMaps: [{api: api([403]), namespace: 'ledger'}]})
    assert.equal(file, join(points(), `${name}.json`))
    assert.deepEqual({configMaps, warnings}, {
      configMaps: [], warnings: ['the record is not kept in a ConfigMap in namespace ledger: not permitted (create configmaps); --no-configmap leaves it out'],
    })
  })

  it('in the ConfigMap, with a warning, where files cannot be written', async () => {
    await writeFile(join(stateDir, 'file'), '')
    const {file, configMaps, warnings} = await writeRecord(record, {stateDir: join(stateDir, 'file'), configMaps: [{api: api(), namespace: 'ledger'}]})
    assert.deepEqual([file, configMaps.length], [undefined, 1])
    assert.match(warnings.join('\n'), /^the record cannot be written to a file: EEXIST: .*file'$/)
  })

  it('nowhere, with both reasons, when nothing can be written', async () => {
    assert.deepEqual(await writeRecord(record, {stateDir: undefined, configMaps: [{api: api([500]), namespace: 'ledger'}]}), {
      file: undefined, configMaps: [], warnings: [
        'the record cannot be written to a file: this user has no home directory; set XDG_STATE_HOME',
        'the record is not kept in a ConfigMap in namespace ledger: configmaps is refused: 500',
      ],
    })
  })
})

describe("the user's state directory", () => {
  const cases: ReadonlyArray<readonly [string, NodeJS.ProcessEnv, NodeJS.Platform, string | undefined]> = [
    ['XDG_STATE_HOME', {XDG_STATE_HOME: '/state'}, 'linux', '/state/kubectl-scalardl'],
    ['not a relative XDG_STATE_HOME', {XDG_STATE_HOME: 'state'}, 'linux', '/home/me/.local/state/kubectl-scalardl'],
    ['on Linux', {}, 'linux', '/home/me/.local/state/kubectl-scalardl'],
    ['on macOS', {}, 'darwin', '/home/me/Library/Application Support/kubectl-scalardl'],
    ['on Windows', {LOCALAPPDATA: 'C:\\Users\\me\\AppData\\Local'}, 'win32', 'C:\\Users\\me\\AppData\\Local\\kubectl-scalardl'],
  ]
  for (const [title, env, platform, expected] of cases) {
    it(title, () => { assert.equal(stateDirectory(env, platform, () => '/home/me'), expected) })
  }
  it('is none without a home', () => { assert.equal(stateDirectory({}, 'linux', () => undefined), undefined) })
})
