import assert from 'node:assert/strict'
import type {V1Container, V1Probe, V1Volume} from '@kubernetes/client-node'
import {findReleases} from '../../src/discovery/releases.ts'
import type {AdminTls, CaSource, DiscoveryOverrides, Release} from '../../src/discovery/types.ts'
import {chartAuditor, chartCluster, chartLedger, chartServer, inventoryOf, type ChartManifests} from '../support/manifests.ts'

function found(chart: ChartManifests, overrides?: DiscoveryOverrides): Release {
  const [release] = findReleases(inventoryOf(chart), overrides)
  assert.ok(release)
  return release
}

const secret = (name: string, key: string, namespace = 'ledger'): CaSource => ({kind: 'secret', namespace, name, key})
const SYSTEM: CaSource = {kind: 'system'}

/** A Ledger whose container and volumes are written by hand. */
function ledgerWith(change: Partial<V1Container>, volumes: V1Volume[] = [], properties = ''): ChartManifests {
  const chart = chartLedger({properties})
  return {...chart, pods: chart.pods.map(pod => ({...pod, spec: {
    ...pod.spec,
    volumes: [...pod.spec?.volumes ?? [], ...volumes],
    containers: (pod.spec?.containers ?? []).map(container => ({
      ...container, startupProbe: undefined, livenessProbe: undefined, ...change,
      volumeMounts: [...container.volumeMounts ?? [], ...change.volumeMounts ?? []],
    })),
  }}))}
}

const probe = (...command: string[]): V1Probe => ({exec: {command}})
const mount = {name: 'certs', mountPath: '/certs'}
const volume: V1Volume = {name: 'certs', secret: {secretName: 'my-ca'}}

