import assert from 'node:assert/strict'
import {autoTransport, passesWebSocket} from '../../src/kube/auto-transport.ts'
import type {Refusal} from '../../src/kube/auto-transport.ts'
import type {Routes} from '../../src/admin/transport.ts'
import {startAdminServer} from '../support/admin-server.ts'
import {answer, forwardTo, startTunnelServer} from '../support/tunnel-server.ts'
import type {PodBehaviour} from '../support/tunnel-server.ts'

const deadlineMs = 5000

describe('a refused upgrade', () => {
  const table: Array<[refusal: Refusal, passes: boolean]> = [
    [{status: 401, fromKubernetes: true, message: 'Unauthorized'}, true],
    [{status: 403, fromKubernetes: true, message: 'forbidden'}, true],
    [{status: 404, fromKubernetes: true, message: 'not found'}, true],
    [{status: 404, fromKubernetes: false, message: ''}, true],
    [{status: 500, fromKubernetes: true, message: 'error dialing backend: dial tcp'}, true],
    [{status: 400, fromKubernetes: true, message: 'pod ledger-0 does not have a host assigned'}, true],
    [{status: 400, fromKubernetes: true, message: 'Upgrade request required'}, false],
    [{status: 400, fromKubernetes: false, message: ''}, false],
    [{status: 405, fromKubernetes: true, message: ''}, false],
    [{status: 426, fromKubernetes: false, message: ''}, false],
    [{status: 501, fromKubernetes: true, message: ''}, false],
    [{status: 502, fromKubernetes: false, message: ''}, false],
    [{status: 200, fromKubernetes: false, message: ''}, false],
    [{status: undefined, fromKubernetes: false, message: 'Server sent no subprotocol'}, false],
  ]
  for (const [refusal, passes] of table) {
    const who = refusal.fromKubernetes ? 'Kubernetes' : 'somebody on the way'
    it(`${refusal.status ?? refusal.message} by ${who} ${passes ? 'stays with WebSockets' : 'means kubectl'}: ${refusal.message}`, () => {
      assert.equal(passesWebSocket(refusal), passes)
    })
  }
})

describe('a transport that chooses itself', () => {
  const kubectlOnly = (opened: string[]): Routes => ({
    open: async ({pod}) => {
      opened.push(pod)
      throw new Error('kubectl is asked')
    },
    close: () => undefined,
  })

  const choices: Array<[what: string, pod: (port: number) => PodBehaviour | undefined, name: string, announced: string[], opened: string[]]> = [
    ['takes WebSockets where they pass', forwardTo, 'websocket', [], []],
    ['and where the pod is missing', () => undefined, 'websocket', [], []],
    ['takes kubectl where they do not, and says so once', () => ({upgrade: socket => { answer(socket, 502, '', 'bad gateway') }}), 'kubectl',
      ['port-forward over WebSockets is refused (HTTP 502 from the API server): using kubectl port-forward'], ['ledger-0', 'ledger-0']],
  ]
  for (const [what, pod, name, announced, opened] of choices) {
    it(what, async () => {
      const [cluster, server] = [await startTunnelServer(), await startAdminServer()]
      const behaviour = pod(server.port)
      if (behaviour) cluster.pods.set('ledger-0', behaviour)
      const [said, asked]: [string[], string[]] = [[], []]
      const transport = autoTransport(cluster.api(), () => kubectlOnly(asked), text => { said.push(text) })
      const address = {namespace: 'ledger', pod: 'ledger-0', port: 50053}
      await Promise.all([transport.open(address), transport.open(address)].map(connection => connection.checkPaused({deadlineMs})))
      assert.equal(transport.name, name)
      assert.deepEqual(said, announced)
      assert.deepEqual(asked, opened)
      transport.close()
      await cluster.stop()
      await server.stop()
    })
  }
})
