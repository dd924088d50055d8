import assert from 'node:assert/strict'
import {configureSteps} from '../../src/plan/configure.ts'
import {restoreTime, runIdOf} from '../../src/plan/time.ts'
import {cosmosdb} from '../../src/databases/cosmosdb/index.ts'

const time = restoreTime(1795437847)

describe('what the servers are told after a restore', () => {
  it('is said for whoever uses a database, where only a time and the database are known', () => {
    const settings = {account: 'my-ledger', 'resource-group': 'my-group'}
    const section = cosmosdb.plan({id: 'cosmosdb', time, runId: runIdOf(time), settings, storages: [], mode: 'same-name', snapshots: []})
    const [step, ...more] = configureSteps([{id: 'cosmosdb', database: {database: cosmosdb, key: '', settings, storages: []}, section}], [], {})
    assert.deepEqual(more, [])
    assert.deepEqual(step?.commands.map(({shell, byHand}) => [byHand, shell]), [
      [undefined, `printf '%s=%s\\n' scalar.db.contact_points "$(az cosmosdb show -g my-group -n my-ledger-r20261123t124407z --query documentEndpoint -o tsv)"`],
      [true, 'scalar.db.contact_points=(as printed above)'],
      [true, [
        `az cosmosdb keys list -g my-group -n my-ledger-r20261123t124407z --query primaryMasterKey -o tsv | tr -d '\\n' |`,
        '  kubectl create secret generic SECRET -n NAMESPACE --from-file=VARIABLE=/dev/stdin --dry-run=client -o yaml |',
        '  kubectl apply -n NAMESPACE --server-side --force-conflicts -f -',
      ].join('\n')],
    ])
  })
})
