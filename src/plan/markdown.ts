import {blocksOf} from './blocks.ts'
import {factsByHand, ownersOf, phaseNotes, phaseTitle, titleOf} from './words.ts'
import {PHASES} from './model.ts'
import type {PlannedDatabase, RestorePlan, Step} from './model.ts'

/** A plan as a runbook in Markdown (CommonMark with tables): one heading per step, commands in fences. No final newline. */
export function renderMarkdown(plan: RestorePlan): string {
  return [
    '# Restore plan',
    ...plan.warnings.map(warning => `> **Warning:** ${prose(warning)}`),
    table(['', ''], factsByHand(plan).map(([name, value]) => [name, value])),
    '## Databases',
    ...plan.databases.map(databaseText),
    ...toolsText(plan),
    ...PHASES.flatMap(phase => {
      const steps = plan.steps.filter(step => step.phase === phase)
      return steps.length > 0 ? [`## ${phaseTitle(phase)}`, ...phaseNotes(phase, plan).map(prose), ...steps.flatMap(step => stepParts(step, plan))] : []
    }),
  ].join('\n\n')
}

function databaseText(database: PlannedDatabase): string {
  const {id, title, time, covers, leftOut} = database
  return [
    `- **${prose(id)}**: ${prose(title)}`,
    `  - used by: ${prose(ownersOf(database))}`,
    `  - the time in its commands: ${code(time)}`,
    ...covers.length > 0 ? [`  - brings back: ${prose(covers.join(', '))}`] : [],
    ...leftOut.map(each => `  - leaves out: ${prose(each)}`),
  ].join('\n')
}

const toolsText = ({tools}: RestorePlan): string[] => tools.length === 0 ? []
  : ['## Tools', tools.map(({name, atLeast, why}) => `- ${code(name)}${atLeast ? ` ${prose(atLeast)} or newer` : ''}${why ? `: ${prose(why)}` : ''}`).join('\n')]

function stepParts(step: Step, plan: RestorePlan): string[] {
  return [
    ...step.pointOfNoReturn ? ['> **Point of no return.** Go on only when every step before has shown what it should.'] : [],
    `### ${plan.steps.indexOf(step) + 1}. ${prose(titleOf(step, plan))}`,
    prose(step.why),
    ...step.takes ? [`Takes ${prose(step.takes)}.`] : [],
    ...blocksOf(step, plan.scaleWith).flatMap(({intro, lines}) => [...intro ? [prose(intro)] : [], fence(lines)]),
    ...step.expect ? [`**You should see:** ${prose(step.expect)}`] : [],
    ...step.undo ? [`**To go back:** ${prose(step.undo)}`] : [],
  ]
}

/** Text in which nothing is markup, on one line. */
const prose = (text: string): string => text.replaceAll(/[\\`*<>[\]|]/g, String.raw`\$&`).replaceAll(/\s*\n\s*/g, ' ')

/** A code span whose backticks are more than any inside. */
function code(text: string): string {
  const ticks = '`'.repeat(longest(text) + 1)
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : ''
  return `${ticks}${pad}${text.replaceAll('\n', ' ')}${pad}${ticks}`
}

function fence(lines: readonly string[]): string {
  const ticks = '`'.repeat(Math.max(3, longest(lines.join('\n')) + 1))
  return [`${ticks}bash`, ...lines, ticks].join('\n')
}

const longest = (text: string): number => Math.max(0, ...(text.match(/`+/g) ?? []).map(({length}) => length))

const table = (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string =>
  [head, head.map(() => '---'), ...rows.map(row => row.map(prose))].map(cells => `| ${cells.join(' | ')} |`).join('\n')
