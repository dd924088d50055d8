import assert from 'node:assert/strict'
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {V1PolicyRule} from '@kubernetes/client-node'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {RestorePointList} from '../../src/catalogue/list.ts'
import type {TestCluster} from '../support/cluster.ts'
import {command, type Ended} from '../support/command.ts'
import {validateBy, validateRecord} from '../support/record-schema.ts'
import {stage} from './backup.ts'

/** Nothing of it is asked over the network. */
const POSTGRESQL = 'scalar.db.storage=jdbc\nscalar.db.contact_points=jdbc:postgresql://ledger-db.example.com:5432/ledger\n'
const SHORT = ['--clock-guard', '100ms', '--hold', '3s']
const LIST: V1PolicyRule[] = [{apiGroups: [''], resources: ['configmaps'], verbs: ['list']}]

/** A machine with a state directory of its own, as a user of it sees it. */
async function machine() {
  const home = await mkdtemp(join(tmpdir(), 'scalardl-machine-'))
  const run = (...args: string[]) => command(args, {HOME: home, XDG_STATE_HOME: home}).ended
  const records = join(home, 'kubectl-scalardl', 'restore-points')
  return {home, records, run, end: () => rm(home, {recursive: true})}
}

function listed({code, stdout, stderr}: Ended) {
  assert.equal(code, 0, stderr)
  const list = JSON.parse(stdout) as RestorePointList
  validateBy('restore-point-list', list)
  return {names: list.items.map(({name}) => name), places: list.items.map(({places}) => places.map(({kind}) => kind)), warnings: list.warnings}
}

/** What becomes of records, with nothing but the command line. */
export function catalogueScenarios(cluster: () => TestCluster): void {
  it('lists a backup from its machine and from another one, shows it, and deletes the old one', async () => {
    const on = await stage(cluster(), {properties: POSTGRESQL})
    const [here, there] = [await machine(), await machine()]
    const at = ['--kubeconfig', cluster().kubeconfig, '-n', on.namespace]
    for (let i = 0; i < 2; i++) assert.equal((await here.run('backup', ...at, ...SHORT)).code, 0)
    const mine = listed(await here.run('restore-points', ...at, '-o', 'json'))
    const [newest = '', oldest = ''] = mine.names
    assert.deepEqual(mine, {names: [newest, oldest], places: [['File', 'ConfigMap'], ['File', 'ConfigMap']], warnings: []})
    assert.ok(newest > oldest)
    assert.deepEqual(listed(await there.run('restore-points', ...at, '-o', 'json')), {names: [newest, oldest], places: [['ConfigMap'], ['ConfigMap']], warnings: []})

    const shown = await there.run('restore-points', 'show', oldest, ...at, '-o', 'json')
    assert.equal(shown.stdout, await readFile(join(here.records, `${oldest}.json`), 'utf8'))
    assert.match((await there.run(...at, 'restore-points', 'show', 'latest')).stdout, new RegExp(`^Name {12}${newest}\n`))

    const unasked = await there.run('restore-points', 'prune', '--keep', '1', ...at)
    assert.deepEqual([unasked.code, unasked.stderr.split('\n')[0]], [2, 'error: there is no terminal to ask on, and nothing was changed'])
    const dry = await here.run('restore-points', 'prune', '--keep', '1', '--dry-run', ...at)
    assert.match(dry.stdout, new RegExp(`^would delete: ${oldest} \\(consistent .*Z\\): .*/${oldest}\\.json, configmap/${oldest} in ${on.namespace} of ${cluster().context}\n$`))
    assert.equal((await here.run('restore-points', 'prune', '--keep', '1', '--yes', ...at)).stdout.split('\n').at(-2), `deleted: ${oldest}`)
    assert.deepEqual(listed(await there.run('restore-points', ...at, '-o', 'json')).names, [newest])
    assert.deepEqual(await readdir(here.records), [`${newest}.json`])
    await Promise.all([here.end(), there.end()])
  })

  it('names what a user may not list or delete, and a record that was changed', async () => {
    const on = await stage(cluster(), {properties: POSTGRESQL})
    const here = await machine()
    const at = (kubeconfig: string) => ['--kubeconfig', kubeconfig, '-n', on.namespace]
    assert.equal((await here.run('backup', ...at(cluster().kubeconfig), ...SHORT)).code, 0)
    const nobody = await cluster().user(`nobody-${on.namespace}`, [], on.namespace)
    const {names: [name = ''], places, warnings} = listed(await here.run('restore-points', ...at(nobody), '-o', 'json'))
    assert.deepEqual([places, warnings.map(text => text.slice(0, 61))], [[['File']], ['the ConfigMaps of the cluster are left out: configmaps is for']])

    const reader = await cluster().user(`lister-${on.namespace}`, LIST, on.namespace)
    const refused = await here.run('restore-points', 'prune', '--keep', '0', '--yes', ...at(reader))
    assert.deepEqual([refused.code, ...refused.stderr.split('\n').slice(0, 2)], [
      1, 'error: permissions are missing, and nothing was deleted', `  cannot delete configmaps in namespace ${on.namespace}, needed to delete old records`,
    ])

    const path = join(here.records, `${name}.json`)
    await writeFile(path, (await readFile(path, 'utf8')).replace('"warnings": []', '"warnings": ["none"]'))
    assert.deepEqual(listed(await here.run('restore-points', ...at(reader), '-o', 'json')).warnings, [
      `the copies of ${name} differ, so one of them was changed after the backup: ${path}, configmap/${name} in ${on.namespace} of ${cluster().context}`,
    ])
    await here.end()
  })

  it('leaves a file that is enough for a plan, on a machine with nothing else', async () => {
    const on = await stage(cluster(), {properties: POSTGRESQL})
    const [here, there] = [await machine(), await machine()]
    const file = join(there.home, 'record.json')
    const at = ['--kubeconfig', cluster().kubeconfig, '-n', on.namespace]
    const toFile = await here.run('backup', ...at, ...SHORT, '--record', file, '--no-configmap')
    assert.equal(toFile.code, 0, toFile.stderr)
    const record = JSON.parse(await readFile(file, 'utf8')) as RestorePoint
    validateRecord(record)
    assert.match(toFile.stdout, new RegExp(`\nRecorded +.*, ${file}\n`))
    const {code, stdout, stderr} = await there.run('restore-plan', file)
    assert.equal(code, 0, stderr)
    assert.match(stdout, new RegExp(record.restorePoint ?? 'none'))

    const again = await here.run('backup', ...at, ...SHORT, '--record', file)
    assert.deepEqual([again.code, again.stderr.split('\n')[0]], [2, `error: --record ${file}: the file is there already, and nothing is overwritten`])
    const piped = await here.run('backup', ...at, ...SHORT, '--record', '-', '--no-configmap')
    assert.equal(piped.code, 0, piped.stderr)
    validateRecord(JSON.parse(piped.stdout))
    assert.match(piped.stderr, /\nRestore point {3}2\d{3}-.*Z .*\n/)
    await Promise.all([here.end(), there.end()])
  })
}
