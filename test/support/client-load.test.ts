import assert from 'node:assert/strict'
import {startAdminServer} from './admin-server.ts'
import type {AdminServer} from './admin-server.ts'
import {startClientLoad} from './client-load.ts'
import type {ClientLoad} from './client-load.ts'

describe('client load', () => {
  let servers: AdminServer[] = []
  let load: ClientLoad
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise(setImmediate)
  }

  afterEach(async () => {
    load.stop()
    await Promise.all(servers.map(server => server.stop()))
  })

  it('stands still before a closed gate, and goes on after it', async () => {
    servers = [await startAdminServer(), await startAdminServer()]
    const [auditor, ledger] = servers as [AdminServer, AdminServer]
    load = startClientLoad({route: [[auditor], [ledger], [auditor]], clients: 3, requestMs: 1})
    await until(() => load.done > 3)
    ledger.gate.close()
    await until(() => ledger.gate.blocked === 3 && ledger.gate.outstanding === 0)
    const {done} = load
    ledger.gate.open()
    await until(() => load.done > done)
    assert.equal(load.refused, 0)
    assert.equal(ledger.steps.at(-1)?.step, 'open')
  })

  it('is turned away by servers that reject while paused, and comes again', async () => {
    servers = [await startAdminServer({generation: 'scalardb-3.6'})]
    const [server] = servers as [AdminServer]
    load = startClientLoad({route: [[server]], clients: 2, requestMs: 1})
    server.gate.close()
    await until(() => load.refused >= 2)
    server.gate.open()
    const {done} = load
    await until(() => load.done > done)
  })
})
