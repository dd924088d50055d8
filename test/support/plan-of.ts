import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {buildPlan} from '../../src/plan/build.ts'
import {renderMarkdown} from '../../src/plan/markdown.ts'
import {renderScript} from '../../src/plan/script.ts'
import {renderText} from '../../src/plan/text.ts'
import {parseRestoreTime} from '../../src/plan/time.ts'
import {golden} from './golden.ts'
import {validateBy} from './record-schema.ts'
import type {Database, OwnedStorage, SectionInput, Settings} from '../../src/databases/types.ts'
import type {RestorePlan} from '../../src/plan/model.ts'

export const RESTORE_POINT = '2026-11-23T12:44:07Z'

type Given = {readonly settings: Settings; readonly storages?: readonly Partial<OwnedStorage>[]} & Partial<Pick<SectionInput, 'tables' | 'mode' | 'prefix' | 'snapshots'>>

const OWNER: OwnedStorage['owner'] = {product: 'ledger', release: 'my-ledger', namespace: 'ledger'}

/**
 * A plan with the steps of one database alone, without the frame, for the restore point 2026-11-23T12:44:07Z. Storages belong
 * to the Ledger `my-ledger` and keep its namespaces where they do not say otherwise. Two such databases must get along in one plan.
 */
export function planOf(database: Database, given: Given): RestorePlan {
  const both = planOfAll([database, database], given)
  const [mine, other] = both.databases.map(({id}) => variablesOf(both, id))
  assert.deepEqual(mine?.filter(name => other?.includes(name)), [], 'two databases of one plan share shell variables: variable() in src/plan/shell.ts keeps them apart')
  return planOfAll([database], given)
}

/** The names that a database's commands give values to, one after the other in one shell. */
const variablesOf = ({steps}: RestorePlan, id: string): string[] => steps
  .filter(({database}) => database === id)
  .flatMap(({commands}) => commands.filter(({byHand}) => !byHand).flatMap(({shell}) => /^(?:export )?([A-Za-z_]\w*)=/.exec(shell)?.[1] ?? []))

function planOfAll(databases: readonly Database[], {settings, storages = [{}], tables, mode = 'same-name', prefix, snapshots = []}: Given): RestorePlan {
  const owned = storages.map(storage => ({owner: OWNER, keeps: ['scalar', 'scalar_*', 'coordinator'], ...storage}))
  return buildPlan({
    version: '0.1.0',
    time: parseRestoreTime(RESTORE_POINT, Infinity),
    record: {name: 'scalardl-20261123t124400z-my-ledger', verdict: 'consistent'},
    consistent: true,
    warnings: [],
    databases: databases.map(database => ({database, key: 'only', settings, storages: owned, tables})),
    mode,
    prefix,
    snapshots,
    scaleWith: 'kubectl',
  }, () => ({steps: [], after: [], tools: [], warnings: []}))
}

/**
 * Asserts how a plan reads in text, as Markdown and as a script: test/plan/expected/NAME.{txt,md,sh} (test/support/golden.ts);
 * that bash and shellcheck have nothing to say against the script, and that its JSON is as the published schema says.
 */
export function goldenPlan(name: string, plan: RestorePlan): void {
  golden(`${name}.txt`, `${renderText(plan)}\n`)
  golden(`${name}.md`, `${renderMarkdown(plan)}\n`)
  const script = renderScript(plan)
  golden(`${name}.sh`, withoutLibraries(script))
  validateBy('restore-plan', JSON.parse(JSON.stringify(plan)))
  execFileSync('bash', ['-n'], {input: script})
  execFileSync('shellcheck', ['-'], {input: script, stdio: ['pipe', 'inherit', 'inherit']})
}

/** The functions that every script brings along are tested by themselves, and would be most of each file. */
const withoutLibraries = (script: string): string => script
  .replace(/^# Digest: .*\n/m, '')
  .replace(/^# What every step may use: [^]*?(?=^plan_check_tools\(\) \{$)/m, '(the functions of runtime.sh, and the libraries of the databases)\n\n')
