import {shell} from '../../plan/shell.ts'
import type {Command, Step} from '../../plan/model.ts'
import {ask, azText, query} from '../azure/az.ts'
import {into} from '../azure/notes.ts'
import {EACH_CONTAINER, inSource, sourceOf} from './names.ts'
import type {Names} from './names.ts'
import {notMetadata} from './restore-steps.ts'

/** Notes for the way what the old account says, as long as it exists. */
export function capture(names: Names): Step {
  const {settings, source, live, file} = names
  const save = (name: string, text: string, note: string): Command =>
    shell(into(file(name), text), {note, unless: `[ -z "$${live}" ] || [ -s ${file(name)} ]`})
  const list = (name: string, words: Parameters<typeof azText>[1], note: string) => save(name, azText(settings, [...words, '-o', 'json']), note)
  const id = names.variable('source_id')
  return names.step({
    id: 'capture', phase: 'capture', title: `Note how ${source} is set up`,
    why: 'A restore does not bring back throughput, networks, access, tags, locks, diagnostic settings and stored procedures; they are put back from these notes.',
    commands: [
      list('source.json', ['cosmosdb', 'show', ...sourceOf(names)], 'The account itself'),
      shell(`${id}=$([ ! -s ${file('source.json')} ] || jq -r .id ${file('source.json')})`),
      save('throughput', throughput(names), 'The throughput of each database'),
      list('role-definitions.json', ['cosmosdb', 'sql', 'role', 'definition', 'list', ...inSource(names)], 'Its own roles for data'),
      list('role-assignments.json', ['cosmosdb', 'sql', 'role', 'assignment', 'list', ...inSource(names)], 'Who has them'),
      list('access.json', ['role', 'assignment', 'list', '--scope', {raw: `"$${id}"`}], 'Who may manage the account'),
      list('diagnostics.json', ['monitor', 'diagnostic-settings', 'list', '--resource', {raw: `"$${id}"`}], 'Diagnostic settings'),
      list('locks.json', ['lock', 'list', '--resource', {raw: `"$${id}"`}], 'Locks'),
      save('mutate.js', procedure(names), "ScalarDB's stored procedure"),
    ],
    expect: `Files in ${file('').slice(1, -2)}. An account that was deleted cannot be asked: then the steps that use them are left out, and you set these things by hand.`,
  })
}

/** Lines such as `scalar --throughput 400`. Databases without a throughput of their own, and serverless accounts, have none. */
function throughput(names: Names): string {
  const {settings, file} = names
  const databases = azText(settings, ['cosmosdb', 'sql', 'database', 'list', ...inSource(names), '--query', query('[].name'), '-o', 'tsv'])
  const show = azText(settings, ['cosmosdb', 'sql', 'database', 'throughput', 'show', ...inSource(names), '-n', {raw: '"$database"'}, '-o', 'json'])
  const error = file('throughput.error')
  return [
    `${databases} \\`,
    '  | while IFS= read -r database; do',
    `    ${show} 2>${error} </dev/null \\`,
    `      || { grep -Eiq 'NotFound|serverless' ${error} && echo '{}'; } || { cat ${error} >&2; exit 1; }`,
    `  done | jq -r '.id as $id | .resource | select(.) | ($id | split("/")[-3]) + (if .autoscaleSettings then " --max-throughput \\(.autoscaleSettings.maxThroughput)" else " --throughput \\(.throughput)" end)'`,
  ].join('\n')
}

/** Of the first container that has it: others may be of other applications, or dropped since. */
function procedure(names: Names): string {
  const {settings, metadata, file} = names
  const at = [...inSource(names), ...EACH_CONTAINER]
  const list = ask(settings, ['cosmosdb', 'sql', 'stored-procedure', 'list', ...at], "[?name=='mutate.js'].name")
  const show = ask(settings, ['cosmosdb', 'sql', 'stored-procedure', 'show', ...at, '-n', 'mutate.js'], 'resource.body')
  return [
    `grep -Ev ${notMetadata(metadata)} ${file('at-restore-point')} | while IFS=/ read -r database container; do`,
    `  found=$(${list} 2>/dev/null </dev/null) || continue`,
    '  [ -n "$found" ] || continue',
    `  ${show} </dev/null`,
    '  break',
    'done',
  ].join('\n')
}
