import type {RestoreTime} from '../../plan/model.ts'

/** `2024-01-02 03:04:05`, which mysqlbinlog takes for the zone of the machine that runs it: only ever print it beside `TZ=UTC`. */
export const clock = ({rfc3339}: RestoreTime): string => rfc3339.replace('T', ' ').replace('Z', '')

/** With its zone, for people. */
export const time = (at: RestoreTime): string => `${clock(at)} (TZ=UTC)`
