import {measureClock} from './measure.ts'
import type {ClockOffset} from '../protocol/types.ts'
import type {MeasureOptions, Measurement} from './measure.ts'

/** A database as its clock is asked. */
export interface ClockToMeasure {
  /** For people: `Amazon DynamoDB in eu-west-1`. */
  readonly database: string
  /** An HTTP(S) address whose `Date` tells its clock; undefined: there is none. */
  readonly endpoint?: string
}

/** What became of it. */
export interface ClockReading {
  readonly database: string
  readonly measurement: Measurement
}

const NO_ENDPOINT: Measurement = {unmeasured: 'nothing tells it without credentials'}

/** Compares all clocks with ours at once, each address once. Takes about 3 s at most and never throws. The answers keep the order. */
export async function measureClocks(clocks: readonly ClockToMeasure[], options: MeasureOptions = {}): Promise<ClockReading[]> {
  const endpoints = new Set(clocks.flatMap(({endpoint}) => endpoint ?? []))
  const measured = new Map(await Promise.all([...endpoints].map(async endpoint => [endpoint, await measureClock(endpoint, options)] as const)))
  return clocks.map(({database, endpoint = ''}) => ({database, measurement: measured.get(endpoint) ?? NO_ENDPOINT}))
}

/** What the protocol goes by, in whole milliseconds: an unmeasured clock is taken for ours, with the guard around it, and says so. */
export const offsetsOf = (readings: readonly ClockReading[]): ClockOffset[] => readings.map(({database, measurement}) => 'unmeasured' in measurement
  ? {database, loMs: 0, hiMs: 0, unmeasured: measurement.unmeasured}
  : {database, loMs: Math.floor(measurement.loMs), hiMs: Math.ceil(measurement.hiMs)})
