import type {V1ConfigMap, V1Container, V1EnvVar} from '@kubernetes/client-node'

/** What a variable of a container is: its value, or where it lies instead. Secrets are never read. */
export type Variable =
  | {readonly kind: 'value'; readonly value: string}
  | {readonly kind: 'hidden'; readonly where: string}
  | {readonly kind: 'unset'}

/** Looks a variable up as the container would see it. */
export type Environment = (name: string) => Variable

/**
 * The environment of a container, as far as the Pod and ConfigMaps tell it.
 * A name that is nowhere named may still come from a Secret taken in whole (`envFrom`): then it is hidden, not unset.
 */
export function environmentOf(container: V1Container, configMaps: readonly V1ConfigMap[]): Environment {
  const named = new Map((container.env ?? []).map(variable => [variable.name, variable]))
  return name => {
    // Variables that each name another twice would take for ever.
    let looks = 0
    const lookUp = (inner: string, seen: readonly string[]): Variable => {
      const variable = named.get(inner)
      if (!variable || seen.includes(inner)) return fromWhole(inner, container, configMaps)
      if (variable.valueFrom) return fromReference(variable, configMaps)
      if (++looks > MOST_LOOKS) return {kind: 'hidden', where: `variable ${name}, which is made of too many others`}
      return expand(variable.value ?? '', next => lookUp(next, [...seen, inner]))
    }
    return lookUp(name, [])
  }
}

/** No variable is made of more others, however they are nested. */
const MOST_LOOKS = 1000

function fromReference({name, valueFrom}: V1EnvVar, configMaps: readonly V1ConfigMap[]): Variable {
  const secret = valueFrom?.secretKeyRef
  if (secret) return {kind: 'hidden', where: `secret/${secret.name}, key ${secret.key}`}
  const reference = valueFrom?.configMapKeyRef
  const value = reference && configMaps.find(map => map.metadata?.name === reference.name)?.data?.[reference.key]
  if (value !== undefined) return {kind: 'value', value}
  return {kind: 'hidden', where: reference ? `configmap/${reference.name}, key ${reference.key}` : `the pod's variable ${name}`}
}

/** Later sources of `envFrom` go before earlier ones. */
function fromWhole(name: string, container: V1Container, configMaps: readonly V1ConfigMap[]): Variable {
  for (const source of [...(container.envFrom ?? [])].reverse()) {
    const prefix = source.prefix ?? ''
    if (!name.startsWith(prefix)) continue
    const key = name.slice(prefix.length)
    if (source.secretRef) return {kind: 'hidden', where: `secret/${source.secretRef.name}, key ${key}`}
    const map = configMaps.find(each => each.metadata?.name === source.configMapRef?.name)
    if (!map) return {kind: 'hidden', where: `configmap/${source.configMapRef?.name}, key ${key}`}
    const value = map.data?.[key]
    if (value !== undefined) return {kind: 'value', value}
  }
  return {kind: 'unset'}
}

/** Kubernetes' own `$(NAME)`; an unset name stays as it is written. */
function expand(text: string, lookUp: Environment): Variable {
  let hidden: Variable | undefined
  const value = text.replace(/\$\$|\$\(([\w.-]+)\)/g, (whole, name?: string) => {
    if (name === undefined) return '$'
    if (hidden) return ''
    const variable = lookUp(name)
    if (variable.kind === 'hidden') hidden = variable
    return variable.kind === 'value' ? variable.value : whole
  })
  return hidden ?? {kind: 'value', value}
}
