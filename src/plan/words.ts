import {SIDE_BY_SIDE} from './model.ts'
import type {Phase, PlannedDatabase, RestorePlan, Step} from './model.ts'

/** What the renderings have in common: the facts at the top, and how a step is called. */

/** `2 h`, `90 s`: a time to wait for. */
export function spell(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`
  return seconds % 60 === 0 && seconds > 60 ? `${seconds / 60} min` : `${seconds} s`
}

/** Name and value of what every rendering says first. */
export function facts(plan: RestorePlan): ReadonlyArray<readonly [string, string]> {
  const {restorePoint, record, tool, mode} = plan
  const window = record?.window
  return [
    ['Restore point', `${restorePoint.rfc3339} (${restorePoint.epochSeconds} seconds since 1970)`],
    ['Record', record ? `${record.name}, ${record.verdict}` : 'none: the time was given by hand'],
    ...window?.pausedAt && window.unpausedAt ? [['Paused', `from ${window.pausedAt} to ${window.unpausedAt}`] as const] : [],
    ['Mode', MODES[mode]],
    ['Plan', `${plan.metadata.name}, computed by ${tool.name} ${tool.version}; nothing was run`],
  ]
}

/** The same for who goes through the steps by hand; a script brings its own shell. */
export const factsByHand = (plan: RestorePlan): ReadonlyArray<readonly [string, string]> =>
  [...facts(plan), ['Shell', 'bash, and the same one throughout: steps use names that earlier steps have looked up']]

const MODES: Readonly<Record<RestorePlan['mode'], string>> = {
  'same-name': 'back under the old names; a new account or server where a database allows nothing else',
  'copy-only': 'a rehearsal: copies only, nothing existing is changed',
  prefix: 'beside what exists, under a prefix',
}

/** `ledger my-ledger in namespace ledger` */
export const ownersOf = ({owners}: PlannedDatabase): string =>
  owners.map(({product, release, namespace}) => `${product} ${release} in namespace ${namespace}`).join(', ') || 'no release named'

/** A step's title; with several databases it says which one. */
export function titleOf(step: Step, plan: RestorePlan): string {
  const database = plan.databases.length > 1 ? plan.databases.find(({id}) => id === step.database) : undefined
  return database ? `${step.title} (${database.id})` : step.title
}

/** `Check`, `Scale in` */
export const phaseTitle = (phase: string): string => phase.charAt(0).toUpperCase() + phase.slice(1).replaceAll('-', ' ')

/** What a reader has to know of a phase, beside its steps. */
export function phaseNotes(phase: Phase, {steps}: RestorePlan): string[] {
  const databases = new Set(steps.filter(step => step.phase === phase).map(({database}) => database))
  return SIDE_BY_SIDE.includes(phase) && databases.size > 1
    ? ['No database waits for another here: go through their steps side by side, in several terminals. Names that were looked up have to be looked up in each.'] : []
}

/** What asks again and again says so to a reader, who is the loop. */
export const waitText = ({everySeconds, limitSeconds, what}: {everySeconds: number; limitSeconds: number; what: string}): string =>
  `Again every ${spell(everySeconds)} until it succeeds, for up to ${spell(limitSeconds)}: ${what}`
