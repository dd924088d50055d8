// Writes the parts of the documents that follow from the code: README's tables of flags and permissions, docs/rbac.yaml, and the
// plans of docs/restore.
// `node scripts/docs.ts --check` changes nothing and exits 1 when something is out of date.
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import Backup from '../src/commands/backup.ts'
import Pause from '../src/commands/pause.ts'
import RestorePlan from '../src/commands/restore-plan.ts'
import Status from '../src/commands/status.ts'
import Unpause from '../src/commands/unpause.ts'
import {kubeFlags} from '../src/cli/flags.ts'
import {permissionsForBackup, permissionsForPrune} from '../src/kube/permissions.ts'
import {roleFor} from '../src/kube/role.ts'
import {renderMarkdown} from '../src/plan/markdown.ts'
import {planOfRecord} from '../src/plan/plan.ts'
import {SAMPLE_RECORDS} from '../test/support/sample-records.ts'
import type {RestorePoint} from '../src/backup/restore-point.ts'
import type {Permission} from '../src/kube/permissions.ts'

const ROOT = join(import.meta.dirname, '..')

interface Flag {
  readonly char?: string
  readonly summary?: string
  readonly helpValue?: string | string[]
  readonly type: 'boolean' | 'option'
  readonly allowNo?: boolean
  readonly options?: readonly string[]
  readonly defaultHelp?: unknown
  readonly default?: unknown
}

/** A table of flags, in the order in which they are declared. */
async function flagTable(flags: Readonly<Record<string, Flag>>): Promise<string> {
  const rows = await Promise.all(Object.entries(flags).map(async ([name, flag]) => `| ${flagName(name, flag)} | ${flag.summary ?? ''}${await defaultOf(flag)} |`))
  return ['| flag | meaning |', '|---|---|', ...rows].join('\n')
}

function flagName(name: string, {char, type, allowNo, options, helpValue}: Flag): string {
  const value = type === 'boolean' ? '' : ` ${options ? options.join('\\|') : String(helpValue ?? '<value>')}`
  return `\`${char ? `-${char}, ` : ''}--${allowNo ? '[no-]' : ''}${name}${value}\``
}

async function defaultOf({defaultHelp, default: value}: Flag): Promise<string> {
  const shown: unknown = typeof defaultHelp === 'function' ? await (defaultHelp as () => Promise<unknown>)() : value
  return typeof shown === 'string' ? ` (default ${shown})` : ''
}

/** One row per resource: verbs, whether the backup stops without them, and what they are for. */
function permissionTable(permissions: readonly Permission[]): string {
  const rows = Map.groupBy(permissions, ({group, resource, subresource, purpose}) => JSON.stringify([group, resource, subresource, purpose]))
  const lines = [...rows.values()].map(([first, ...others]) => {
    if (!first) return ''
    const resource = `${first.resource}${first.subresource ? `/${first.subresource}` : ''}${first.group ? `.${first.group}` : ''}${first.name ? ` \`${first.name}\`` : ''}`
    return `| ${resource} | ${[first, ...others].map(({verb}) => verb).join(', ')} | ${first.optional ? 'no' : 'yes'} | ${first.purpose ?? ''} |`
  })
  return ['| resource | verbs | required | for |', '|---|---|---|---|', ...lines].join('\n')
}

/** Replaces what stands between the markers of this name. */
function between(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name}: written by scripts/docs.ts -->`, `<!-- end of ${name} -->`]
  const [before, rest] = text.split(open)
  const after = rest?.split(close)[1]
  if (before === undefined || after === undefined) throw new Error(`README.md has no markers for ${name}`)
  return `${before}${open}\n${content}\n${close}${after}`
}

const scope = {namespace: 'ledger', recordConfigMap: true, lock: 'auto'} as const
const RBAC = `# What \`kubectl scalardl backup\` needs in the namespace of one release; README.md says what for.
# Ledger and Auditor: once for each namespace, in each cluster.
${roleFor(permissionsForBackup(scope), 'kubectl-scalardl')}---
# Only for who deletes old records: kubectl scalardl restore-points prune. Listing them needs no more than the Role above.
# RBAC cannot tell records from other ConfigMaps of the namespace: the plugin deletes nothing but records, the Role permits more.
${roleFor(permissionsForPrune(scope.namespace), 'kubectl-scalardl-prune')}`

/** What `restore-plan -o markdown` prints for a record, soon after the backup. */
function examplePlan(name: string, record: RestorePoint): [string, string] {
  const soonMs = Date.parse(record.restorePoint ?? '') + 3_600_000
  const request = {databases: [], mode: 'same-name', snapshots: [], insist: false, scaleWith: 'kubectl', values: {}} as const
  return [`docs/restore/plan-${name}.md`, `${renderMarkdown(planOfRecord(record, {...request, version: record.tool.version, nowMs: soonMs}))}\n`]
}

const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
const outputs = new Map([
  ['README.md', between(between(between(between(between(between(between(readme,
    'flags', await flagTable(Backup.flags)),
  'restore-plan flags', await flagTable(RestorePlan.flags)),
  'pause flags', await flagTable(Pause.flags)),
  'status flags', await flagTable(Status.flags)),
  'unpause flags', await flagTable(Unpause.flags)),
  'kubectl flags', await flagTable(kubeFlags)),
  'permissions', permissionTable(permissionsForBackup(scope)))],
  ['docs/rbac.yaml', RBAC],
  ...Object.entries(SAMPLE_RECORDS).map(([name, record]) => examplePlan(name, record())),
])

for (const [name, text] of outputs) {
  const path = join(ROOT, name)
  const old = await readFile(path, 'utf8').catch(() => '')
  if (old === text) continue
  if (process.argv.includes('--check')) {
    process.stderr.write(`${name} is out of date: npm run docs\n`)
    process.exitCode = 1
  } else {
    await writeFile(path, text)
  }
}
