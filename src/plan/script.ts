import {createHash} from 'node:crypto'
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {SIDE_BY_SIDE} from './model.ts'
import {isLook, namesIn} from './looks.ts'
import {hasHereDocument, quote} from './shell.ts'
import {howToGet} from './tools.ts'
import {facts, ownersOf, titleOf} from './words.ts'
import type {Command, RestorePlan, Step} from './model.ts'

/**
 * A plan as one bash script that carries it out: it goes on where the databases stand when it is run again, and asks before
 * the point of no return. Its functions are in runtime.sh and runner.sh. Final newline included.
 */
export function renderScript(plan: RestorePlan): string {
  const steps = plan.steps.filter(({phase}) => phase !== 'finish')
  const libraries = [...new Set(plan.databases.flatMap(({library}) => library ?? []))]
  const texts = (values: readonly string[]) => `(${values.map(quoted).join(' ')})`
  return [
    ...header(plan),
    '',
    'case ${BASH_VERSION:-0} in',
    '  [0-3] | [0-3].* | 4.[0-3].*)',
    "    echo 'this script needs bash 4.4 or newer: start it with bash, on macOS that of brew install bash' >&2",
    '    exit 1',
    '    ;;',
    'esac',
    'set -Eeuo pipefail',
    'shopt -s inherit_errexit',
    "export AWS_PAGER=''",
    '',
    `PLAN=${quoted(plan.metadata.name)}`,
    `RESTORE_POINT=${quoted(plan.restorePoint.rfc3339)}`,
    `PLAN_WARNINGS=${texts(plan.warnings)}`,
    `PLAN_IDS=${texts(steps.map(({id}) => id))}`,
    `PLAN_PHASES=${texts(steps.map(({phase}) => phase))}`,
    `PLAN_TITLES=${texts(steps.map(step => titleOf(step, plan)))}`,
    `PLAN_UNDO=${texts(steps.map(({undo = ''}) => undo))}`,
    `PLAN_DATABASES=${texts(steps.map(({database = ''}) => database))}`,
    `PLAN_ASKS=${texts(steps.map(step => actsOf(step, plan).some(({byHand}) => byHand) ? 'yes' : ''))}`,
    `PLAN_BESIDE=${texts(SIDE_BY_SIDE)}`,
    `PLAN_LOOKS=${texts(steps.map(step => actsOf(step, plan).some(isLook) ? 'yes' : ''))}`,
    `PLAN_NO_RETURN=${texts(steps.map(({pointOfNoReturn}) => pointOfNoReturn ? 'yes' : ''))}`,
    `PLAN_NAMES=${texts([...new Set(steps.flatMap(step => actsOf(step, plan).filter(isLook).flatMap(namesIn)))])}`,
    `PLAN_LATER=${quoted(laterText(plan))}`,
    '',
    libraryText('runtime.sh').trimEnd(),
    '',
    libraryText('runner.sh').trimEnd(),
    ...libraries.flatMap(name => ['', `# ${name}: what this database needs beside`, libraryText(name).trimEnd()]),
    '',
    'plan_check_tools() {',
    ...plan.tools.map(({name, atLeast = '', why}) => `  plan_need ${quoted(name)} ${quoted(atLeast)} ${quoted(why ?? howToGet(name))}`),
    '  true',
    '}',
    ...steps.flatMap((step, i) => ['', ...stepFunction(step, i + 1, plan)]),
    '',
    'plan_main "$@"',
    'exit',
    '',
  ].join('\n')
}

function header(plan: RestorePlan): string[] {
  const digest = createHash('sha256').update(JSON.stringify(plan)).digest('hex')
  const lines = [
    'Restores databases of ScalarDL or ScalarDB to one restore point.',
    '',
    ...facts(plan).map(([name, value]) => `${name}: ${value}`),
    `Digest: sha256 ${digest} of the plan as JSON`,
    ...plan.databases.map(database => `Database: ${database.id}, ${database.title}, used by ${ownersOf(database)}`),
    ...plan.warnings.map(warning => `WARNING: ${warning}`),
    '',
    'It stops at the first failure, and goes on where the databases stand when it is run again.',
    'See what it would do: --dry-run. All arguments: --help. Start it within tmux or screen: restores last for hours.',
  ]
  return [
    '#!/usr/bin/env bash',
    ...lines.map(comment),
    '#',
    '# Functions and variables may have their only user in a step that this plan does not have; commands are shown as they are.',
    '# shellcheck disable=SC1003,SC2016,SC2034,SC2317,SC2329',
  ]
}

