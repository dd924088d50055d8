import assert from 'node:assert/strict'
import {createHash} from 'node:crypto'
import {findReleases} from '../../src/discovery/releases.ts'
import type {Product, ProductConfig, Storage} from '../../src/discovery/types.ts'
import {chartAuditor, chartCluster, chartLedger, chartServer, inventoryOf, type ChartValues} from '../support/manifests.ts'

const BUILDERS = {ledger: chartLedger, auditor: chartAuditor, 'scalardb-cluster': chartCluster, scalardb: chartServer}

function configOf(product: Product, values: ChartValues): ProductConfig {
  const [release] = findReleases(inventoryOf(BUILDERS[product](values)))
  assert.ok(release)
  return release.config
}

const storagesOf = (properties: string, values: ChartValues = {}): readonly Storage[] => configOf('scalardb-cluster', {properties, ...values}).storages

describe('configuration', () => {
  it('tells what a restore of Ledger needs', () => {
    assert.deepEqual(configOf('ledger', {properties: [
      'scalar.db.storage=dynamo',
      'scalar.db.contact_points=ap-northeast-1',
      'scalar.db.username=${env:KEY}',
      'scalar.db.password=${env:SECRET}',
      'scalar.db.dynamo.namespace.prefix=prod_',
      'scalar.db.dynamo.endpoint_override=http://dynamo:8000',
      'scalar.db.dynamo.table_metadata.namespace=meta',
      'scalar.db.transaction_manager=jdbc',
      'scalar.db.consensus_commit.coordinator.namespace=coord',
      'scalar.dl.ledger.namespace=base',
      'scalar.dl.ledger.auditor.enabled=true',
    ].join('\n')}), {
      readable: true,
      storages: [{
        storage: 'dynamo',
        contactPoints: 'ap-northeast-1',
        namespacePrefix: 'prod_',
        endpointOverride: 'http://dynamo:8000',
        metadataNamespace: 'meta',
      }],
      transactionManager: 'jdbc',
      coordinatorNamespace: 'coord',
      baseNamespace: 'base',
      auditorEnabled: 'yes',
    })
  })

  it('takes defaults for what is not set or empty', () => {
    assert.deepEqual(configOf('auditor', {properties: 'scalar.db.storage=\nscalar.db.contact_points=c1\nscalar.dl.auditor.ledger.host=l'}), {
      readable: true,
      storages: [{storage: 'cassandra', contactPoints: 'c1'}],
      transactionManager: 'consensus-commit',
      coordinatorNamespace: 'coordinator',
      baseNamespace: 'auditor',
      ledgerHost: 'l',
    })
  })

  const auditorEnabled: Array<[what: string, values: ChartValues, answer: string]> = [
    ['true', {properties: 'scalar.dl.ledger.auditor.enabled=true'}, 'yes'],
    ['TRUE', {properties: 'scalar.dl.ledger.auditor.enabled=TRUE'}, 'yes'],
    ['false', {properties: 'scalar.dl.ledger.auditor.enabled=false'}, 'no'],
    ['not set', {properties: ''}, 'no'],
    ['a template of a variable that is not set', {properties: 'scalar.dl.ledger.auditor.enabled={{ default .Env.A "" }}'}, 'no'],
    ['in a Secret', {properties: 'scalar.dl.ledger.auditor.enabled=${env:A:-false}', envSecret: 'creds'}, 'unknown'],
    ['under a condition', {properties: '{{ if .Env.A }}\nscalar.dl.ledger.auditor.enabled=false\n{{ end }}'}, 'unknown'],
    ['an old chart', {chart: '4.2.0', env: [{name: 'SCALAR_DB_STORAGE', value: 'cosmos'}]}, 'unknown'],
    ['an old chart with the variable', {chart: '4.2.0', env: [{name: 'SCALAR_DL_LEDGER_AUDITOR_ENABLED', value: 'false'}]}, 'no'],
    ['an old chart with nothing', {chart: '4.2.0'}, 'unknown'],
  ]
  for (const [what, values, answer] of auditorEnabled) {
    it(`Ledger with an Auditor: ${what} means ${answer}`, () => assert.equal(configOf('ledger', values).auditorEnabled, answer))
  }

  it('reads charts without a ConfigMap from their variables', () => {
    const env = [
      {name: 'SCALAR_DB_STORAGE', value: 'cosmos'},
      {name: 'SCALAR_DB_CONTACT_POINTS', value: 'https://acct.documents.azure.com:443/'},
    ]
    assert.deepEqual(configOf('auditor', {chart: '2.2.7', env}).storages, [{storage: 'cosmos', contactPoints: 'https://acct.documents.azure.com:443/'}])
  })

  it('asks later for what lies in a Secret', () => {
    assert.deepEqual(
      storagesOf('scalar.db.storage=${env:STORAGE}\nscalar.db.contact_points=${env:POINTS}', {envSecret: 'creds'}),
      [{unresolved: ['scalar.db.storage', 'scalar.db.contact_points']}],
    )
  })

  it('keeps the dialect of a JDBC URL that has to be withheld', () => {
    assert.deepEqual(
      storagesOf('scalar.db.storage=jdbc\nscalar.db.contact_points=jdbc:mysql://u:p@ss@db/app'),
      [{storage: 'jdbc', contactPoints: 'jdbc:mysql:', unresolved: ['scalar.db.contact_points']}],
    )
  })

  it('unfolds multi-storage with what each storage inherits', () => {
    assert.deepEqual(storagesOf([
      'scalar.db.storage=multi-storage',
      'scalar.db.contact_port=9042',
      'scalar.db.dynamo.namespace.prefix=all_',
      'scalar.db.multi_storage.storages=orders, customers,files',
      'scalar.db.multi_storage.storages.orders.storage=dynamo',
      'scalar.db.multi_storage.storages.orders.contact_points=ap-northeast-1',
      'scalar.db.multi_storage.storages.orders.dynamo.namespace.prefix=prod_',
      'scalar.db.multi_storage.storages.customers.storage=jdbc',
      'scalar.db.multi_storage.storages.customers.contact_points=jdbc:mysql://u:s3cret@db/',
      'scalar.db.multi_storage.storages.customers.jdbc.table_metadata.schema=meta',
      'scalar.db.multi_storage.storages.files.contact_points=c1',
      'scalar.db.multi_storage.namespace_mapping=order:orders, customer:customers,coordinator:orders',
      'scalar.db.multi_storage.table_mapping=old.t:files',
      'scalar.db.multi_storage.default_storage=orders',
    ].join('\n')), [
      {
        name: 'orders', storage: 'dynamo', contactPoints: 'ap-northeast-1', contactPort: '9042', namespacePrefix: 'prod_',
        namespaces: ['order', 'coordinator'], isDefault: true,
      },
      {
        name: 'customers', storage: 'jdbc', contactPoints: 'jdbc:mysql://db/', contactPort: '9042', namespacePrefix: 'all_',
        metadataNamespace: 'meta', namespaces: ['customer'],
      },
      {name: 'files', storage: 'cassandra', contactPoints: 'c1', contactPort: '9042', namespacePrefix: 'all_', tables: ['old.t']},
    ])
  })

  it('says so when the storages of multi-storage can not be read', () => {
    assert.deepEqual(
      storagesOf('scalar.db.storage=multi-storage\nscalar.db.multi_storage.storages=${env:NAMES}'),
      [{storage: 'multi-storage', unresolved: ['scalar.db.multi_storage.storages']}],
    )
  })

  it('holds no secret, wherever one is planted', () => {
    SPECIALS.forEach((special, seed) => {
      for (const pieces of [piecesOf(seed), piecesOf(seed).map(piece => piece.replace(/\D/g, '7'))]) {
        const text = JSON.stringify(findReleases(inventoryOf(...planted(pieces.join(special)))))
        for (const piece of pieces) assert.ok(!text.includes(piece), `'${special}' ${text.slice(text.indexOf(piece) - 60).slice(0, 100)}`)
      }
    })
  })
})