describe('TLS of the admin port', () => {
  const charts: Array<[what: string, chart: ChartManifests, tls: AdminTls | undefined]> = [
    ['none by default', chartLedger(), undefined],
    ['the chart\'s, with three Secrets', chartLedger({tls: {serverName: 'ledger.example.com', caSecret: 'ca'}}), {
      ca: [secret('ca', 'ca.crt'), secret('tls-cert', 'ca.crt'), secret('tls-key', 'ca.crt')],
      serverName: 'ledger.example.com',
    }],
    ['cert-manager\'s', chartAuditor({tls: {certManager: true}}), {
      ca: [secret('my-auditor-scalardl-audit-tls-cert', 'ca.crt', 'auditor')],
      serverName: 'localhost',
    }],
    ['Secrets with the old keys', chartCluster({tls: {oldKeys: true, caSecret: 'ca'}}), {
      ca: [secret('ca', 'ca-root-cert', 'scalardb'), secret('tls-cert', 'ca-root-cert.pem', 'scalardb'), secret('tls-key', 'ca-root-cert.pem', 'scalardb')],
      serverName: 'localhost',
    }],
    ['ScalarDB Server has none', chartServer({tls: {}}), undefined],
    ['flags with values of their own, two dashes, another path', ledgerWith(
      {readinessProbe: probe('/opt/probe/grpc_health_probe', '--addr', '127.0.0.1:50051', '--tls', '--tls-ca-cert', '/certs/root.pem', '--tls-server-name', 'l.example'), volumeMounts: [mount]},
      [volume]), {ca: [secret('my-ca', 'root.pem')], serverName: 'l.example'}],
    ['a shell around the probe', ledgerWith(
      {livenessProbe: probe('sh', '-c', 'exec /bin/grpc_health_probe -addr=localhost:50051 -tls -tls-ca-cert="/certs/ca.crt"'), volumeMounts: [mount]},
      [volume]), {ca: [secret('my-ca', 'ca.crt')], serverName: 'localhost'}],
    ['only the second probe has it', ledgerWith(
      {startupProbe: probe('grpc_health_probe', '-addr=:50051'), livenessProbe: probe('grpc_health_probe', '-addr=db.local:50051', '-tls')}),
      {ca: [SYSTEM], serverName: 'db.local'}],
    ['switched off in the probe', ledgerWith({startupProbe: probe('grpc_health_probe', '-addr=localhost:1', '-tls=false')}), undefined],
    ['a file mounted alone', ledgerWith(
      {startupProbe: probe('grpc_health_probe', '-addr=localhost:1', '-tls', '-tls-ca-cert=/tls/ca.pem'), volumeMounts: [{name: 'certs', mountPath: '/tls/ca.pem', subPath: 'root'}]},
      [{name: 'certs', secret: {secretName: 'my-ca', items: [{key: 'ca-root-cert', path: 'root'}]}}]),
      {ca: [secret('my-ca', 'ca-root-cert')], serverName: 'localhost'}],
    ['the innermost mount', ledgerWith(
      {startupProbe: probe('grpc_health_probe', '-addr=localhost:1', '-tls', '-tls-ca-cert=/certs/ca/ca.crt'), volumeMounts: [mount, {name: 'inner', mountPath: '/certs/ca'}]},
      [volume, {name: 'inner', secret: {secretName: 'inner-ca'}}]),
      {ca: [secret('inner-ca', 'ca.crt')], serverName: 'localhost'}],
    ['properties alone, CA from the chart\'s volume', ledgerWith(
      {volumeMounts: [{name: 'scalardl-ledger-tls-volume', mountPath: '/tls/scalardl-ledger/certs'}]},
      [{name: 'scalardl-ledger-tls-volume', secret: {secretName: 'my-ca'}}], 'scalar.dl.ledger.server.tls.enabled=true'),
      {ca: [secret('my-ca', 'ca.crt'), secret('my-ca', 'ca-root-cert'), secret('my-ca', 'ca-root-cert.pem')], serverName: 'localhost'}],
  ]
  for (const [what, chart, tls] of charts) {
    it(what, () => assert.deepEqual(found(chart).admin.tls, tls))
  }

  it('takes the CA that ScalarDB Cluster\'s own properties name', () => {
    const chart = chartCluster({properties: 'scalar.db.cluster.tls.enabled=true\nscalar.db.cluster.tls.ca_root_cert_path=/tls/scalardb-cluster/certs/root.pem', tls: {caSecret: 'ca'}})
    const pods = chart.pods.map(pod => ({...pod, spec: {...pod.spec, containers: (pod.spec?.containers ?? []).map(each => ({...each, startupProbe: undefined, livenessProbe: undefined}))}}))
    assert.deepEqual(found({...chart, pods}).admin.tls?.ca[0], secret('ca', 'root.pem', 'scalardb'))
  })

  const byHand: Array<[what: string, overrides: DiscoveryOverrides, tls: AdminTls | undefined]> = [
    ['off', {adminTls: false}, undefined],
    ['another CA', {adminCaFile: 'ca.pem'}, {ca: [{kind: 'file', path: 'ca.pem'}], serverName: 'x'}],
    ['another name', {adminServerName: 'y'}, {ca: [secret('tls-ca', 'ca.crt'), secret('tls-cert', 'ca.crt'), secret('tls-key', 'ca.crt')], serverName: 'y'}],
  ]
  for (const [what, overrides, tls] of byHand) {
    it(`flags go before what is found: ${what}`, () => assert.deepEqual(found(chartLedger({tls: {serverName: 'x'}}), overrides).admin.tls, tls))
  }

  it('is on when the CA is given by hand, and says which name it assumes', () => {
    const release = found(chartLedger(), {adminCaFile: 'ca.pem'})
    assert.deepEqual(release.admin.tls, {ca: [{kind: 'file', path: 'ca.pem'}], serverName: 'localhost'})
    assert.deepEqual(release.assumptions, ['TLS server name localhost: the charts\' default'])
  })

  it('says that it is assumed to be off where a Secret sets it and no probe tells', () => {
    const chart = ledgerWith({env: [{name: 'TLS', valueFrom: {secretKeyRef: {name: 'creds', key: 'tls'}}}]}, [], 'scalar.dl.ledger.server.tls.enabled=${env:TLS}')
    assert.deepEqual(found(chart).assumptions, ['no TLS on the admin port: scalar.dl.ledger.server.tls.enabled lies in secret/creds, key tls'])
  })
})
