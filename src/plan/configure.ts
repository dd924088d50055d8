import {command, inline, quote, shell} from './shell.ts'
import {helmUpgrade, kubectl, nameOf, VALUES} from './servers.ts'
import type {OwnedStorage} from '../databases/types.ts'
import type {PlannedSection} from './build.ts'
import type {Command, PropertyChange, Step} from './model.ts'
import type {PlanTarget, ValuesFiles} from './servers.ts'

/** The properties that the servers need after the restore: none where every name stays what it was. */
export function configureSteps(sections: readonly PlannedSection[], targets: readonly PlanTarget[], values: ValuesFiles): Step[] {
  const owners = changesByOwner(sections)
  const commands = [
    ...owners.flatMap(({owner, changes}) => ownerCommands(owner, changes, targets.find(target => isOf(target, owner)), values)),
    ...sections.flatMap(({database: {storages}, section: {properties}}) => storages.length === 0 && properties.length > 0 ? commandsForAll(properties) : []),
  ]
  if (commands.length === 0) return []
  return [{
    id: 'configure',
    phase: 'configure',
    title: 'Lead the servers to the restored databases',
    why: 'They still know the old ones. They read their properties when they start, so this comes before they do.',
    commands,
    expect: 'the new values in the properties of every release. Whatever else has these properties (schema loaders, applications with ScalarDB) needs them too.',
    undo: 'set the properties back to what they were; the old databases are still there unless a step before has deleted them.',
  }]
}

type Owner = OwnedStorage['owner']

interface OwnerChanges {
  readonly owner: Owner
  readonly changes: readonly PropertyChange[]
}

const isOf = (target: PlanTarget, {product, release, namespace, context}: Owner) =>
  target.product === product && target.release === release && target.namespace === namespace && target.context === context

function changesByOwner(sections: readonly PlannedSection[]): OwnerChanges[] {
  const all = sections.flatMap(({database, section}) => database.storages.map(({owner, name}) => ({
    owner, changes: section.properties.map(property => ({...property, key: propertyOf(property.key, name)})),
  })))
  return [...Map.groupBy(all, ({owner}) => JSON.stringify(owner)).values()]
    .flatMap(same => same[0] ? [{owner: same[0].owner, changes: same.flatMap(({changes}) => changes)}] : [])
    .filter(({changes}) => changes.length > 0)
}

/** With multi-storage `scalar.db.KEY` of one storage is `scalar.db.multi_storage.storages.NAME.KEY` (ScalarDB, MultiStorageConfig). */
const propertyOf = (key: string, storage: string | undefined): string => storage === undefined ? key : key.replace(/^scalar\.db\./, `scalar.db.multi_storage.storages.${storage}.`)

function ownerCommands(owner: Owner, changes: readonly PropertyChange[], target: PlanTarget | undefined, values: ValuesFiles): Command[] {
  const open = changes.filter(({secret}) => !secret)
  return [
    ...open.flatMap(({key, value, from}) => value === undefined && from !== undefined
      ? [shell(`printf '%s=%s\\n' ${quote(key)} "$(${from})"`, {note: `What ${nameOf(owner)} needs`})] : []),
    ...open.length > 0 ? [byHand(owner, open, target, values)] : [],
    ...changes.filter(({secret}) => secret).map(change => secretByHand(owner, change, target)),
  ]
}

/** The same where only a time and a database are known. */
function commandsForAll(changes: readonly PropertyChange[]): Command[] {
  const who = 'every release that uses this database'
  const open = changes.filter(({secret}) => !secret)
  const lines = open.map(({key, value}) => `${key}=${value ?? '(as printed above)'}`)
  return [
    ...open.flatMap(({key, value, from}) => value === undefined && from !== undefined ? [shell(`printf '%s=%s\\n' ${quote(key)} "$(${from})"`, {note: `What ${who} needs`})] : []),
    ...open.length > 0 ? [shell(lines.join('\n'), {byHand: true, note: `In the properties of ${who}, set`})] : [],
    ...changes.flatMap(({key, from, secret}) => secret && from !== undefined ? [shell([
      `${from} | tr -d '\\n' |`,
      '  kubectl create secret generic SECRET -n NAMESPACE --from-file=VARIABLE=/dev/stdin --dry-run=client -o yaml |',
      '  kubectl apply -n NAMESPACE --server-side --force-conflicts -f -',
    ].join('\n'), {
      byHand: true, note: `Give ${who} the new ${key}. It is a secret: it goes into the Secret of the pods (for SECRET) under the variable that the properties name (for VARIABLE), and is shown nowhere`,
    })] : []),
  ]
}

function byHand(owner: Owner, changes: readonly PropertyChange[], target: PlanTarget | undefined, values: ValuesFiles): Command {
  const lines = changes.map(({key, value}) => `${key}=${value ?? '(as printed above)'}`)
  const {properties} = VALUES[owner.product]
  const where = values[owner.release] ? `in ${values[owner.release]}` : 'in its values file'
  const apply = target?.helm ? ['', '# then, still with no pod:', helmUpgrade(target, {[owner.release]: values[owner.release] ?? 'VALUES.yaml'}, 0).shell] : []
  const note = target && !target.helm ? `In the properties of ${nameOf(owner)}, a key of its ConfigMap, set` : `In the properties of ${nameOf(owner)} (${properties} ${where}), set`
  return shell([...lines, ...apply].join('\n'), {byHand: true, note})
}

/** The names of the Secret and of its key are nowhere in the record: the properties name a variable, the chart a Secret. */
function secretByHand(owner: Owner, {key, from}: PropertyChange, target: PlanTarget | undefined): Command {
  const at = {context: target?.context, namespace: owner.namespace}
  const names = (target?.deployments ?? []).map(({name}) =>
    inline(command(kubectl(at, 'get', 'deployment', name, '-o', 'jsonpath={.spec.template.spec.containers[*].envFrom[*].secretRef.name}'))))
  const create = inline(command(kubectl(at, 'create', 'secret', 'generic', 'SECRET', '--from-file=VARIABLE=/dev/stdin', '--dry-run=client', '-o', 'yaml')))
  const apply = inline(command(kubectl(at, 'apply', '--server-side', '--force-conflicts', '-f', '-')))
  return shell([
    ...names.length > 0 ? ['# the Secrets of its pods:', ...names] : [],
    ...from === undefined ? [] : [`${from} | tr -d '\\n' |`, `  ${create} |`, `  ${apply}`],
  ].join('\n'), {
    byHand: true,
    note: `Give ${nameOf(owner)} the new ${key}. It is a secret: it goes into the Secret of the pods (for SECRET) under the variable that the properties name (for VARIABLE), and is shown nowhere`,
  })
}