/** What could end a password early; its pieces are tried as digits too, since those pass for ports. */
const SPECIALS = ['', ...'/@;?=&,:#%!()"+-_. ', '@h/', '@h:1/', '/@', ';a=', '?a=b@', '://']

const piecesOf = (seed: number): string[] => createHash('sha256').update(String(seed)).digest('hex').match(/.{8}/g) ?? []

/** Releases with one secret in every place where people have been seen to put theirs. */
function planted(secret: string) {
  const urls = [
    `jdbc:postgresql://u:${secret}@db/app`, `jdbc:postgresql://db/app?user=u&password=${secret}&sslpassword=${secret}`,
    `jdbc:mysql://u:${secret}@h1,h2/app`, `jdbc:mysql://address=(host=db)(password=${secret})/app`, `jdbc:mysql://u:${secret}@x@h/app`,
    `jdbc:mariadb://db/app?password=${secret}`, `jdbc:oracle:thin:u/${secret}@//db/svc`, `jdbc:oracle:thin:u/"${secret}@x"@db:1521:sid`,
    `jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=h))(PASSWORD=${secret}))`, `jdbc:sqlserver://db;password=${secret};databaseName=app`,
    `jdbc:sqlserver://db;password={a;${secret}};`, `jdbc:sqlite:/f.db?key=${secret}`, `jdbc:yugabytedb://u:${secret}@db/app`,
    `jdbc:db2://db:50000/app:user=u;password=${secret};`, `jdbc:cloudspanner:/projects/p;oauthToken=${secret}`,
    `https://acct.blob.core.windows.net/c?sig=${secret}`, `https://u:${secret}@h/`, `AccountEndpoint=https://h/;AccountKey=${secret}`,
    `u:${secret}@cassandra`, `jdbc:unknown://u:${secret}@h/d;k=${secret}`,
  ]
  const credentials = [
    'scalar.db.username=${env:SECRET}', `scalar.db.password=${secret}`, `scalar.dl.licensing.license_key=${secret}`,
    'scalar.dl.ledger.authentication.hmac.cipher_key={{ default .Env.SECRET "" }}', `scalar.db.multi_storage.storages.a.password=${secret}`,
    `scalar.db.dynamo.endpoint_override=http://u:${secret}@h/?k=${secret}`, `scalar.db.contact_port=${secret}`,
    `scalar.dl.auditor.ledger.host=u:${secret}@host`,
  ]
  const builders = [chartLedger, chartAuditor, chartCluster, chartServer]
  return urls.map((url, index) => (builders[index % builders.length] ?? chartLedger)({
    release: `r${index}`,
    replicas: 1,
    env: [{name: 'SECRET', value: secret}, {name: 'URL', value: url}],
    properties: [`scalar.db.storage=${url.startsWith('jdbc') ? 'jdbc' : 'cosmos'}`, 'scalar.db.contact_points=${env:URL}', ...credentials].join('\n'),
  }))
}
