import type {V1Container, V1Pod, V1Service} from '@kubernetes/client-node'
import {APP_LABEL} from './products.ts'

/** The Services of the pod's namespace that lead to it. */
export function servicesOf(pod: V1Pod, services: readonly V1Service[]): V1Service[] {
  const {namespace, labels} = pod.metadata ?? {}
  return services.filter(service => service.metadata?.namespace === namespace && leadsTo(service, labels))
}

/** Names under which clients reach a server: its own Services', and those of the Envoy of the same release. */
export function serviceNamesOf(pod: V1Pod, services: readonly V1Service[]): string[] {
  const envoy = {...pod.metadata?.labels, [APP_LABEL]: 'envoy'}
  return services
    .filter(service => service.metadata?.namespace === pod.metadata?.namespace)
    .filter(service => leadsTo(service, pod.metadata?.labels) || leadsTo(service, envoy))
    .flatMap(service => service.metadata?.name ?? [])
}

function leadsTo(service: V1Service, labels: Record<string, string> = {}): boolean {
  const selector = Object.entries(service.spec?.selector ?? {})
  return selector.length > 0 && selector.every(([key, value]) => labels[key] === value)
}

/** The container port behind a Service port whose name fits; a `targetPort` can be a name in turn. */
export function targetPortOf(
  services: readonly V1Service[], container: V1Container, fits: (name: string) => boolean,
): number | undefined {
  const port = services.flatMap(service => service.spec?.ports ?? []).find(each => fits(each.name ?? ''))
  if (!port) return undefined
  const target: unknown = port.targetPort ?? port.port
  if (typeof target === 'number') return target
  return container.ports?.find(each => each.name === target)?.containerPort ?? (Number(target) || undefined)
}
