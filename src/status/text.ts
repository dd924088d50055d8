import {row, rows} from '../backup/result.ts'
import {printable} from '../support/printable.ts'
import type {ChalkInstance} from 'chalk'
import type {Views} from '../cli/output.ts'
import type {LeaseStatus, Paused, ServerStatus, StatusList} from './status.ts'

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
  const news = was ? factsOf(is).filter((text, i) => text !== factsOf(was)[i]) : ['new', ...factsOf(is)]
  const said = [...news, holderChange(was?.lease?.holder, is.lease?.holder)].flatMap(text => text ?? [])
  return said.length === 0 ? undefined : said.join(', ')
}

function holderChange(was: string | undefined, is: string | undefined): string | undefined {
  if (was === is) return undefined
  return is === undefined ? 'held by nobody any more' : `held by ${person(is)}`
}

const factsOf = (item: ServerStatus) => [pausedText(item), readyText(item), restartsText(item), item.unsettled]
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
    ...rows('Held', holders(items)),
    ...rows('By hand', byHand(items)),
    ...rows('Next', nextOf(paused)),
  ]
  return lines.length === 0 ? [] : ['', ...lines.map(printable)]
}

/** Who holds the lease of which release; of paused servers also that nobody does. */
function holders(items: readonly ServerStatus[]): string[] {
  const byRelease = Map.groupBy(items, item => JSON.stringify([item.context, item.namespace, item.release, item.lease?.name]))
  return [...byRelease.values()].flatMap(([first, ...others]) => {
    if (!first) return []
    const name = `${first.namespace}/${first.release}`
    if (first.lease?.holder !== undefined) return [`${name} by ${leaseText(first.lease)}`]
    return [first, ...others].some(({paused}) => paused === 'yes') ? [`${name}: who paused it is not known, nobody is seen to hold its lease`] : []
  })
}

/** `alice@laptop since 2026-11-23T12:40:03Z, renewed at …`; the id of a run is for JSON. */
export function leaseText({holder = 'nobody', since, renewed, until, alive}: LeaseStatus): string {
  const told = [since && `since ${short(since)}`, renewed && `renewed ${short(renewed)}`, until && `until ${short(until)}`].filter(Boolean).join(', ')
  return [person(holder), told, alive === false ? '(not at work any more, as far as can be seen)' : ''].filter(Boolean).join(' ')
}

/** `alice@laptop/1a2b3c4d` without the id of the run. */
const person = (holder: string) => holder.replace(/\/[0-9a-f]{8}$/, '')

const short = (stamp: string) => stamp.replace(/\.\d+Z$/, 'Z')

/** The pauses by hand of this machine. */
function byHand(items: readonly ServerStatus[]): string[] {
  const pauses = new Map(items.flatMap(({byHand: pause}) => pause ? [[pause.name, pause]] : []))
  return [...pauses.values()].map(({name, since = '', until = ''}) => `${name} since ${short(since)}, until ${short(until)} at the latest; to end it: kubectl scalardl unpause`)
}

/** Who is at work is not to be disturbed. */
const nextOf = (paused: readonly ServerStatus[]) =>
  paused.some(({lease, byHand: pause}) => lease?.alive !== true && pause === undefined) ? ['if no backup is at work: kubectl scalardl unpause --all-pods, with the same flags'] : []

const NAMED = 3

/** Servers with the same to say share a line. */
function grouped(items: readonly ServerStatus[], name: (item: ServerStatus) => string, text: (item: ServerStatus) => string): string[] {
  return [...Map.groupBy(items, text)].map(([said, alike]) => {
    const names = alike.slice(0, NAMED).map(name).join(', ')
    return `${names}${alike.length > NAMED ? ` and ${alike.length - NAMED} more` : ''}: ${said}`
  })
}
