import type {Clock} from '../support/clock.ts'

/** What one connection or request authenticates with. Never print it. */
export interface Credentials {
  /** The whole Authorization header. */
  readonly authorization?: string
  /** Client certificate and key as PEM text. */
  readonly cert?: string
  readonly key?: string
  /** Milliseconds since the epoch after which they have to be fetched again; undefined = never known to expire. */
  readonly expiresAtMs?: number
}

/** Gives credentials, from memory while they are valid; `fresh` fetches them again, as after a 401. */
export type CredentialSource = (fresh?: boolean) => Promise<Credentials>

/** Remembers what `load` gave until it expires, and never runs it twice at a time: 300 tunnels ask one exec plugin once. */
export function remembered(load: () => Promise<Credentials>, clock: Clock): CredentialSource {
  let held: Credentials | undefined
  let running: Promise<Credentials> | undefined
  const run = async () => {
    try {
      held = await load()
      return held
    } finally {
      running = undefined
    }
  }
  return async (fresh = false) => {
    const valid = held && !(held.expiresAtMs !== undefined && clock().wallMs > held.expiresAtMs)
    if (held && valid && !fresh) return held
    running ??= run()
    return running
  }
}
