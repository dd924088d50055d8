import type {RestoreTime} from '../../plan/model.ts'

/** `2024-01-02 03:04:05+00`: PostgreSQL refuses `Z`, and takes a time without a zone for the server's own. */
export const time = ({rfc3339}: RestoreTime): string => rfc3339.replace('T', ' ').replace('Z', '+00')
