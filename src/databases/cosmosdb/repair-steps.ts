import {atLeast} from '../../discovery/versions.ts'
import {command, inline, quote, raw, shell} from '../../plan/shell.ts'
import type {Word} from '../../plan/shell.ts'
import type {Command, Step} from '../../plan/model.ts'
import type {OwnedStorage} from '../types.ts'
import {ask, azText} from '../azure/az.ts'
import {NOTHING} from '../azure/notes.ts'
import {EACH_CONTAINER, copyOf, inCopy} from './names.ts'
import type {Names} from './names.ts'
import {notMetadata} from './restore-steps.ts'

/** A release whose schema ScalarDL's schema loader knows. */
interface Loader {
  readonly owner: OwnedStorage['owner']
  readonly schema: 'ledger' | 'auditor'
  readonly storage: OwnedStorage
  /** Name of the Helm release, its Secret and its file. */
  readonly name: string
}

/**
 * The releases whose tables the schema loader repairs here: those with ScalarDL's own names. Its chart always adds the coordinator
 * to Ledger's, so that a coordinator in another database rules it out: it would be created here.
 */
function loadersOf({runId, settings}: Names, storages: readonly OwnedStorage[]): Loader[] {
  if (settings['schema-loader'] === 'no') return []
  const fitting = storages.filter(({owner: {product}, keeps}) =>
    product === 'ledger' ? keeps.includes('scalar') && keeps.includes('coordinator') : product === 'auditor' && keeps.includes('auditor'))
  return fitting.map((storage, i) => {
    const schema = storage.owner.product === 'ledger' ? 'ledger' : 'auditor'
    const nth = fitting.slice(0, i).filter(({owner}) => owner.product === schema).length
    return {owner: storage.owner, schema, storage, name: `repair-${schema}${nth ? `-${nth + 1}` : ''}-${runId}`}
  })
}

/** Stored procedures, without which ScalarDB writes nothing: by the schema loader where it knows the tables, by copying for all. */
export function repair(names: Names, storages: readonly OwnedStorage[]): Step[] {
  const loaders = loadersOf(names, storages)
  return [...loaders.map(loader => load(names, loader)), procedures(names, loaders)]
}

function load(names: Names, {owner, schema, storage, name}: Loader): Step {
  const {settings, target, file} = names
  const at = [...owner.context ? ['--context', owner.context] : [], '-n', owner.namespace]
  const helmAt = [...owner.context ? ['--kube-context', owner.context] : [], '-n', owner.namespace]
  const [uri, ru] = [names.variable('uri'), names.variable('ru')]
  const values = `${schema.toUpperCase()}_SCHEMA_VALUES`
  const succeeded = `kubectl get job ${at.map(quote).join(' ')} -l app.kubernetes.io/instance=${name} -o 'jsonpath={.items[*].status.succeeded}' | grep -qx 1`
  const properties = [
    'scalar.db.storage=cosmos',
    `scalar.db.contact_points="$${uri}"`,
    `"scalar.db.password=${passwordOf(owner.version)}"`,
    ...storage.metadataNamespace ? [quote(`scalar.db.cosmos.table_metadata.database=${storage.metadataNamespace}`)] : [],
  ]
  const base = schema === 'ledger' ? 'scalar' : 'auditor'
  const given = settings['ru']
  return names.step({
    id: `repair-${name.slice('repair-'.length, -names.runId.length - 1)}`, phase: 'repair', title: `Let the schema loader repair the tables of ${schema} ${owner.release}`,
    why: 'A restore brings back no stored procedures. The schema loader with --repair-all puts them back, as Scalar documents it. It only now may run: all tables are back.',
    commands: [
      shell(`${uri}=$(${ask(settings, ['cosmosdb', 'show', ...copyOf(names)], 'documentEndpoint')})`),
      shell(given ? `${ru}=${given}` : `${ru}=$(awk '$1 == "${base}" { print $3 }' ${file('throughput')} 2>/dev/null || true)`, {note: 'The request units of the schema; 400 is the loader\'s default'}),
      shell(`${azText(settings, ['cosmosdb', 'keys', 'list', ...copyOf(names), '--query', 'primaryMasterKey', '-o', 'tsv'])} | tr -d '\\n' \\\n  | ${kubectl(['create', 'secret', 'generic', name, ...at, '--from-file=SCALAR_DB_PASSWORD=/dev/stdin', '--dry-run=client', '-o', 'yaml'])} \\\n  | ${kubectl(['apply', ...at, '-f', '-'])}`, {
        note: 'The key of the new account, into a Secret without showing it', unless: succeeded, changes: true,
      }),
      shell(`printf '%s\\n' ${properties.join(' ')} >${file(`${name}.properties`)}`),
      command(['helm', 'uninstall', name, ...helmAt, '--ignore-not-found', '--wait'], {note: 'Clear away a job that failed before', unless: succeeded, changes: true}),
      command([
        'helm', 'install', name, 'scalar-labs/schema-loading', ...helmAt, '-f', raw(`"\${${values}:-/dev/null}"`),
        '--set', `schemaLoading.schemaType=${schema}`,
        ...owner.version ? ['--set', `schemaLoading.image.version=${owner.version}`] : [],
        '--set', `schemaLoading.secretName=${name}`,
        '--set', raw(`"schemaLoading.commandArgs={--repair-all,--ru,\${${ru}:-400}}"`),
        '--set-file', raw(`schemaLoading.databaseProperties=${file(`${name}.properties`)}`),
        '--wait', '--wait-for-jobs', '--timeout', '30m',
      ], {
        note: `Images and pull secrets come from your values file for the schema loader: export ${values}=FILE before${owner.version ? '' : '. The version of the product is not known: its image version must be in that file'}`,
        unless: succeeded, changes: true,
      }),
      shell(succeeded, {note: 'The job must have succeeded'}),
    ],
    expect: `A job that succeeded. If it did not: ${kubectl(['logs', ...at, '-l', `app.kubernetes.io/instance=${name}`, '--tail=50'])}`,
    undo: `nothing of it is in the way of ${target}; to clear it away: ${['helm', 'uninstall', name, ...helmAt].map(quote).join(' ')}`,
  })
}

