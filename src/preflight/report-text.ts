import type {ChalkInstance} from 'chalk'
import type {CheckReport, ReportedDatabase} from './report.ts'

/** The report for people: a line per database and what is to be known of it below; then the clocks. */
export function reportText({databases, unknown, targets, clocks}: CheckReport, colors: ChalkInstance): string {
  const marks = {passed: colors.green('✔'), failed: colors.red('✖'), unverified: colors.yellow('?')}
  const usersOf = ({targets: users}: ReportedDatabase) => users.flatMap(index => targets[index] ? [`${targets[index].namespace}/${targets[index].release}`] : []).join(', ')
  return [
    ...databases.flatMap(database => [`${marks[database.check]} ${database.name}, of ${usersOf(database)}`, ...below(database)]),
    ...unknown.map(text => `${marks.unverified} ${text}`),
    ...clocks.map(({text, unmeasured}) => `${unmeasured === undefined ? marks.passed : marks.unverified} clock of ${text}`),
  ].join('\n')
}

function below({check, summary, findings, byHand, tables}: ReportedDatabase): string[] {
  return [
    check === 'unverified' ? `not verified: ${summary}` : summary,
    ...findings.flatMap(({text, fix}) => [text, ...fix === undefined ? [] : indented(fix)]),
    ...tables === undefined ? [] : [`tables: ${tables.join(', ')}`],
    ...byHand.length > 0 ? ['by hand:', ...byHand.flatMap(indented)] : [],
  ].map(line => `    ${line}`)
}

const indented = (text: string) => text.split('\n').map(line => `  ${line}`)
