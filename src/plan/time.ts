import {usageError} from '../support/errors.ts'
import type {RestoreTime} from './model.ts'

const INSTANT = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)?$/
const EXAMPLE = 'write it as 2026-11-23T12:44:07Z, or with an offset as 2026-11-23T21:44:07+09:00'

/** The restore point of a whole UTC second since 1970. */
export const restoreTime = (epochSeconds: number): RestoreTime =>
  ({epochSeconds, rfc3339: new Date(epochSeconds * 1000).toISOString().replace('.000Z', 'Z')})

/**
 * A restore point as a person or a record writes it: RFC 3339 with its zone, a whole second, not in the future.
 * @throws CliError (usage) naming what is wrong and how to write it
 */
export function parseRestoreTime(text: string, nowMs: number): RestoreTime {
  const [, date, time, fraction, zone] = INSTANT.exec(text) ?? []
  if (!date || !time) throw usageError(`${JSON.stringify(text)} is no time`, EXAMPLE)
  if (!zone) throw usageError(`the time ${JSON.stringify(text)} has no zone`, EXAMPLE)
  if (fraction && !/^\.0+$/.test(fraction)) throw usageError(`the time ${JSON.stringify(text)} is between two seconds: databases restore to whole ones`, EXAMPLE)
  const ms = Date.parse(`${date}T${time}${zone.toUpperCase()}`)
  // Date takes the 30th of February for the 2nd of March.
  if (Number.isNaN(ms) || new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) !== date) throw usageError(`${JSON.stringify(text)} is in no calendar`, EXAMPLE)
  if (ms < 0) throw usageError(`the time ${JSON.stringify(text)} is before 1970`)
  if (ms > nowMs) throw usageError(`the time ${JSON.stringify(text)} is in the future: it is ${restoreTime(Math.floor(nowMs / 1000)).rfc3339} now`)
  return restoreTime(ms / 1000)
}

/** `r20261123t124407z`: names copies and backups of this restore point, legal in every cloud. */
export const runIdOf = ({rfc3339}: RestoreTime): string => `r${rfc3339.toLowerCase().replaceAll(/[-:]/g, '')}`
