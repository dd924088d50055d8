import type {Release} from '../discovery/types.ts'
import type {State} from '../protocol/types.ts'

/** One release in one cluster, and what kubectl needs to reach it. */
export interface ExecTarget {
  readonly release: Pick<Release, 'product' | 'release' | 'namespace' | 'pods' | 'deployments'>
  readonly context?: string
  readonly kubectlFlags: readonly string[]
}

/** What a command is told of the pause in its environment (README, "While everything is paused"). No secret. */
export function windowEnvironment({plan, pausedAt, now}: Pick<State, 'plan' | 'pausedAt' | 'now'>, name: string, targets: readonly ExecTarget[], output: string): Record<string, string> {
  const {wallMs} = pausedAt ?? now
  const at = (ms: number) => new Date(ms).toISOString()
  return {
    SCALARDL_NAME: name,
    SCALARDL_PAUSED_AT: at(wallMs),
    SCALARDL_HOLD_UNTIL: at(wallMs + plan.holdMs),
    SCALARDL_DEADLINE: at(now.wallMs + (plan.command?.timeoutMs ?? 0)),
    SCALARDL_NAMESPACES: [...new Set(targets.map(({release}) => release.namespace))].join(' '),
    SCALARDL_PODS: plan.servers.map(server => server.name).join(' '),
    SCALARDL_TARGETS: JSON.stringify(targets.map(toldOf)),
    SCALARDL_OUTPUT: output,
  }
}

const toldOf = ({release: {product, release, namespace, pods, deployments}, context, kubectlFlags}: ExecTarget) => ({
  product, release, namespace, context, kubectlFlags, deployments: deployments.map(each => each.name), pods: pods.map(each => each.name),
})
