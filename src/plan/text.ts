import {Chalk} from 'chalk'
import type {ChalkInstance} from 'chalk'
import {blocksOf} from './blocks.ts'
import {factsByHand, ownersOf, phaseNotes, phaseTitle, titleOf} from './words.ts'
import {hasHereDocument} from './shell.ts'
import {PHASES} from './model.ts'
import type {Phase, PlannedDatabase, RestorePlan, Step} from './model.ts'

const WIDTH = 80
const PLAIN = new Chalk({level: 0})

/** A plan for a terminal: prose in 80 columns, commands on lines of their own, to be copied. No final newline. */
export function renderText(plan: RestorePlan, colors: ChalkInstance = PLAIN): string {
  return [
    colors.bold('Restore plan'),
    '',
    ...factsByHand(plan).flatMap(([name, value]) => entry(name, value)),
    ...plan.warnings.flatMap(warning => ['', ...wrap(warning, 9).map((line, i) => colors.yellow(`${i ? '         ' : 'WARNING  '}${line}`))]),
    '',
    colors.bold('Databases'),
    ...plan.databases.flatMap(databaseLines),
    ...toolLines(plan, colors),
    ...PHASES.flatMap(phase => phaseLines(phase, plan, colors)),
  ].join('\n')
}

const entry = (name: string, value: string): string[] => wrap(value, 16).map((line, i) => `${(i ? '' : name).padEnd(16)}${line}`)

function databaseLines(database: PlannedDatabase): string[] {
  const {id, title, time, covers, leftOut} = database
  return [
    '',
    `  ${id}: ${title}`,
    ...detail('used by', ownersOf(database)),
    ...detail('the time in its commands', time),
    ...covers.length > 0 ? detail('brings back', covers.join(', ')) : [],
    ...leftOut.flatMap(each => detail('leaves out', each)),
  ]
}

const detail = (name: string, value: string): string[] => wrap(`${name}: ${value}`, 6).map((line, i) => `${i ? '      ' : '    '}${line}`)

function toolLines({tools}: RestorePlan, colors: ChalkInstance): string[] {
  if (tools.length === 0) return []
  const lines = tools.map(({name, atLeast, why}) => `${name}${atLeast ? ` ${atLeast} or newer` : ''}${why ? `: ${why}` : ''}`)
  return ['', colors.bold('Tools'), ...lines.flatMap(line => wrap(line, 4).map((part, i) => `${i ? '    ' : '  '}${part}`))]
}

function phaseLines(phase: Phase, plan: RestorePlan, colors: ChalkInstance): string[] {
  const steps = plan.steps.filter(step => step.phase === phase)
  if (steps.length === 0) return []
  const heading = `== ${phaseTitle(phase)} `
  const notes = phaseNotes(phase, plan).flatMap(note => ['', ...wrap(note, 4).map(line => `    ${line}`)])
  return ['', colors.bold(heading.padEnd(WIDTH, '=')), ...notes, ...steps.flatMap(step => stepLines(step, plan, colors))]
}

function stepLines(step: Step, plan: RestorePlan, colors: ChalkInstance): string[] {
  const number = `${plan.steps.indexOf(step) + 1}.`
  const prose = (text: string) => wrap(text, 4).map(line => `    ${line}`)
  return [
    ...step.pointOfNoReturn ? ['', colors.red.bold(`${'*'.repeat(20)} POINT OF NO RETURN ${'*'.repeat(40)}`)] : [],
    '',
    ...wrap(titleOf(step, plan), 4).map((line, i) => colors.bold(`${(i ? '' : number).padEnd(4)}${line}`)),
    ...prose(step.why),
    ...step.takes ? prose(`Takes ${step.takes}.`) : [],
    ...blocksOf(step, plan.scaleWith).flatMap(({intro, lines}) => [
      ...intro ? ['', ...prose(intro)] : [], '', ...lines.map(line => line && colors.cyan(`${marginOf(lines)}${line}`)),
    ]),
    ...step.expect ? ['', ...prose(`You should see: ${step.expect}`)] : [],
    ...step.undo ? ['', ...prose(`To go back: ${step.undo}`)] : [],
  ]
}

/** A here-document ends only at a line without a margin: what is copied must work. */
const marginOf = (lines: readonly string[]): string => lines.some(hasHereDocument) ? '' : '      '

/** Lines that fit beside a margin; a word longer than a line stays whole, so that it can be copied. */
function wrap(text: string, margin: number): string[] {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(' ')) {
      if (line && `${line} ${word}`.length > WIDTH - margin) {
        lines.push(line)
        line = word
      } else line = line ? `${line} ${word}` : word
    }
    lines.push(line)
  }
  return lines
}
