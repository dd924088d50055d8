import {FILES} from './files.ts'
import {NETWORK} from './network.ts'
import {OBJECTS} from './objects.ts'
import type {Target} from './fuzz.ts'

/** Everything that takes what comes from outside. */
export const TARGETS: readonly Target[] = [...NETWORK, ...FILES, ...OBJECTS]
