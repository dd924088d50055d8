import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {mkdtemp, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {promisify} from 'node:util'
import type {RestorePlan, Variant} from '../../src/plan/model.ts'
import {command} from '../support/command.ts'
import {chartAuditor, chartLedger} from '../support/manifests.ts'
import {startCluster, type RealCluster} from './cluster.ts'
import {startHelm, type HelmRelease, type HelmRig} from './helm.ts'

const run = promisify(execFile)
const SHORT = ['--hold', '3s', '--clock-guard', '100ms', '--skip-database-check']
const PROPERTIES = 'scalar.db.storage=jdbc\nscalar.db.contact_points=jdbc:sqlserver://db:1433;databaseName=scalar\n'

const LEDGER: HelmRelease = {
  manifests: chartLedger({replicas: 3, properties: `${PROPERTIES}scalar.dl.ledger.auditor.enabled=true\n`}), chart: 'scalardl', version: '4.12.0', replicas: 'ledger.replicaCount',
}
const AUDITOR: HelmRelease = {
  manifests: chartAuditor({replicas: 2, properties: `${PROPERTIES}scalar.dl.auditor.ledger.host=my-ledger-scalardl-envoy.ledger.svc.cluster.local\n`}),
  chart: 'scalardl-audit', version: '2.12.0', replicas: 'auditor.replicaCount',
}

describe('the plan\'s steps around the databases, on releases that helm installed', () => {
  let cluster: RealCluster
  let helm: HelmRig
  let plan: RestorePlan
  let folder: string

  before(async () => {
    cluster = await startCluster()
    folder = await mkdtemp(join(cluster.dir, 'plan-'))
    helm = await startHelm(cluster, [LEDGER, AUDITOR])
    for (const release of [LEDGER, AUDITOR]) await helm.install(release)
    const targets = ['ledger', 'auditor'].flatMap(namespace => ['--target', `context=${cluster.context},namespace=${namespace}`])
    const {code, stdout, stderr} = await command(['backup', ...targets, ...SHORT, '-o', 'json'], {KUBECONFIG: cluster.kubeconfig}).ended
    assert.equal(code, 0, stderr)
    await writeFile(join(folder, 'record.json'), stdout)
    plan = await planned()
  })
  after(async () => {
    await helm.stop()
    await cluster.stop()
  })

  async function planned(...args: string[]): Promise<RestorePlan> {
    const {code, stdout, stderr} = await command(['restore-plan', join(folder, 'record.json'), '-o', 'json', ...args]).ended
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout) as RestorePlan
  }

  const pods = async () => (await Promise.all(['ledger', 'auditor'].map(async namespace => (await cluster.pods(namespace)).length))).join(' + ')

  /** The commands of a step as they are printed, those with a wait again and again. */
  async function carryOut(step: string, variant: Variant): Promise<string> {
    const commands = plan.steps.find(({id}) => id === step)?.commands.filter(each => !each.byHand && (each.variant ?? variant) === variant) ?? assert.fail(step)
    const lines = commands.map(({shell, wait}) => wait ? `until ${shell}; do sleep 0.3; done` : shell)
    const {stdout} = await run('bash', ['-e', '-c', lines.join('\n')], {cwd: folder, timeout: 60_000, env: {
      PATH: [join(helm.binary, '..'), join(cluster.tools.kubectl, '..'), process.env['PATH']].join(':'), HOME: folder, ...helm.env,
    }})
    return stdout
  }

  it('recognise the cluster of the record', async () => {
    assert.equal((await carryOut('cluster', 'kubectl')).trim().split('\n').at(-1), 'this is the recorded cluster')
  })

  for (const variant of ['kubectl', 'helm'] as const) it(`stop all servers and start as many as there were, by ${variant}`, async () => {
    assert.equal(await pods(), '3 + 2')
    await carryOut('scale-in', variant)
    assert.equal(await pods(), '0 + 0')
    await carryOut('scale-out', variant)
    assert.equal(await pods(), '3 + 2')
  })
})
