import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {CliError} from '../../src/support/errors.ts'
import {parseTarget} from '../../src/cli/target-flag.ts'

const ARN = 'arn:aws:eks:eu-west-1:123456789012:cluster/prod/ledger'

/** What was given, without the fields that were not. */
const given = (text: string) => JSON.parse(JSON.stringify(parseTarget(text))) as unknown

describe('--target', () => {
  const accepted: ReadonlyArray<readonly [string, string, object, object]> = [
    ['an EKS context', `context=${ARN},namespace=ledger,release=my-ledger`,
      {context: ARN, namespace: 'ledger'}, {release: 'my-ledger'}],
    ['any order', `release=my-ledger,context=${ARN}`, {context: ARN}, {release: 'my-ledger'}],
    ['a kubeconfig with = in its path', 'kubeconfig=/a=b/c,namespace=x', {kubeconfig: '/a=b/c', namespace: 'x'}, {}],
    ['a Windows path', 'kubeconfig=C:\\Users\\me\\config,namespace=x', {kubeconfig: 'C:\\Users\\me\\config', namespace: 'x'}, {}],
    ['a network share', 'kubeconfig=\\\\host\\share\\config', {kubeconfig: '\\\\host\\share\\config'}, {}],
    ['an escaped comma', 'context=a\\,b,namespace=x', {context: 'a,b', namespace: 'x'}, {}],
    ['a selector', 'selector=app=ledger,namespace=x', {namespace: 'x'}, {selector: 'app=ledger'}],
    ['a selector with commas', 'selector=app=ledger,tier!=b,track in (a,b),product=ledger', {},
      {selector: 'app=ledger,tier!=b,track in (a,b)', product: 'ledger'}],
    ['a selector with a label named like a key', 'selector=app=ledger\\,release=a,release=b', {},
      {selector: 'app=ledger,release=a', release: 'b'}],
    ['everything by hand', 'product=auditor,admin-port=40053,admin-tls=true,admin-ca-file=/ca.pem,admin-server-name=auditor', {},
      {product: 'auditor', adminPort: 40053, adminTls: true, adminCaFile: '/ca.pem', adminServerName: 'auditor'}],
    ['TLS switched off', 'admin-tls=false', {}, {adminTls: false}],
  ]
  for (const [name, text, kube, overrides] of accepted) {
    it(`takes ${name}`, () => { assert.deepEqual(given(text), {kube, overrides, access: {}}) })
  }

  it('takes whose credentials look at the databases', () => {
    assert.deepEqual(given('namespace=x,aws-profile=prod,azure-subscription=Pay as you go'),
      {kube: {namespace: 'x'}, overrides: {}, access: {awsProfile: 'prod', azureSubscription: 'Pay as you go'}})
  })

  const keys = 'context=, kubeconfig=, namespace=, release=, selector=, product=, '
    + 'admin-port=, admin-tls=, admin-ca-file=, admin-server-name=, aws-profile=, azure-subscription='
  const refused: ReadonlyArray<readonly [string, string, string]> = [
    ['nothing', '', `"" is not one of ${keys}`],
    ['a bare word', 'my-ledger', `"my-ledger" is not one of ${keys}`],
    ['a misspelled key', 'context=a,namspace=b', `"namspace=b" is not one of ${keys}`],
    ['a key without value', 'context=,namespace=b', 'context has no value in "context=,namespace=b"'],
    ['a key given twice', 'context=a,context=b', 'context is given twice in "context=a,context=b"'],
    ['an unknown product', 'product=envoy', 'unknown product "envoy", one of: ledger, auditor, scalardb-cluster, scalardb'],
    ['a port out of range', 'admin-port=65536', '"65536" is no port between 1 and 65535'],
    ['a port that is no number', 'admin-port=0x50', '"0x50" is no port between 1 and 65535'],
    ['a switch that is neither', 'admin-tls=yes', 'admin-tls is "yes", should be true or false'],
  ]
  for (const [name, text, message] of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(() => parseTarget(text), (error) => error instanceof CliError && error.exitCode === 2 && error.message === message)
    })
  }
})
