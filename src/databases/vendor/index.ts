import {jdbcAddress} from '../jdbc.ts'
import {shell} from '../../plan/shell.ts'
import type {Database, Section, SectionInput} from '../types.ts'

const PRODUCTS: Readonly<Record<string, string>> = {
  oracle: 'Oracle Database', sqlserver: 'SQL Server', sqlite: 'SQLite', db2: 'Db2', cloudspanner: 'Cloud Spanner', spanner: 'Cloud Spanner',
}

/** Relational databases for which Scalar documents no commands: their own point-in-time recovery, with everything around it (products.md §13.5). */
export const vendor: Database = {
  kind: 'vendor',
  title: 'a database with its own point-in-time recovery',
  settings: [{name: 'product', summary: 'what it is: Oracle Database, TiDB, …', pattern: /^[\w .:-]{1,60}$/}, {name: 'address', summary: 'where it is'}],
  recognise(storage) {
    const product = PRODUCTS[jdbcAddress(storage)?.dialect ?? '']
    return product ? {key: storage.contactPoints ?? product, settings: {product, ...storage.contactPoints && {address: storage.contactPoints}}} : undefined
  },
  name: ({product, address}) => `${product ?? 'Database'}${address ? ` at ${address}` : ''}`,
  time: ({rfc3339}) => rfc3339,
  restorable: () => undefined,
  checkByHand: ({product}) => [shell(`By the means of ${product ?? 'the database'}: is point-in-time recovery on, and how far back does it reach?`, {byHand: true})],
  plan,
}

function plan({id, time, settings, snapshots}: SectionInput): Section {
  const product = settings['product'] ?? 'the database'
  const backups = snapshots.filter(({name}) => name === 'vendor').map(({identifier}) => identifier)
  const way = product === 'SQLite'
    ? 'With everything scaled in, put the copy of the file that was made at the restore point in place of it; keep the present file as the way back.'
    : `By ${product}'s own point-in-time recovery, into a new place where it can: recover to ${time.rfc3339} (UTC; ${time.epochSeconds} s since 1970), all of that second's commits or none, and nothing later.`
  const step = (rest: Omit<Section['steps'][number], 'database'>) => ({database: id, ...rest, id: `${id}.${rest.id}`})
  return {
    tools: [], covers: ['every schema of ScalarDB: those of the products, coordinator, the metadata (scalardb) and what applications keep'], leftOut: [], properties: [],
    warnings: [`there are no commands here for ${product}: follow its maker's procedure at the place that the steps mark`],
    steps: [
      step({
        id: 'restore', phase: 'replace', title: `Recover ${product} to the restore point`,
        why: 'Scalar documents no commands for it; what matters is the instant, its zone, and that all of its schemas go back together.',
        commands: [shell([way, ...backups.map(backup => `The backup that was recorded: ${backup}`)].join('\n'), {byHand: true, changes: true})],
        expect: `The database's own log says that it stopped at ${time.rfc3339}.`,
        undo: 'Keep the database as it is now until the restored one has been accepted.',
        destructive: true, pointOfNoReturn: true,
      }),
      step({
        id: 'in-flight', phase: 'verify', title: 'Ask the database for transactions that were half done',
        why: 'At a restore point inside a pause there are none, but for leftovers of earlier crashes, which ScalarDB recovers when they are read.',
        commands: [shell('For every table with a column tx_state, but those of the schemas coordinator and scalardb:\nSELECT COUNT(*) FROM TABLE WHERE tx_state <> 3', {byHand: true})],
        expect: 'A count of 0 for every table. Other counts are a warning, not an error.',
      }),
    ],
  }
}
