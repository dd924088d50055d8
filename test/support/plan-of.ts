import {buildPlan} from '../../src/plan/build.ts'
import {renderMarkdown} from '../../src/plan/markdown.ts'
import {renderText} from '../../src/plan/text.ts'
import {parseRestoreTime} from '../../src/plan/time.ts'
import {golden} from './golden.ts'
import type {Database, OwnedStorage, SectionInput, Settings} from '../../src/databases/types.ts'
import type {RestorePlan} from '../../src/plan/model.ts'

export const RESTORE_POINT = '2026-11-23T12:44:07Z'

type Given = {readonly settings: Settings; readonly storages?: readonly Partial<OwnedStorage>[]} & Partial<Pick<SectionInput, 'tables' | 'mode' | 'prefix' | 'snapshots'>>

const OWNER: OwnedStorage['owner'] = {product: 'ledger', release: 'my-ledger', namespace: 'ledger'}

/**
 * A plan with the steps of one database alone, without the frame, for the restore point 2026-11-23T12:44:07Z. Storages belong
 * to the Ledger `my-ledger` and keep its namespaces where they do not say otherwise.
 */
export function planOf(database: Database, {settings, storages = [{}], tables, mode = 'same-name', prefix, snapshots = []}: Given): RestorePlan {
  const owned = storages.map(storage => ({owner: OWNER, keeps: ['scalar', 'scalar_*', 'coordinator'], ...storage}))
  return buildPlan({
    version: '0.1.0',
    time: parseRestoreTime(RESTORE_POINT, Infinity),
    record: {name: 'scalardl-20261123t124400z-my-ledger', verdict: 'consistent'},
    consistent: true,
    warnings: [],
    databases: [{database, key: 'only', settings, storages: owned, tables}],
    mode,
    prefix,
    snapshots,
    scaleWith: 'kubectl',
  }, () => ({steps: [], after: [], tools: [], warnings: []}))
}

/** Asserts how a plan reads in text and as Markdown: test/plan/expected/NAME.{txt,md} (test/support/golden.ts). */
export function goldenPlan(name: string, plan: RestorePlan): void {
  golden(`${name}.txt`, `${renderText(plan)}\n`)
  golden(`${name}.md`, `${renderMarkdown(plan)}\n`)
}
