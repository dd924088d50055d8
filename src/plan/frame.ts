import {configureSteps} from './configure.ts'
import {command, shell} from './shell.ts'
import {clusterCommands, nameOf, startCommands, stopCommands} from './servers.ts'
import {howToGet} from './tools.ts'
import {PRODUCT_SELECTOR} from '../discovery/products.ts'
import type {Frame, PlannedSection} from './build.ts'
import type {PlanMode} from '../databases/types.ts'
import type {RestoreTime, Step, Tool, Variant} from './model.ts'
import type {PlanTarget, ValuesFiles} from './servers.ts'

export interface FrameInput {
  /** The servers; none when only a time is known. */
  readonly targets: readonly PlanTarget[]
  readonly mode: PlanMode
  readonly scaleWith: Variant
  readonly values: ValuesFiles
  readonly time: RestoreTime
}

/**
 * What every restore needs around its databases (restore.md §15, RestoreDatabase.mdx): all servers down before the first
 * database is changed and up after the last, the properties in between, and a new backup. A rehearsal leaves them alone.
 */
export function frameOf({targets, mode, scaleWith, values, time}: FrameInput, sections: readonly PlannedSection[]): Frame {
  const rehearsal = mode === 'copy-only'
  const cluster = clusterSteps(targets, scaleWith)
  return {
    steps: rehearsal ? [] : [
      ...cluster, stopOthers, ...targets.length > 0 ? [scaleIn(targets, values)] : [scaleInByHand],
      ...configureSteps(sections, targets, values), ...targets.length > 0 ? [scaleOut(targets, values)] : [scaleOutByHand],
      newBackup(targets),
    ],
    after: rehearsal ? [] : [verify(targets), startOthers],
    tools: rehearsal || targets.length === 0 ? [] : toolsOf(targets, scaleWith),
    warnings: auditorWarnings(targets, time),
  }
}

const toolsOf = (targets: readonly PlanTarget[], scaleWith: Variant): Tool[] => [
  {name: 'kubectl', why: howToGet('kubectl')},
  ...scaleWith === 'helm' && targets.some(({helm}) => helm) ? [{name: 'helm', why: howToGet('helm')}] : [],
]

function clusterSteps(targets: readonly PlanTarget[], scaleWith: Variant): Step[] {
  const commands = clusterCommands(targets, scaleWith)
  if (commands.length === 0) return []
  return [{
    id: 'cluster', phase: 'prepare', title: 'Make sure of the cluster', commands,
    why: 'Contexts have the same names on many machines: a cluster is known by the UID of its namespace kube-system.',
    expect: 'this is the recorded cluster. If it is another one on purpose, because the old one is gone, go on by hand from the text of this plan.',
  }]
}

const stopOthers: Step = {
  id: 'stop-others',
  phase: 'scale-in',
  title: 'Stop what else uses these databases',
  why: 'What is written during the restore is lost, or spoils what is restored. What watches over the number of pods would start the servers again.',
  commands: [shell([
    'applications with ScalarDB of their own, and the readers of functions\' tables',
    'batch and cron jobs, schema loaders',
    'Argo CD or Flux (suspend the sync of these releases), KEDA (pause its scaled objects)',
  ].map(line => `- ${line}`).join('\n'), {byHand: true, note: 'Stop or suspend'})],
  expect: 'nobody but you works on these databases.',
  undo: 'start them again.',
}

/** Requests come in through Auditor, which is closed first; Ledger comes up first, for Auditor to find it. */
const auditorFirst = (targets: readonly PlanTarget[]) => targets.toSorted((a, b) => Number(b.product === 'auditor') - Number(a.product === 'auditor'))

function scaleIn(targets: readonly PlanTarget[], values: ValuesFiles): Step {
  const autoscalers = targets.flatMap(({hpa}) => hpa.map(({name}) => name))
  return {
    id: 'scale-in',
    phase: 'scale-in',
    title: 'Stop the servers',
    why: [
      'Every server is stopped before the first database is changed, and started after the last.',
      ...autoscalers.length > 0 ? [`Leave the autoscalers (${autoscalers.join(', ')}) as they are: they do not touch a deployment of 0 pods.`] : [],
    ].join(' '),
    commands: auditorFirst(targets).flatMap(target => stopCommands(target, values)),
    expect: 'no pod is left.',
    undo: 'as long as nothing was replaced: the commands of the step "Start the servers".',
    takes: 'one to three minutes: a server has 60 to 90 s to end (Helm charts)',
    destructive: true,
  }
}

