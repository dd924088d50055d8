import {command, inline, quote, raw, shell} from './shell.ts'
import type {RecordedTarget} from '../backup/restore-point.ts'
import type {Product} from '../discovery/types.ts'
import type {Command, Variant} from './model.ts'

/** What of a recorded target its servers are stopped and started by. */
export type PlanTarget = Pick<RecordedTarget, 'product' | 'release' | 'namespace' | 'context' | 'clusterUID' | 'deployments' | 'hpa' | 'helm' | 'selector' | 'config' | 'pods'>

/** The keys of a product's chart: number of pods, and properties file (helm-charts, values.yaml). */
export const VALUES: Readonly<Record<Product, {readonly count: string; readonly properties: string}>> = {
  ledger: {count: 'ledger.replicaCount', properties: 'ledger.ledgerProperties'},
  auditor: {count: 'auditor.replicaCount', properties: 'auditor.auditorProperties'},
  'scalardb-cluster': {count: 'scalardbCluster.replicaCount', properties: 'scalardbCluster.scalardbClusterNodeProperties'},
  scalardb: {count: 'scalardb.replicaCount', properties: 'scalardb.databaseProperties'},
}

/** Values files by release, where they are given; without one helm goes on with the values that it knows. */
export type ValuesFiles = Readonly<Record<string, string>>

/** Longer than the grace of the pods (90 s at most in the charts) and the start of a server on a node that must come first. */
const STOP_LIMIT_S = 900
const START_LIMIT = '15m'

/** `ledger my-ledger in namespace ledger` */
export const nameOf = ({product, release, namespace}: Pick<PlanTarget, 'product' | 'release' | 'namespace'>): string => `${product} ${release} in namespace ${namespace}`

/** The beginning of every kubectl command for a target. */
export const kubectl = ({context, namespace}: Pick<PlanTarget, 'context' | 'namespace'>, ...words: readonly string[]): string[] =>
  ['kubectl', ...context === undefined ? [] : ['--context', context], '-n', namespace, ...words]

/** All pods of a target go, and are waited for until none is left. */
export function stopCommands(target: PlanTarget, values: ValuesFiles): Command[] {
  const pods = command(kubectl(target, 'get', 'pods', '--selector', target.selector, '-o', 'name'))
  const scale = command(kubectl(target, 'scale', ...target.deployments.map(({name}) => `deployment/${name}`), '--replicas=0'), {changes: true})
  return [
    ...target.deployments.length === 0 ? [stopByHand(target)] : inVariants(target, values, 'Scale in', 0, [scale]),
    shell(`PODS=$(${inline(pods)}) && test -z "$PODS"`, {wait: {everySeconds: 5, limitSeconds: STOP_LIMIT_S, what: `no pod of ${nameOf(target)} is left`}}),
  ]
}

/** As many pods as were recorded, and each waited for until it is ready. */
export function startCommands(target: PlanTarget, values: ValuesFiles): Command[] {
  if (target.deployments.length === 0) return [startByHand(target)]
  const counts = target.deployments.map(({name, replicas}) => command(kubectl(target, 'scale', `deployment/${name}`, `--replicas=${replicas}`), {changes: true}))
  return [
    ...inVariants(target, values, 'Scale out', target.deployments[0]?.replicas ?? 0, counts),
    ...target.deployments.map(({name}) => command(kubectl(target, 'rollout', 'status', `deployment/${name}`, `--timeout=${START_LIMIT}`))),
  ]
}

/** Deployments are recorded where the backup was permitted to list them, and where its pods have any. */
const stopByHand = (target: PlanTarget): Command => shell([
  command(kubectl(target, 'get', 'deployments,statefulsets')), command(kubectl(target, 'scale', 'deployment/NAME', '--replicas=0')),
].map(each => each.shell).join('\n'), {
  byHand: true, note: `The deployments of ${nameOf(target)} are not in the record. Find those of its ${target.pods.length} pods, note the number of pods of each, then scale each to 0`,
})

const startByHand = (target: PlanTarget): Command => shell(command(kubectl(target, 'scale', 'deployment/NAME', `--replicas=${target.pods.length}`)).shell, {
  byHand: true, note: `Scale the deployments of ${nameOf(target)} to the number of pods that each had, ${target.pods.length} in all, and wait until they are ready`,
})

function inVariants(target: PlanTarget, values: ValuesFiles, what: string, count: number, withKubectl: readonly Command[]): Command[] {
  const note = `${what} ${nameOf(target)}`
  if (!target.helm) return withKubectl.map(each => ({...each, note}))
  return [...withKubectl.map(each => ({...each, variant: 'kubectl' as const, note})), {...helmUpgrade(target, values, count), variant: 'helm', note}]
}

/** The release as it is but for its number of pods; the chart's version is pinned, or helm would take the newest. */
export function helmUpgrade(target: PlanTarget, values: ValuesFiles, count: number): Command {
  const {product, release, namespace, context, helm} = target
  const file = values[release]
  return command([
    'helm', 'upgrade', release, `scalar-labs/${helm?.chart ?? ''}`, '-n', namespace, ...context === undefined ? [] : ['--kube-context', context],
    '--version', helm?.chartVersion ?? '', ...file === undefined ? ['--reuse-values'] : ['-f', file], '--set', `${VALUES[product].count}=${count}`,
  ], {changes: true})
}

/** Before anything else: is this the cluster of the record, and does helm know its charts? */
export function clusterCommands(targets: readonly PlanTarget[], scaleWith: Variant): Command[] {
  const contexts = new Map(targets.map(target => [JSON.stringify([target.context, target.clusterUID]), target]))
  const charts = new Map(targets.flatMap(({helm}) => helm && scaleWith === 'helm' ? [[`${helm.chart} ${helm.chartVersion}`, helm] as const] : []))
  return [
    ...[...contexts.values()].map(({context, clusterUID}) => {
      const ask = command(['kubectl', ...context === undefined ? [] : ['--context', context], 'get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'])
      const where = context === undefined ? 'The cluster that kubectl is set to' : `The cluster of context ${context}`
      return clusterUID === undefined ? {...ask, note: `${where}, which answers with its own UID`}
        : shell(`test "$(${inline(ask)})" = ${quote(clusterUID)} && echo ${quote('this is the recorded cluster')}`, {note: where})
    }),
    ...[...charts.values()].flatMap(({chart, chartVersion}) => {
      const show = command(['helm', 'show', 'chart', `scalar-labs/${chart}`, '--version', chartVersion])
      return [
        command(['helm', 'repo', 'add', 'scalar-labs', 'https://scalar-labs.github.io/helm-charts', '--force-update'],
          {variant: 'helm', unless: inline(show), note: 'Let helm know the charts', changes: true}),
        command([...show.argv ?? [], raw('>/dev/null')], {variant: 'helm', note: `The chart ${chart} in the version that is installed`}),
      ]
    }),
  ]
}
