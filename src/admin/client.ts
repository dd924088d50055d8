import type {Clock} from '../support/clock.ts'
import {within} from '../support/within.ts'
import {checkAnswer, pauseAnswer, unpauseAnswer} from './answers.ts'
import type {Outcome} from './answers.ts'
import type {AdminChannel, AdminMethod, CallOptions, CallResult} from './grpc.ts'
import type {Link, LinkFailure, LinkObserver, Route} from './link.ts'
import type {AdminAddress, AdminConnection, CheckAnswer, PauseAnswer, UnpauseAnswer} from './types.ts'

/** Loads grpc-js early, e.g. while the pods are still being listed. */
export const preloadAdmin = () => import('./grpc.ts')

/** A call under way, and what happened to its link meanwhile. */
interface Pending {
  readonly startMs: number
  cancel?: () => void
  failure?: LinkFailure
  lost: boolean
  unanswered?: boolean
}

/** Everything that one dialled route brings. */
interface Open {
  readonly channel: AdminChannel
  readonly route: Route
}

/** A way to one admin port over routes of any kind: calls never throw, and always end by their deadline. */
export class RoutedConnection implements AdminConnection {
  readonly #address: AdminAddress
  readonly #openRoute: () => Promise<Route>
  readonly #clock: Clock
  readonly #onClose: () => void
  readonly #pending = new Set<Pending>()
  #opening: Promise<Open> | undefined
  #open: Open | undefined
  #link: Link | undefined
  /** Why there is no link now; undefined while there is one. */
  #failure: LinkFailure | undefined
  #closed = false

  constructor(address: AdminAddress, openRoute: () => Promise<Route>, clock: Clock, onClose: () => void = () => undefined) {
    this.#address = address
    this.#openRoute = openRoute
    this.#clock = clock
    this.#onClose = onClose
  }

