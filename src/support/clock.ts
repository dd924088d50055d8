/** Both clocks, read together: durations come from `mono`, stamps from `wall` (protocol.md, Time). */
export interface Instant {
  /** Monotonic milliseconds since an arbitrary origin. */
  readonly monoMs: number
  /** Milliseconds since the Unix epoch, by this machine's clock. */
  readonly wallMs: number
}

/** The one place where time enters. */
export type Clock = () => Instant

export const systemClock: Clock = () => ({monoMs: performance.now(), wallMs: Date.now()})
