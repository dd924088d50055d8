import assert from 'node:assert/strict'
import {parseAllDocuments} from 'yaml'
import {checkPermissions, describePermission, permissionsForBackup} from '../../src/kube/permissions.ts'
import {roleFor} from '../../src/kube/role.ts'
import type {ApiServer} from '../../src/kube/types.ts'

describe('permissions', () => {
  it('of a backup are these, in one namespace', () => {
    const wanted = permissionsForBackup({namespace: 'ledger', recordConfigMap: true, lock: 'auto'})
    assert.deepEqual(wanted.filter(({optional}) => !optional).map(describePermission), [
      'get pods in namespace ledger',
      'list pods in namespace ledger',
      'watch pods in namespace ledger',
      'get pods/portforward in namespace ledger',
      'create pods/portforward in namespace ledger',
    ])
    assert.deepEqual(wanted.filter(({optional}) => optional).map(describePermission), [
      'list deployments.apps in namespace ledger',
      'list replicasets.apps in namespace ledger',
      'list services in namespace ledger',
      'list configmaps in namespace ledger',
      'get secrets in namespace ledger',
      'list horizontalpodautoscalers.autoscaling in namespace ledger',
      'create configmaps in namespace ledger',
      'get leases.coordination.k8s.io in namespace ledger',
      'create leases.coordination.k8s.io in namespace ledger',
      'update leases.coordination.k8s.io in namespace ledger',
      'get namespaces "kube-system" in namespace kube-system',
    ])
  })

  it('of a backup in all namespaces, without ConfigMap and leases', () => {
    const wanted = permissionsForBackup({recordConfigMap: false, lock: 'off'}).map(describePermission)
    assert.equal(wanted[0], 'get pods in all namespaces')
    assert.deepEqual(wanted.filter(text => /create configmaps|leases/.test(text)), [])
    assert.equal(wanted.at(-1), 'get namespaces "kube-system" in namespace kube-system')
  })

  it('of leases are required where the backup does not go on without', () => {
    const required = permissionsForBackup({namespace: 'ledger', recordConfigMap: false, lock: 'require'}).filter(({optional}) => !optional)
    assert.deepEqual(required.slice(5).map(describePermission), ['get', 'create', 'update'].map(verb => `${verb} leases.coordination.k8s.io in namespace ledger`))
  })

  it('are asked for one by one, and those not allowed are missing with their reason', async () => {
    const bodies: unknown[] = []
    const api = apiAnswering(body => {
      bodies.push(body)
      const {verb, subresource} = (body as {spec: {resourceAttributes: {verb: string; subresource?: string}}}).spec.resourceAttributes
      if (subresource && verb === 'create') return {status: {allowed: false, reason: 'not today'}}
      return verb === 'watch' ? {} : {status: {allowed: true}}
    })
    const missing = await checkPermissions(api, permissionsForBackup({namespace: 'ledger', recordConfigMap: true, lock: 'auto'}))
    assert.deepEqual(missing.map(permission => [describePermission(permission), permission.reason]), [
      ['watch pods in namespace ledger', undefined],
      ['create pods/portforward in namespace ledger', 'not today'],
    ])
    assert.deepEqual(bodies[4], {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {resourceAttributes: {
        verb: 'create', group: '', resource: 'pods', subresource: 'portforward', namespace: 'ledger', name: undefined,
      }},
    })
  })

  it('that are missing are granted by this Role', () => {
    const role = roleFor([
      {verb: 'get', group: '', resource: 'pods', subresource: 'portforward', namespace: 'ledger'},
      {verb: 'create', group: '', resource: 'pods', subresource: 'portforward', namespace: 'ledger'},
      {verb: 'list', group: 'apps', resource: 'deployments', namespace: 'ledger'},
      {verb: 'get', group: '', resource: 'namespaces', namespace: 'kube-system', name: 'kube-system'},
    ], 'kubectl-scalardl')
    assert.equal(role, `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: kubectl-scalardl, namespace: ledger}
rules:
- {apiGroups: [''], resources: [pods/portforward], verbs: [get, create]}
- {apiGroups: ['apps'], resources: [deployments], verbs: [list]}
# then: kubectl create rolebinding kubectl-scalardl -n ledger --role=kubectl-scalardl --user=<user>
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: kubectl-scalardl, namespace: kube-system}
rules:
- {apiGroups: [''], resources: [namespaces], resourceNames: [kube-system], verbs: [get]}
# then: kubectl create rolebinding kubectl-scalardl -n kube-system --role=kubectl-scalardl --user=<user>
`)
    assert.equal(parseAllDocuments(role).length, 2)
  })

  it('that are missing in all namespaces are granted by a ClusterRole', () => {
    assert.equal(roleFor([{verb: 'list', group: '', resource: 'pods'}], 'kubectl-scalardl'), `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: kubectl-scalardl}
rules:
- {apiGroups: [''], resources: [pods], verbs: [list]}
# then: kubectl create clusterrolebinding kubectl-scalardl --clusterrole=kubectl-scalardl --user=<user>
`)
  })

  it('are granted by Roles of different names, so that applying one takes nothing away from another', () => {
    const [one, same, other] = ['list', 'list', 'get'].map(verb => roleFor([{verb, group: '', resource: 'pods', namespace: 'ledger'}]))
    const name = /^metadata: \{name: (kubectl-scalardl-[0-9a-f]{8}), namespace: ledger\}$/m
    assert.ok(one && other && name.test(one))
    assert.equal(one, same)
    assert.notEqual(name.exec(one)?.[1], name.exec(other)?.[1])
    assert.ok(one.includes(`rolebinding ${name.exec(one)?.[1]} -n ledger --role=${name.exec(one)?.[1]} --user`))
  })

  it('need no Role when none is missing', () => {
    assert.equal(roleFor([]), '')
  })
})

const apiAnswering = (answer: (body: unknown) => unknown) => ({
  request: async (_method: string, _path: string, options: {body?: unknown}) => answer(options.body),
}) as unknown as ApiServer
