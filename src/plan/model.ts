import type {PlanMode} from '../databases/types.ts'
import type {Product} from '../discovery/types.ts'

export const PLAN_API_VERSION = 'scalardl.scalar-labs.com/v1alpha1'
export const PLAN_KIND = 'RestorePlan'

/** The instant to restore to: a whole UTC second (docs/protocol.md). Each database writes it in its own dialect. */
export interface RestoreTime {
  readonly epochSeconds: number
  /** RFC 3339 with `Z`: `2026-11-23T12:44:07Z`. */
  readonly rfc3339: string
}

/**
 * Everything that brings every database of one restore point back to it, computed from a record alone; nothing was run.
 * `-o json|yaml` prints it as it is (schema/restore-plan.schema.json); text, Markdown and script are renderings of it.
 */
export interface RestorePlan {
  readonly apiVersion: typeof PLAN_API_VERSION
  readonly kind: typeof PLAN_KIND
  readonly metadata: {readonly name: string}
  readonly tool: {readonly name: 'kubectl-scalardl'; readonly version: string}
  readonly restorePoint: RestoreTime
  /** The record it was computed from; absent with `--at`. */
  readonly record?: {readonly name: string; readonly verdict: string; readonly window?: {readonly pausedAt?: string; readonly unpausedAt?: string}}
  /** False when the restore point is not known to be consistent; the first lines of every rendering say so. */
  readonly consistent: boolean
  /** What a reader must know before the first step, the gravest first. */
  readonly warnings: readonly string[]
  /** Names its tables, copies and backups: `r20261123t124407z`. */
  readonly runId: string
  readonly mode: PlanMode
  /** Where a step has commands of both variants, the script runs these. */
  readonly scaleWith: Variant
  readonly databases: readonly PlannedDatabase[]
  /** Programs that the commands need. */
  readonly tools: readonly Tool[]
  /** In the order in which they are done: by phase, within a phase by database. */
  readonly steps: readonly Step[]
}

/** One database of the plan, restored once even when several products use it. */
export interface PlannedDatabase {
  /** Unique in the plan, legal in shell names and file names: `dynamodb`, `dynamodb-2`. Steps refer to it. */
  readonly id: string
  readonly kind: string
  /** For people: `Amazon DynamoDB in eu-west-1`. */
  readonly title: string
  readonly owners: ReadonlyArray<{readonly product: Product; readonly release: string; readonly namespace: string}>
  /** The restore point in its dialect, as its commands take it. */
  readonly time: string
  /** Tables, databases or namespaces that are brought back, and what is left out and why. */
  readonly covers: readonly string[]
  readonly leftOut: readonly string[]
  /** File name of the bash library that the `script` lines of its steps call. */
  readonly library?: string
}

export interface Tool {
  /** The command: `aws`, `az`, `jq`. */
  readonly name: string
  /** The least version, where one matters: `2.52.0`. */
  readonly atLeast?: string
  /** Why that version, or where to get it. */
  readonly why?: string
}

/**
 * The order of every plan. Before `replace` nothing that exists is changed but the number of pods. `finish` is for later, when
 * the restored databases have been accepted: the script prints its commands and runs none of them.
 */
export const PHASES = [
  'prepare', 'check', 'capture', 'scale-in', 'copy', 'verify-copy', 'safety',
  'replace', 'settings', 'repair', 'configure', 'scale-out', 'verify', 'finish',
] as const
export type Phase = (typeof PHASES)[number]

/** Take long, and need nothing of another database: the script goes through these for all databases at once. */
export const SIDE_BY_SIDE: readonly Phase[] = ['copy', 'safety', 'replace']

export interface Step {
  /** Unique in the plan: `dynamodb.copy`, `scale-in`. */
  readonly id: string
  readonly phase: Phase
  /** The id of its database; absent for steps that concern all. */
  readonly database?: string
  /** What is done, as an order: `Copy every table at the restore point`. */
  readonly title: string
  readonly why: string
  readonly commands: readonly Command[]
  /** What the reader should see, in one or two sentences. */
  readonly expect?: string
  /** How to go back from here. */
  readonly undo?: string
  /** Something existing is deleted, overwritten or stopped. */
  readonly destructive?: boolean
  /** The first destructive step that cannot simply be undone; renderings ask, and mark it. At most one per database. */
  readonly pointOfNoReturn?: boolean
  /** Range with its source, never a promise: `minutes to about an hour (AWS)`. */
  readonly takes?: string
  /**
   * Bash lines that do the step in the script, instead of `commands` one after the other; they call functions of the
   * database's library. They must be safe to run again at any point: look first, then act.
   */
  readonly script?: readonly string[]
}

/** Which of two ways to scale: with the release's values file, or without. */
export type Variant = 'helm' | 'kubectl'

export interface Command {
  /** The words, where it is one plain command; absent for pipelines, assignments and loops. */
  readonly argv?: readonly string[]
  /** The same as shell text, every name quoted; one command, possibly on several lines. */
  readonly shell: string
  /** What it is for, when a step has several. */
  readonly note?: string
  /** The kubectl and the helm variant of one thing stand side by side; the script runs those of the chosen variant. */
  readonly variant?: Variant
  /** Shell condition: true when its effect is there already, so that it is left out when the script is run again. */
  readonly unless?: string
  /** Asked again until it succeeds (exit code 0): for what takes its time. */
  readonly wait?: {readonly everySeconds: number; readonly limitSeconds: number; readonly what: string}
  /** For a person to do or to decide, e.g. in a file of theirs: the script shows `shell` and asks whether it is done. */
  readonly byHand?: boolean
  /** Something is changed; dry runs and readers care. */
  readonly changes?: boolean
}

/** A property of the products that is another after the restore. Secrets are named by where to get them. */
export interface PropertyChange {
  readonly key: string
  /** Its new value, word for word, where it is known now. */
  readonly value?: string
  /** Else shell text whose output is the value, every name in it quoted: `az cosmosdb show … -o tsv`. */
  readonly from?: string
  /** The value is never printed: it goes from `from` into a Kubernetes Secret. */
  readonly secret?: boolean
}
