import assert from 'node:assert/strict'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {databaseOf} from '../backup/builders.ts'
import {databasesBehind} from '../../src/preflight/behind.ts'
import {readClocks} from '../../src/preflight/clocks.ts'
import {client} from './clients.ts'
import type {ApiServer} from '../../src/kube/types.ts'

describe('the clocks before a pause', () => {
  it('are those of every database, each address once, and one more where a database is not known', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end()
    }).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/clock`
    const kind = databaseOf({clock: ({region}) => region === 'eu-west-1' ? endpoint : undefined})
    const behind = databasesBehind([client('one'), client('two', [{storage: 'dynamo', contactPoints: 'us-east-1'}]), client('three', [{}])], [kind])
    const {databases, asked: clocks} = await readClocks(behind, [], {})
    server.close()
    assert.deepEqual(databases.map(({database, measurement}) => [database, 'unmeasured' in measurement ? measurement.unmeasured : 'measured']), [
      ['Amazon DynamoDB in eu-west-1', 'measured'],
      ['Amazon DynamoDB in us-east-1', 'nothing tells it without credentials'],
      ['a database that is not known', 'nothing tells it without credentials'],
    ])
    assert.deepEqual(clocks.map(({database}) => database), databases.map(({database}) => database))
    assert.ok(asked.length > 0 && asked.every(path => path === '/clock'))
  })

  it('say in plain words that an API server was not waited for any longer', async () => {
    const never = async () => new Promise<never>(() => undefined)
    const api = {access: {server: 'https://10.0.0.1:6443', cluster: 'prod', context: 'prod', verified: true}, endpoints: never, connect: never, request: never} as unknown as ApiServer
    const {apiServers} = await readClocks(databasesBehind([], []), [api], {})
    assert.deepEqual(apiServers, [{database: 'the API server of prod', measurement: {unmeasured: '10.0.0.1: no answer in time'}}])
  })
})
