/** Draws the state diagram of docs/protocol.md from the core's rules: `node scripts/diagram.ts`. */
import {readFileSync, writeFileSync} from 'node:fs'
import {argv} from 'node:process'
import {fileURLToPath} from 'node:url'
import {BEFORE_PAUSE, PAUSED, RULES} from '../src/protocol/machine.ts'
import type {Rule} from '../src/protocol/machine.ts'
import type {Phase} from '../src/protocol/types.ts'

const GROUPS: ReadonlyArray<{readonly name: string; readonly phases: readonly Phase[]}> = [
  {name: 'before the pause', phases: BEFORE_PAUSE},
  {name: 'paused', phases: PAUSED},
]
const BEGIN = '<!-- begin: drawn from the rules by scripts/diagram.ts -->'
const END = '<!-- end -->'

/** A Mermaid diagram of the rules; what holds for a whole group of phases is one arrow. */
export function diagram(rules: readonly Rule[]): string {
  const arrows = rules.flatMap(rule => origins(rule.from).map(from => ({from, rule})))
  const inside = (phases: readonly Phase[]) => arrows.filter(({from, rule}) => phases.some(phase => phase === from) && phases.includes(rule.to))
  const groups = GROUPS.map(group => ({name: group.name, arrows: inside(group.phases)}))
  const outside = arrows.filter(arrow => !groups.some(group => group.arrows.includes(arrow)))
  return [
    'stateDiagram-v2',
    '  [*] --> locking',
    ...groups.flatMap(group => [`  state "${group.name}" as ${id(group.name)} {`, ...group.arrows.map(arrow => `    ${line(arrow)}`), '  }']),
    ...outside.map(arrow => `  ${line(arrow)}`),
    '  ended --> [*]',
  ].join('\n')
}

/** The document with its diagram drawn anew. @throws Error if it has no place for one */
export function withDiagram(text: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`no place for the diagram: ${BEGIN} … ${END}`)
  return `${text.slice(0, begin + BEGIN.length)}\n\`\`\`mermaid\n${diagram(RULES)}\n\`\`\`\n${text.slice(end)}`
}

/** The groups that a rule leaves as a whole, and the other phases one by one. */
function origins(from: readonly Phase[]): string[] {
  const groups = GROUPS.filter(group => group.phases.every(phase => from.includes(phase)))
  return [...groups.map(group => group.name), ...from.filter(phase => !groups.some(group => group.phases.includes(phase)))]
}

const line = ({from, rule}: {from: string; rule: Rule}) => `${id(from)} --> ${id(rule.to)}: ${rule.step} ${rule.why}`

const id = (name: string) => name.replaceAll(' ', '_')

if (argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL('../docs/protocol.md', import.meta.url))
  writeFileSync(path, withDiagram(readFileSync(path, 'utf8')))
}
