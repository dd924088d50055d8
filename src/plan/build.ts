import {createHash} from 'node:crypto'
import {PHASES, PLAN_API_VERSION, PLAN_KIND} from './model.ts'
import {runIdOf} from './time.ts'
import type {FoundDatabase, PlanMode, Section} from '../databases/types.ts'
import type {Phase, PlannedDatabase, RestorePlan, RestoreTime, Step, Tool, Variant} from './model.ts'

/** A database to restore, with the tables that belong to the restore point, where they are known. */
export interface DatabaseToRestore extends FoundDatabase {
  readonly tables?: readonly string[]
}

/** What a plan is computed from; nothing else goes into it. */
export interface PlanInput {
  readonly version: string
  readonly time: RestoreTime
  readonly record?: RestorePlan['record']
  readonly consistent: boolean
  readonly warnings: readonly string[]
  readonly databases: readonly DatabaseToRestore[]
  readonly mode: PlanMode
  readonly prefix?: string
  readonly snapshots: ReadonlyArray<{readonly name: string; readonly identifier: string}>
  readonly scaleWith: Variant
}

/** What one database contributes, under the id that it has in this plan. */
export interface PlannedSection {
  readonly id: string
  readonly database: DatabaseToRestore
  readonly section: Section
}

/** The steps around those of the databases. `after`: within their phase they come behind the databases'. */
export interface Frame {
  readonly steps: readonly Step[]
  readonly after: readonly Step[]
  readonly tools: readonly Tool[]
  readonly warnings: readonly string[]
}

/**
 * The whole plan: the databases' sections, and the frame around them.
 * @throws CliError (usage) when a database needs a setting that is missing or not legal
 */
export function buildPlan(input: PlanInput, frameOf: (sections: readonly PlannedSection[]) => Frame): RestorePlan {
  const runId = runIdOf(input.time)
  const made = sectionsOf(input, runId)
  const sections = input.mode === 'copy-only' ? made.map(rehearsal) : made
  const frame = frameOf(sections)
  const steps = [...frame.steps, ...sections.flatMap(({section}) => section.steps), ...frame.after]
  return {
    apiVersion: PLAN_API_VERSION,
    kind: PLAN_KIND,
    metadata: {name: nameOf(input, runId)},
    tool: {name: 'kubectl-scalardl', version: input.version},
    restorePoint: input.time,
    ...input.record && {record: input.record},
    consistent: input.consistent,
    warnings: [...input.warnings, ...frame.warnings, ...sections.flatMap(({section}) => section.warnings)],
    runId,
    mode: input.mode,
    scaleWith: input.scaleWith,
    databases: sections.map(each => planned(each, input.time)),
    tools: mergeTools([...frame.tools, ...sections.flatMap(({section}) => section.tools)]),
    steps: PHASES.flatMap(phase => steps.filter(step => step.phase === phase)),
  }
}

function sectionsOf({databases, time, mode, prefix, snapshots}: PlanInput, runId: string): PlannedSection[] {
  const taken = new Map<string, number>()
  return databases.map(found => {
    const {database: {kind}, settings, storages, tables} = found
    const nth = (taken.get(kind) ?? 0) + 1
    taken.set(kind, nth)
    const id = nth === 1 ? kind : `${kind}-${nth}`
    return {id, database: found, section: found.database.plan({id, time, runId, settings, storages, tables, mode, prefix, snapshots})}
  })
}

const REHEARSED: readonly Phase[] = ['prepare', 'check', 'capture', 'copy', 'verify-copy', 'finish']

/** Whatever a database takes for a rehearsal: nothing that exists is changed in one. */
function rehearsal({id, database, section}: PlannedSection): PlannedSection {
  const steps = section.steps.filter(({phase, destructive}) => REHEARSED.includes(phase) && (phase === 'finish' || !destructive))
  const inPlace = !steps.some(({phase}) => phase === 'copy')
  const warnings = inPlace ? [...section.warnings, `${database.database.name(database.settings)}: it is restored in place, so there is no copy to rehearse with`] : section.warnings
  return {id, database, section: {...section, steps, warnings, properties: []}}
}

function planned({id, database: {database, settings, storages}, section}: PlannedSection, time: RestoreTime): PlannedDatabase {
  const owners = new Map(storages.map(({owner: {product, release, namespace}}) => [JSON.stringify([product, release, namespace]), {product, release, namespace}]))
  return {
    id,
    kind: database.kind,
    title: database.name(settings),
    owners: [...owners.values()],
    time: database.time(time),
    covers: section.covers,
    leftOut: section.leftOut,
    ...section.library && {library: section.library},
  }
}

/** The same restore point, databases and mode are the same plan, whatever version of this plugin prints it. */
function nameOf({databases, mode, prefix}: PlanInput, runId: string): string {
  const what = JSON.stringify([mode, prefix ?? '', ...databases.map(({database, key}) => `${database.kind} ${key}`).toSorted()])
  return `${runId}-${createHash('sha256').update(what).digest('hex').slice(0, 8)}`
}

/** Each program once, with the highest of the least versions. */
function mergeTools(tools: readonly Tool[]): Tool[] {
  const merged = new Map<string, Tool>()
  for (const tool of tools) {
    const known = merged.get(tool.name)
    if (!known || isNewer(tool.atLeast, known.atLeast)) merged.set(tool.name, {...known, ...tool})
  }
  return [...merged.values()]
}

const isNewer = (one = '', other = ''): boolean => one !== '' && (other === '' || one.localeCompare(other, 'en', {numeric: true}) > 0)
