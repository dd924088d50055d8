import {row, rows} from '../backup/result.ts'
import {printable} from '../support/printable.ts'
import type {ChalkInstance} from 'chalk'
import type {Views} from '../cli/output.ts'
import type {Paused, ServerStatus, StatusList} from './status.ts'

/** A table for people, and below it what is to be known of single servers; for `-o name` one `pod/…` a line. */
export const statusViews: Views<StatusList> = {
  text: (list, colors) => [...table(list.items, colors), ...details(list.items)].join('\n'),
  name: ({items}) => items.map(({pod}) => `pod/${pod}`).join('\n'),
}

/** What changed between two looks, a line for each server; for logs. */
export function changesOf(before: StatusList, now: StatusList): string[] {
  const was = new Map(before.items.map(item => [item.uid, item]))
  const is = new Set(now.items.map(({uid}) => uid))
  const name = naming([...before.items, ...now.items])
  return [
    ...now.items.flatMap(item => {
      const change = changeOf(was.get(item.uid), item)
      return change === undefined ? [] : [`${name(item)}: ${change}`]
    }),
    ...before.items.filter(({uid}) => !is.has(uid)).map(item => `${name(item)}: gone`),
  ].map(line => printable(`${now.seenAt}  ${line}`))
}

function changeOf(was: ServerStatus | undefined, is: ServerStatus): string | undefined {
  const said = [pausedText(is), readyText(is), restartsText(is), is.unsettled]
  if (!was) return ['new', ...said].filter(Boolean).join(', ')
  const before = [pausedText(was), readyText(was), restartsText(was), was.unsettled]
  const news = said.filter((text, i) => text !== undefined && text !== before[i])
  return news.length === 0 ? undefined : news.join(', ')
}

const PAUSED_TEXT: Readonly<Record<Paused, string>> = {yes: 'paused', no: 'not paused', unknown: 'not known whether paused'}
const pausedText = ({paused, message}: ServerStatus) => `${PAUSED_TEXT[paused]}${message === undefined ? '' : ` (${message})`}`
const readyText = ({ready}: ServerStatus) => ready ? 'ready' : 'not ready'
const restartsText = ({restarts}: ServerStatus) => `${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`

const HEAD = ['POD', 'PRODUCT', 'VERSION', 'READY', 'RESTARTS', 'ADMIN', 'PAUSED']
const PAUSED = HEAD.length - 1

function table(items: readonly ServerStatus[], colors: ChalkInstance): string[] {
  const name = naming(items)
  const lines = [HEAD, ...items.map(item => cellsOf(item, name).map(printable))]
  const widths = HEAD.map((_, column) => Math.max(...lines.map(cells => cells[column]?.length ?? 0)))
  const colour: Readonly<Record<string, (text: string) => string>> = {yes: colors.red, unknown: colors.yellow, no: colors.green}
  const paint = (cell: string, column: number) => column < PAUSED ? cell.padEnd(widths[column] ?? 0) : (colour[cell] ?? String)(cell)
  return lines.map(cells => cells.map(paint).join('  '))
}

const cellsOf = (item: ServerStatus, name: (item: ServerStatus) => string): string[] => [
  name(item), item.product, item.version ?? '?', item.ready ? 'yes' : 'no', String(item.restarts),
  `${item.admin.port}${item.admin.tls ? ' TLS' : ''}`, item.paused,
]

/** A pod by its name; with its namespace, and the context, where there are several. */
export function naming(items: ReadonlyArray<Pick<ServerStatus, 'pod' | 'namespace' | 'context'>>): (item: Pick<ServerStatus, 'pod' | 'namespace' | 'context'>) => string {
  const several = (of: (item: Pick<ServerStatus, 'namespace' | 'context'>) => string | undefined) => new Set(items.map(of)).size > 1
  const [namespaces, contexts] = [several(({namespace}) => namespace), several(({context}) => context)]
  return ({pod, namespace, context}) => [contexts ? context ?? '-' : [], namespaces || contexts ? namespace : [], pod].flat().join('/')
}

function details(items: readonly ServerStatus[]): string[] {
  const name = naming(items)
  const paused = items.filter(item => item.paused === 'yes')
  const unknown = items.filter(item => item.paused === 'unknown')
  const lines = [
    ...rows('Unknown', grouped(unknown, name, ({message}) => message ?? 'not known why')),
    ...rows('Unsettled', items.flatMap(({unsettled}) => unsettled ?? [])),
    ...paused.length === 0 ? [] : [row('Paused', `${paused.length} of ${items.length}`)],
  ]
  return lines.length === 0 ? [] : ['', ...lines.map(printable)]
}

const NAMED = 3

/** Servers with the same to say share a line. */
function grouped(items: readonly ServerStatus[], name: (item: ServerStatus) => string, text: (item: ServerStatus) => string): string[] {
  return [...Map.groupBy(items, text)].map(([said, alike]) => {
    const names = alike.slice(0, NAMED).map(name).join(', ')
    return `${names}${alike.length > NAMED ? ` and ${alike.length - NAMED} more` : ''}: ${said}`
  })
}