  async pause({maxPauseWaitMs, deadlineMs}: {maxPauseWaitMs: number; deadlineMs: number}): Promise<PauseAnswer> {
    const request = {waitOutstanding: true, maxPauseWaitTime: maxPauseWaitMs}
    return pauseAnswer(await this.#call('Pause', request, {deadlineMs, waitForReady: false}))
  }

  async unpause({deadlineMs}: {deadlineMs: number}): Promise<UnpauseAnswer> {
    return unpauseAnswer(await this.#call('Unpause', {}, {deadlineMs, waitForReady: true}))
  }

  async checkPaused({deadlineMs}: {deadlineMs: number}): Promise<CheckAnswer> {
    return checkAnswer(await this.#call<{paused: boolean}>('CheckPaused', {}, {deadlineMs, waitForReady: true}))
  }

  close(): void {
    this.#closed = true
    this.#onClose()
    this.#drop({message: 'the connection was closed', final: true})
  }

  async #call<T>(method: AdminMethod, request: object, options: CallOptions): Promise<Outcome<T>> {
    const call: Pending = {startMs: this.#clock().monoMs, lost: false}
    this.#pending.add(call)
    try {
      const result = await this.#send(call, method, request, options)
      call.unanswered = !result.ok && result.code === 'DEADLINE_EXCEEDED'
      if (!result.ok) await (call.failure ?? this.#failure)?.complete
      return this.#outcome(call, result, options.deadlineMs)
    } catch (error) {
      return {ok: false, code: 'UNAVAILABLE', message: error instanceof Error ? error.message : String(error), tunnelLost: false}
    } finally {
      this.#pending.delete(call)
      if (call.unanswered) this.#distrust()
    }
  }

  /** Sent in the same tick when the channel is open: a fleet is paused in one loop. */
  async #send(call: Pending, method: AdminMethod, request: object, options: CallOptions): Promise<CallResult> {
    if (this.#closed) throw new Error('the connection was closed')
    const open = this.#open ?? await within(options.deadlineMs, this.#opened())
    if (!open) return {ok: false, code: 'DEADLINE_EXCEEDED', details: ''}
    const deadlineMs = options.deadlineMs - (this.#clock().monoMs - call.startMs)
    const started = open.channel.call(method, request, {...options, deadlineMs})
    call.cancel = started.cancel
    return started.result
  }

  #opened(): Promise<Open> {
    this.#opening ??= this.#dial().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #dial(): Promise<Open> {
    const [{openChannel}, route] = await Promise.all([preloadAdmin(), this.#openRoute()])
    if (this.#closed) {
      route.close()
      throw new Error('the connection was closed')
    }
    const open: Open = {route, channel: openChannel(this.#address, route, this.#observe(() => open))}
    this.#failure = undefined
    route.onEnd?.(failure => {
      if (this.#open === open) this.#down(open, failure, this.#link?.podSpoke() ?? false)
    })
    this.#open = open
    return open
  }

  #observe(self: () => Open): LinkObserver {
    const current = () => this.#open === self()
    return {
      up: link => {
        if (current()) [this.#link, this.#failure] = [link, undefined]
      },
      down: (failure, carried) => {
        if (current()) this.#down(self(), failure, carried)
      },
    }
  }

  #down(open: Open, failure: LinkFailure, carried: boolean): void {
    this.#link = undefined
    this.#failure = failure
    for (const call of this.#pending) {
      call.failure = failure
      call.lost ||= carried
    }
    if (failure.final) this.#drop(failure)
    // grpc-js itself would wait for the next call, which may be the Unpause.
    else if (carried) open.channel.reconnect()
  }

  /** A tunnel that let a call down gets no other one, such as the Unpause, unless somebody still waits for an answer on it. */
  #distrust(): void {
    if (this.#pending.size === 0 && this.#link) this.#drop({message: '', final: true})
  }

  /** Gives the route up; calls on it end now, and the next one opens another. */
  #drop(failure: LinkFailure): void {
    const [open, link] = [this.#open, this.#link]
    this.#open = undefined
    this.#link = undefined
    for (const call of this.#pending) {
      call.failure = failure
      call.lost ||= link?.podSpoke() ?? false
      call.cancel?.()
    }
    open?.channel.close()
    open?.route.close()
  }

  #outcome<T>(call: Pending, result: CallResult, deadlineMs: number): Outcome<T> {
    if (result.ok) return {ok: true, value: result.value as T}
    const failure = this.#linkFailure(call, result.code)
    const silent = result.code === 'DEADLINE_EXCEEDED' ? this.#silence(deadlineMs) : undefined
    return {
      ok: false,
      code: failure && result.code === 'CANCELLED' ? 'UNAVAILABLE' : result.code,
      message: failure?.message || (silent ?? plain(result.details)),
      reason: result.reason,
      tunnelLost: call.lost || (result.code === 'DEADLINE_EXCEEDED' && this.#unheardSince(call.startMs)),
    }
  }

  /** The link's own words, where grpc-js's status can only come from the link. */
  #linkFailure(call: Pending, code: string): LinkFailure | undefined {
    if (code === 'UNAVAILABLE' || code === 'DEADLINE_EXCEEDED' || code === 'CANCELLED') return call.failure ?? this.#failure
    return call.lost ? call.failure : undefined
  }

  #silence(deadlineMs: number): string {
    const {pod, port} = this.#address
    if (!this.#link) return `no answer within ${deadlineMs} ms: no connection to port ${port} of pod ${pod}`
    if (!this.#link.podSpoke()) return `no answer within ${deadlineMs} ms: port ${port} of pod ${pod} accepts connections but does not answer`
    return `no answer within ${deadlineMs} ms`
  }

  /** No sign of life since the call was sent: it may lie in a dead tunnel's buffers. */
  #unheardSince(startMs: number): boolean {
    return this.#link?.podSpoke() === true && (this.#link.lastHeardMs() ?? -Infinity) <= startMs
  }
}

/** What grpc-js reports of a connection that it could not even open, without its own frame. */
const plain = (details: string) =>
  details.replace(/^No connection established\. Last error: (Error: )?/, '').replace(/( \(\d{4}-[^)]+Z\))?(\. Resolution note: .*)?$/, '')