/** One line, whatever is in the text: nothing of it can end the comment. */
const comment = (text: string): string => `# ${text.replaceAll(/\s+/g, ' ')}`.trimEnd()

/** In quotes even where nothing is special, as data is. */
const quoted = (text: string): string => quote(text).startsWith("'") ? quote(text) : `'${text}'`

const actsOf = ({commands, script}: Step, {scaleWith}: RestorePlan): readonly Command[] =>
  script ? [] : commands.filter(({variant}) => variant === undefined || variant === scaleWith)

function stepFunction(step: Step, number: number, plan: RestorePlan): string[] {
  const acts = actsOf(step, plan)
  const lines = step.script ? step.script.flatMap(line => indented(line, 2))
    : acts.some(isLook) ? besideLooks(acts, step) : acts.flatMap(each => commandLines(each, step, 2))
  return [comment(`${number}. ${titleOf(step, plan)}`), `step_${number}() {`, ...lines.length > 0 ? lines : ['  true'], '}']
}

/** What is done stands in conditions of its own, between what is looked up every time. */
function besideLooks(commands: readonly Command[], step: Step): string[] {
  const lines: string[] = []
  let open = false
  for (const command of commands) {
    if (isLook(command) === open) {
      lines.push(open ? '  fi' : '  if plan_acts; then')
      open = !open
    }
    lines.push(...commandLines(command, step, open ? 4 : 2))
  }
  return open ? [...lines, '  fi'] : lines
}

function commandLines(command: Command, step: Step, by: number): string[] {
  const {note, byHand, unless, shell} = command
  const margin = ' '.repeat(by)
  if (byHand) return [`${margin}by_hand ${quoted(step.id)} ${quoted(note ? `${note}:\n${shell}` : shell)}`]
  if (unless === undefined) return [...saying(note, by), ...actLines(command, by)]
  return [
    `${margin}if {`,
    ...indented(unless, by + 2),
    `${margin}} >/dev/null 2>&1; then`,
    `${margin}  plan_skip ${quoted(note ?? step.title)}`,
    `${margin}else`,
    ...saying(note, by + 2),
    ...actLines(command, by + 2),
    `${margin}fi`,
  ]
}

const saying = (note: string | undefined, by: number): string[] => note ? [`${' '.repeat(by)}say ${quoted(note)}`] : []

function actLines({argv, shell, wait}: Command, by: number): string[] {
  const margin = ' '.repeat(by)
  if (wait) {
    const call = `${margin}wait_until ${wait.everySeconds} ${wait.limitSeconds} ${quoted(wait.what)}`
    return argv ? indented(`${call.trimStart()} ${shell}`, by) : [`${margin}look() {`, ...indented(shell, by + 2), `${margin}}`, `${call} look`]
  }
  if (argv) return indented(`run ${shell}`, by)
  return [...indented(shell, by), ...shell.includes('&&') ? [`${margin}plan_held $? ${quoted(shell)}`] : []]
}

/** Moves text to the right, where that changes nothing in it: not within quotes over several lines, nor here-documents. */
function indented(text: string, by: number): string[] {
  const lines = text.split('\n')
  return hasHereDocument(text) || hasQuotedNewline(text) ? lines : lines.map(line => line && `${' '.repeat(by)}${line}`)
}

function hasQuotedNewline(text: string): boolean {
  let open = ''
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (char === '\\' && open !== "'") i++
    else if (char === open) open = ''
    else if (!open && (char === "'" || char === '"')) open = char
    else if (open && char === '\n') return true
  }
  return false
}

/** What to do when the restored databases have been accepted: printed at the end. */
function laterText(plan: RestorePlan): string {
  const steps = plan.steps.filter(({phase}) => phase === 'finish')
  return ['When all is well:', ...steps.flatMap(step => ['', `${titleOf(step, plan)}. ${step.why}`, ...step.commands.flatMap(({shell}) => shell.split('\n').map(line => `  ${line}`))])].join('\n')
}

/** A bash file beside this one, as in the bundle, or in a database's folder. */
function libraryText(name: string): string {
  const databases = join(import.meta.dirname, '../databases')
  const beside = join(import.meta.dirname, name)
  if (existsSync(beside)) return readFileSync(beside, 'utf8')
  const folder = readdirSync(databases).find(each => existsSync(join(databases, each, name)))
  if (!folder) throw new Error(`no library ${name}`)
  return readFileSync(join(databases, folder, name), 'utf8')
}
