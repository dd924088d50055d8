import type {Database} from './types.ts'

/** Every kind of database, in the order in which they are asked whether a storage is theirs: the special before the general. */
export const DATABASES: readonly Database[] = []
