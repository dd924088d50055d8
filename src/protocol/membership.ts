import type {PodSnapshot} from './types.ts'

/** A pod that can execute requests now or may start to: scheduled and not ended. */
const alive = (pod: PodSnapshot) => pod.scheduled && !pod.ended

/**
 * What differs between the pods noted before the pause and the pods now, in words; empty = nothing that matters.
 * Only existence, container and restarts count: neither readiness nor labels nor annotations say anything about a gate.
 */
export function membershipChanges(before: readonly PodSnapshot[], now: readonly PodSnapshot[]): string[] {
  const was = new Map(before.filter(alive).map(pod => [pod.uid, pod]))
  const is = new Map(now.map(pod => [pod.uid, pod]))
  const gone = [...was.values()].filter(pod => !is.has(pod.uid)).map(pod => `pod ${pod.name} was deleted or lost its labels`)
  return [...gone, ...now.filter(alive).flatMap(pod => changeOf(was.get(pod.uid), pod)), ...now.filter(pod => pod.ended && was.has(pod.uid)).map(pod => `pod ${pod.name} ended`)]
}

function changeOf(was: PodSnapshot | undefined, is: PodSnapshot): string[] {
  if (!was) return [`pod ${is.name} joined`]
  if (is.terminating && !was.terminating) return [`pod ${is.name} is being deleted`]
  if (is.restartCount !== was.restartCount || is.containerID !== was.containerID) return [`the container of pod ${is.name} restarted`]
  return []
}
