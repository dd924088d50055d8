import assert from 'node:assert/strict'
import type {V1PolicyRule} from '@kubernetes/client-node'
import type {TestCluster} from '../support/cluster.ts'
import {command, type Ended} from '../support/command.ts'
import {chartAuditor, chartLedger} from '../support/manifests.ts'
import {stage} from './backup.ts'

const READ: V1PolicyRule[] = [
  {apiGroups: [''], resources: ['pods', 'services', 'configmaps'], verbs: ['get', 'list', 'watch']},
  {apiGroups: ['apps'], resources: ['deployments', 'replicasets'], verbs: ['get', 'list', 'watch']},
]
const forward = (...verbs: string[]): V1PolicyRule => ({apiGroups: [''], resources: ['pods/portforward'], verbs})

/** Lines of stderr from `error:` on; the rest is progress. */
const errorOf = ({code, stderr}: Ended) => ({code, error: stderr.slice(stderr.indexOf('error:')).trim().split('\n')})

/** What is printed when `verbs` are missing; the Role's name is its rules' hash. */
const missing = (namespace: string, hash: string, ...verbs: string[]) => ({code: 1, error: [
  'error: permissions are missing',
  ...verbs.map(verb => `  cannot ${verb} pods/portforward in namespace ${namespace}, needed to reach the admin ports`),
  '  this would grant them:',
  '  apiVersion: rbac.authorization.k8s.io/v1',
  '  kind: Role',
  `  metadata: {name: kubectl-scalardl-${hash}, namespace: ${namespace}}`,
  '  rules:',
  `  - {apiGroups: [''], resources: [pods/portforward], verbs: [${verbs.join(', ')}]}`,
  `  # then: kubectl create rolebinding kubectl-scalardl-${hash} -n ${namespace} --role=kubectl-scalardl-${hash} --user=<user>`,
]})

/** What ends before anything is touched, with the words that say what to do. */
export function choiceScenarios(cluster: () => TestCluster): void {
  it('names the missing permission, and the Role that grants it', async () => {
    const on = await stage(cluster())
    const kubeconfig = await cluster().user(`reader-${on.namespace}`, READ, on.namespace)
    const ended = await command(['backup', '--kubeconfig', kubeconfig, '-n', on.namespace]).ended
    assert.deepEqual(errorOf(ended), missing(on.namespace, '21984e4b', 'get', 'create'))
  })

  it('names the one verb of port-forward that is missing', async () => {
    const on = await stage(cluster())
    const kubeconfig = await cluster().user(`getter-${on.namespace}`, [...READ, forward('get')], on.namespace)
    const ended = await command(['backup', '--kubeconfig', kubeconfig, '-n', on.namespace]).ended
    assert.deepEqual(errorOf(ended), missing(on.namespace, '632d6aa8', 'create'))
  })

  it('checks the databases of who may only look, and touches no server', async () => {
    const on = await stage(cluster())
    const kubeconfig = await cluster().user(`looker-${on.namespace}`, READ, on.namespace)
    const {code, stdout} = await command(['check', '--kubeconfig', kubeconfig, '-n', on.namespace]).ended
    assert.deepEqual([code, stdout.split('\n').slice(0, 3)], [3, [
      `? Amazon DynamoDB in ap-northeast-1, of ${on.namespace}/my-ledger`,
      '    not verified: AWS cannot be reached: connect ECONNREFUSED 127.0.0.1:9',
      '    by hand:',
    ]])
    assert.deepEqual([...cluster().servers(on.namespace).values()].flatMap(({steps}) => steps), [])
  })

  it('does not choose between two releases', async () => {
    const namespace = 'two-releases'
    for (const release of ['red', 'blue']) await cluster().deploy(chartLedger({namespace, release, replicas: 1}))
    const ended = await command(['backup', '--kubeconfig', cluster().kubeconfig, '-n', namespace]).ended
    assert.deepEqual(errorOf(ended), {code: 2, error: [
      `error: 2 releases in namespace ${namespace} of context ${cluster().context}, and nothing tells which is meant`,
      `  ${namespace}/blue: ledger, 1 pod, 3.13.0`,
      `  ${namespace}/red: ledger, 1 pod, 3.13.0`,
      '  choose with --release NAME or --product PRODUCT',
      '  for several at once repeat --target namespace=NAMESPACE,release=NAME',
    ]})
  })

  it('refuses an Auditor without its Ledger', async () => {
    const namespace = 'auditor-alone'
    await cluster().deploy(chartAuditor({namespace, replicas: 1}))
    const ended = await command(['backup', '--kubeconfig', cluster().kubeconfig, '-n', namespace]).ended
    assert.deepEqual(errorOf(ended), {code: 2, error: [
      `error: auditor ${namespace}/my-auditor without its Ledger: pausing Auditor alone proves nothing`,
      '  name both with --target context=…,namespace=…,release=…, once for each',
    ]})
  })

  it('says which contexts there are, when the one asked for is not', async () => {
    const ended = await command(['backup', '--kubeconfig', cluster().kubeconfig, '--context', 'elsewhere']).ended
    assert.deepEqual(errorOf(ended), {code: 1, error: [
      'error: context "elsewhere" does not exist', `  in the kubeconfig: ${cluster().context}`, '  kubectl config get-contexts',
    ]})
  })

  it('says that there is no kubeconfig', async () => {
    assert.deepEqual(errorOf(await command(['backup']).ended), {code: 1, error: [
      'error: no kubeconfig found: there is no $STATE/.kube/config, and this is not a pod of a cluster',
      '  kubectl config get-contexts',
      '  name a file with --kubeconfig <path> or in KUBECONFIG',
    ]})
  })
}