const kubectl = (words: readonly Word[]): string => inline(command(['kubectl', ...words]))

/** ScalarDL since 3.8 resolves `${env:…}` itself; before, its images fill in Go templates. For double quotes. */
const passwordOf = (version?: string): string =>
  version && !atLeast(version, '3.8.0') ? '{{ default .Env.SCALAR_DB_PASSWORD \\"\\" }}' : '\\${env:SCALAR_DB_PASSWORD}'

function procedures(names: Names, loaders: readonly Loader[]): Step {
  const {settings, target, metadata, file} = names
  const body = file('mutate.js')
  const from = loaders.map(({schema}) => schema === 'ledger' ? 'scalar' : 'auditor')[0]
  const containers = `grep -Ev ${notMetadata(metadata)} ${file('restored')}`
  const list = ask(settings, ['cosmosdb', 'sql', 'stored-procedure', 'list', ...inCopy(names), ...EACH_CONTAINER], "[?name=='mutate.js'].name")
  const show: Command[] = from ? [shell(
    `${azText(settings, ['cosmosdb', 'sql', 'stored-procedure', 'show', ...inCopy(names), '-d', from, '-c', 'asset', '-n', 'mutate.js', '--query', 'resource.body', '-o', 'tsv'])} >${body}`,
    {note: 'Only where the old account is gone: take it from a table that the schema loader has repaired', unless: `[ -s ${body} ]`},
  )] : []
  return names.step({
    id: 'procedures', phase: 'repair', title: `Put the stored procedure into every container of ${target}`,
    why: 'Tenants and tables of applications are in no schema file of the loader. The procedure is the same for every table (ScalarDB 3.9 to 3.19); containers that have it are left alone.',
    commands: [
      ...show,
      shell(`[ -s ${body} ] || { echo 'no mutate.js: take cosmosdb_stored_procedure/mutate.js out of the jar of ScalarDB and put it there' >&2; false; }`),
      shell([
        `${containers} | while IFS=/ read -r database container; do`,
        `  found=$(${list} </dev/null)`,
        `  [ -z "$found" ] || continue`,
        `  ${azText(settings, ['cosmosdb', 'sql', 'stored-procedure', 'create', ...inCopy(names), ...EACH_CONTAINER, '-n', 'mutate.js', '-b', raw(`@${body}`), '-o', 'none'])} </dev/null`,
        'done',
      ].join('\n'), {note: 'Where it is missing', changes: true}),
      shell([
        `${containers} | while IFS=/ read -r database container; do`,
        `  found=$(${list} </dev/null)`,
        '  [ -n "$found" ] || echo "$database/$container"',
        `done | ${NOTHING}`,
      ].join('\n'), {note: 'Name the containers that still lack it; nothing must be printed'}),
    ],
    expect: 'Nothing: a container named here has no stored procedure, and ScalarDB cannot write to it.',
  })
}

/** Rows that a transaction had half done: the question in Cosmos DB's own words, for a person, since az has no command for data. */
export function inFlight(names: Names, tables: readonly string[] | undefined): Step {
  const {target, metadata} = names
  const own = tables?.filter(table => !metadata.some(database => table.startsWith(`${database}/`)) && !table.endsWith('/state'))
  return names.step({
    id: 'in-flight', phase: 'settings', title: `Ask ${target} for transactions that were half done`,
    why: 'At a restore point inside a pause there are none, but for leftovers of earlier crashes, which ScalarDB recovers when they are read. coordinator/state and metadata cannot be asked: their rows are no records of transactions.',
    commands: [shell([
      `In the Data Explorer of ${target}, for ${own?.length ? `each of ${own.join(', ')}` : 'each container but coordinator/state and metadata'}:`,
      'SELECT VALUE COUNT(1) FROM c WHERE c["values"].tx_state != 3',
    ].join('\n'), {byHand: true})],
    expect: '0 for each. Another count is a warning, not an error: 1 is prepared, 2 deleted, 4 aborted (ScalarDB, TransactionState).',
  })
}
