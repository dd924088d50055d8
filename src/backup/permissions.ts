import type {Found, Place} from './search.ts'

export const requirePermissions = Object.assign(async (_found: readonly Found[], _request: object) => 'not reviewed', {
  around: async <T>(_places: readonly Place[], act: () => Promise<T>): Promise<T> => act(),
})
