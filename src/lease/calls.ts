import type {Lease} from './lease.ts'
import type {LeaseWay} from './types.ts'

const TIMEOUT_MS = 4000
/** A connection that has died unnoticed is not waited for. */
const REPEAT_AFTER_MS = 1000

const pathOf = (namespace: string) => `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`

/** A lease as it is now, past every cache; undefined = there is none. @throws ApiError */
export async function readLease({api}: Pick<LeaseWay, 'api'>, namespace: string, name: string): Promise<Lease | undefined> {
  try {
    return await api.request<Lease>('GET', `${pathOf(namespace)}/${encodeURIComponent(name)}`, {timeoutMs: TIMEOUT_MS, repeatAfterMs: REPEAT_AFTER_MS})
  } catch (error) {
    if (statusOf(error) === 404 && reasonOf(error) === 'NotFound') return undefined
    throw error
  }
}

/** @throws ApiError 409 where another was first */
export const createLease = ({api}: LeaseWay, lease: Lease): Promise<Lease> =>
  api.request('POST', pathOf(lease.metadata.namespace), {body: lease, timeoutMs: TIMEOUT_MS})

/** Replaces the lease as it was read. @throws ApiError 409 where it has changed since */
export const writeLease = ({api}: LeaseWay, lease: Lease): Promise<Lease> =>
  api.request('PUT', `${pathOf(lease.metadata.namespace)}/${encodeURIComponent(lease.metadata.name)}`, {
    body: lease, timeoutMs: TIMEOUT_MS, repeatAfterMs: REPEAT_AFTER_MS,
  })

const field = (error: unknown, name: string): unknown => typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined

/** HTTP status of an answer that is not 2xx; 0 or undefined = there was none. */
export const statusOf = (error: unknown) => field(error, 'status')
const reasonOf = (error: unknown) => field(error, 'reason')

export const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error)
