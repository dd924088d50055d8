import assert from 'node:assert/strict'
import type {Product} from '../../src/discovery/types.ts'
import {pauseSupport, versionOf} from '../../src/discovery/versions.ts'

describe('versions', () => {
  const images: Array<[image: string, version: string | undefined]> = [
    ['ghcr.io/scalar-labs/scalardl-ledger:3.14.0', '3.14.0'],
    ['ghcr.io/scalar-labs/scalardl-ledger:v3.14.0', '3.14.0'],
    ['registry:5000/scalardl-ledger:3.14.0-SNAPSHOT', '3.14.0-SNAPSHOT'],
    ['registry:5000/scalardl-ledger', undefined],
    ['scalardl-ledger:3.9.1@sha256:0123', '3.9.1'],
    ['scalardl-ledger@sha256:0123', undefined],
    ['scalardl-ledger:latest', undefined],
    ['scalardl-ledger:3.14', undefined],
  ]
  for (const [image, version] of images) {
    it(`reads ${version ?? 'none'} from ${image}`, () => assert.equal(versionOf(image), version))
  }

  const noCheck = (title: string, version: string, since: string) => `${title} ${version} does not answer CheckPaused (since ${since})`
  const leak = (version: string) => `ScalarDB Cluster ${version}: one-shot and batch operations pass a pause before 3.17.3`
  const support: Array<[product: Product, version: string | undefined, unverified: string | undefined]> = [
    ['ledger', '2.1.0', noCheck('ScalarDL Ledger', '2.1.0', '3.5.0')],
    ['ledger', '3.4.4', noCheck('ScalarDL Ledger', '3.4.4', '3.5.0')],
    ['ledger', '3.5.0-SNAPSHOT', noCheck('ScalarDL Ledger', '3.5.0-SNAPSHOT', '3.5.0')],
    ['ledger', '3.5.0', undefined],
    ['ledger', '3.10.5', undefined],
    ['ledger', '3.14.0', undefined],
    ['ledger', '4.0.0', undefined],
    ['ledger', undefined, undefined],
    ['auditor', '3.4.0', noCheck('ScalarDL Auditor', '3.4.0', '3.5.0')],
    ['auditor', '3.5.0', undefined],
    ['auditor', undefined, undefined],
    ['scalardb', '3.5.9', noCheck('ScalarDB Server', '3.5.9', '3.6.0')],
    ['scalardb', '3.6.0', undefined],
    ['scalardb', '3.13.6', undefined],
    ['scalardb', undefined, undefined],
    ['scalardb-cluster', '3.9.0', leak('3.9.0')],
    ['scalardb-cluster', '3.16.6', leak('3.16.6')],
    ['scalardb-cluster', '3.17.2', leak('3.17.2')],
    ['scalardb-cluster', '3.17.3', undefined],
    ['scalardb-cluster', '3.17.4', undefined],
    ['scalardb-cluster', '3.18.0-alpha.1', leak('3.18.0-alpha.1')],
    ['scalardb-cluster', '3.18.0', undefined],
    ['scalardb-cluster', '3.19.0', undefined],
    ['scalardb-cluster', undefined, leak('of unknown version')],
  ]
  for (const [product, version, unverified] of support) {
    it(`${product} ${version ?? 'of unknown version'} is ${unverified ? 'unverified' : 'verified'}`, () =>
      assert.deepEqual(pauseSupport(product, version), unverified ? {unverified} : 'verified'))
  }
})
