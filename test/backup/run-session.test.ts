import {Parser} from '@oclif/core'
import assert from 'node:assert/strict'
import {searchWords} from '../../src/backup/run-session.ts'
import {kubeFlags} from '../../src/cli/flags.ts'
import {adminFlags, searchFlags, wantedOf} from '../../src/cli/wanted.ts'
import type {DiscoveryOverrides} from '../../src/discovery/types.ts'

describe('the command to unpause what an earlier run has left', () => {
  it('finds the same servers again, whatever flags found them', async () => {
    const overrides: DiscoveryOverrides = {
      selector: 'x.example/app=ledger,tier in (a, b)', release: 'my-ledger', product: 'ledger', adminPort: 50_053, adminTls: true, adminCaFile: '/etc/my ca.pem', adminServerName: 'admin.example',
    }
    const words = searchWords(overrides)
    assert.deepEqual(words, [
      '--selector=x.example/app=ledger,tier in (a, b)', '--release=my-ledger', '--product=ledger', '--admin-port=50053', '--admin-ca-file=/etc/my ca.pem', '--admin-server-name=admin.example', '--admin-tls',
    ])
    const {flags} = await Parser.parse(words, {flags: {...kubeFlags, ...searchFlags, ...adminFlags}})
    assert.deepEqual(wantedOf(flags).map(wanted => wanted.overrides), [overrides])
  })

  it('says no more than was said', () => {
    assert.deepEqual(searchWords({}), [])
    assert.deepEqual(searchWords({adminTls: false}), ['--no-admin-tls'])
  })

  it('names a file so that it is found from any directory', () => {
    assert.deepEqual(searchWords({adminCaFile: 'ca.pem'}), [`--admin-ca-file=${process.cwd()}/ca.pem`])
  })
})