const scaleOut = (targets: readonly PlanTarget[], values: ValuesFiles): Step => ({
  id: 'scale-out',
  phase: 'scale-out',
  title: 'Start the servers',
  why: 'Every database is back. The numbers of pods are those of the record.',
  commands: auditorFirst(targets).toReversed().flatMap(target => startCommands(target, values)),
  expect: 'successfully rolled out, for every deployment.',
  undo: 'the commands of the step "Stop the servers".',
  takes: 'minutes',
})

const list = command(['kubectl', 'get', 'deployments', '-A', '-l', PRODUCT_SELECTOR])

const scaleInByHand: Step = {
  id: 'scale-in',
  phase: 'scale-in',
  title: 'Stop the servers',
  why: 'Every server that uses these databases is stopped before the first is changed, Auditor before Ledger. Only a time was given, so this plan does not know them.',
  commands: [shell(`${list.shell}\nkubectl scale deployment/NAME -n NAMESPACE --replicas=0`, {byHand: true, note: 'Note the number of pods of each deployment, then scale each to 0'})],
  expect: 'no pod is left: kubectl get pods with the same selector shows none.',
  undo: 'scale each deployment to its number of pods again.',
  destructive: true,
}

const scaleOutByHand: Step = {
  id: 'scale-out',
  phase: 'scale-out',
  title: 'Start the servers',
  why: 'Every database is back. Ledger comes before Auditor.',
  commands: [shell('kubectl scale deployment/NAME -n NAMESPACE --replicas=NUMBER', {byHand: true, note: 'Scale each deployment to the number of pods that it had'})],
  expect: 'all pods ready.',
}

function verify(targets: readonly PlanTarget[]): Step {
  const ledger = targets.some(({product}) => product === 'ledger')
  const auditor = targets.some(({product}) => product === 'auditor')
  return {
    id: 'verify',
    phase: 'verify',
    title: ledger ? 'Validate assets' : 'Look at your data',
    why: auditor ? 'It compares Ledger with Auditor: proof that both are back at the same point.' : 'The last word on a restore is the data itself, read through the servers.',
    commands: [ledger
      ? shell('scalardl validate-ledger --properties client.properties --asset-id ASSET_ID', {byHand: true, note: 'With the properties of a client, for some assets that changed last before the restore point'})
      : shell('rows that changed last before the restore point are there, later ones are not', {byHand: true, note: 'Read through your application, and see that'})],
    expect: ledger ? 'the status OK for every asset.' : 'your data as it was at the restore point.',
  }
}

const startOthers: Step = {
  id: 'start-others',
  phase: 'verify',
  title: 'Start what else was stopped',
  why: 'The servers are up, and the data is what it should be.',
  commands: [shell('all that was stopped or suspended before the servers', {byHand: true, note: 'Start again'})],
}

function newBackup(targets: readonly PlanTarget[]): Step {
  const places = targets.map(({context, namespace, release, product}) => [
    ...context === undefined ? [] : [`context=${escaped(context)}`], `namespace=${escaped(namespace)}`, `release=${escaped(release)}`, `product=${product}`,
  ].join(','))
  return {
    id: 'backup',
    phase: 'finish',
    title: 'Take a new backup',
    why: 'The history of what was restored begins now: it does not reach back to earlier restore points.',
    commands: [places.length > 0 ? command(['kubectl', 'scalardl', 'backup', ...places.flatMap(place => ['--target', place])]) : shell('kubectl scalardl backup -n NAMESPACE')],
    expect: 'a restore point that is consistent.',
  }
}

/** As `--target` reads it. */
const escaped = (value: string): string => value.replaceAll(',', '\\,')

function auditorWarnings(targets: readonly PlanTarget[], time: RestoreTime): string[] {
  const ledgers = targets.filter(({product, config}) => product === 'ledger' && config.auditorEnabled === 'yes')
  if (ledgers.length === 0 || targets.some(({product}) => product === 'auditor')) return []
  return ledgers.map(ledger => `${nameOf(ledger)} has an Auditor that this record does not name: stop it with Ledger, and restore its databases to the same point `
    + `(kubectl scalardl restore-plan --at ${time.rfc3339} --database kind=…), or the two no longer agree`)
}
