/** What a benchmark measured, as plain data, and its table; pure. */

/** One server as it saw one backup; monotonic milliseconds of the process that it runs in. */
export interface ServerTimes {
  /** When its first CheckPaused was answered: its tunnel is ready. */
  readonly readyMs: number
  readonly closedMs: number
  readonly openMs: number
  /** Calls of each method; more than one Pause or Unpause is one asked twice. */
  readonly calls: Readonly<Record<'Pause' | 'Unpause' | 'CheckPaused', number>>
}

/** One backup as the cluster saw it. */
export interface ClusterTimes {
  /** When the API server got the first request of all, by the wall clock. */
  readonly firstRequestWallMs: number
  /** When it was asked for the first tunnel; undefined = never. */
  readonly firstTunnelMs: number | undefined
  /** When the first server closed, by the wall clock; NaN = never. */
  readonly firstPauseWallMs: number
  readonly servers: readonly ServerTimes[]
}

/** What the client's process used. */
export interface Usage {
  readonly cpuMs: number
  readonly peakMB: number
}

/** One run: milliseconds and megabytes. */
export interface Figures extends Usage {
  /** From the first tunnel asked for to the last server's first answer; undefined = there were no tunnels. */
  readonly tunnelsMs: number | undefined
  /** From the first gate closed to the last one. */
  readonly firstToLastMs: number
  /** From the first gate closed to the last one open, beyond the hold. */
  readonly beyondHoldMs: number
  /** Pauses and Unpauses beyond one for each server. */
  readonly askedAgain: number
}

/** One line of the table. */
export interface Row {
  readonly pods: number
  readonly rttMs: number
  readonly client: string
  readonly runs: number
  readonly figures: Figures
}

export function figuresOf({firstTunnelMs, servers}: ClusterTimes, holdMs: number, usage: Usage): Figures {
  const closed = servers.map(({closedMs}) => closedMs)
  const first = Math.min(...closed)
  const askedAgain = servers.reduce((sum, {calls}) => sum + calls.Pause + calls.Unpause - 2, 0)
  return {
    ...usage,
    tunnelsMs: firstTunnelMs === undefined ? undefined : Math.max(...servers.map(({readyMs}) => readyMs)) - firstTunnelMs,
    firstToLastMs: Math.max(...closed) - first,
    beyondHoldMs: Math.max(...servers.map(({openMs}) => openMs)) - first - holdMs,
    askedAgain,
  }
}

/** The middle value; of an even number the lower of the two in the middle, so that it was really measured. */
export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? NaN

/** Each figure's own median. */
export function medians(runs: readonly Figures[]): Figures {
  const of = (pick: (figures: Figures) => number) => median(runs.map(pick))
  const tunnels = runs.flatMap(({tunnelsMs}) => tunnelsMs ?? [])
  return {
    tunnelsMs: tunnels.length > 0 ? median(tunnels) : undefined,
    firstToLastMs: of(run => run.firstToLastMs),
    beyondHoldMs: of(run => run.beyondHoldMs),
    cpuMs: of(run => run.cpuMs),
    peakMB: of(run => run.peakMB),
    askedAgain: of(run => run.askedAgain),
  }
}

const TITLES = ['pods', 'round trip', 'client', 'runs', 'tunnels ready', 'first to last paused', 'outage beyond hold', 'asked again', 'CPU', 'peak memory']

/** Markdown that reads as a table in a terminal too. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(({pods, rttMs, client, runs, figures}) => [
    String(pods), `${rttMs} ms`, client, String(runs),
    figures.tunnelsMs === undefined ? '–' : ms(figures.tunnelsMs), ms(figures.firstToLastMs), ms(figures.beyondHoldMs),
    String(figures.askedAgain), ms(figures.cpuMs), `${Math.round(figures.peakMB)} MB`,
  ])
  const widths = TITLES.map((title, column) => Math.max(title.length, ...cells.map(row => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(TITLES), `|${widths.map(width => '-'.repeat(width + 2)).join('|')}|`, ...cells.map(line)].join('\n')
}

const ms = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
