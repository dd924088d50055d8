import {backup} from '../backup/backup.ts'
import {stateDirectory} from '../backup/store.ts'
import {createProgress} from '../cli/progress.ts'
import {onInterrupt} from '../cli/signals.ts'
import {CliError, EXIT} from '../support/errors.ts'
import {ownId} from '../support/process-id.ts'
import {readLines} from '../watchdog/messages.ts'
import {sayLine} from './messages.ts'
import {runOf} from './orphaned.ts'
import {isEndAsked, removePause, showHeard, writeEnd, writePause} from './pause-file.ts'
import type {Board} from '../cli/progress.ts'
import type {Interruption} from '../cli/signals.ts'
import type {State} from '../protocol/types.ts'
import type {FromKeeper, ToKeeper} from './messages.ts'
import type {Pause, PauseEnd} from './pause-file.ts'

type Begin = Extract<ToKeeper, {type: 'begin'}>

/** How often it is looked for the wish to end. */
const LOOK_EVERY_MS = 200

/**
 * The process that keeps a pause by hand: an ordinary backup, whose hold ends when it is asked for by a file, or after its longest
 * time. Until the user has been told that everything is paused, whoever started it stands for the user: its end ends the pause.
 */
export function keeper(): void {
  process.title = 'kubectl-scalardl keeper'
  // Whoever started us may be gone; that shows at the end of stdin.
  process.stdout.on('error', () => undefined)
  const stateDir = stateDirectory()
  let kept: Keeper | undefined
  readLines(process.stdin, text => {
    const message = JSON.parse(text) as ToKeeper
    if (message.type !== 'begin') return kept?.hear(message)
    kept = new Keeper(message, stateDir)
    void kept.keep().then(() => process.exit(0), () => process.exit(EXIT.failed))
  }, () => {
    if (kept) kept.hear({type: 'interrupt', cause: 'SIGHUP'})
    else process.exit(EXIT.failed)
  })
}

class Keeper {
  readonly #begin: Begin
  readonly #stateDir: string | undefined
  #released = false
  #interrupt: ((interruption: Interruption) => void) | undefined
  #pause: Pause | undefined
  #paused = false

  constructor(begin: Begin, stateDir: string | undefined) {
    this.#begin = begin
    this.#stateDir = stateDir
  }

  hear(message: Exclude<ToKeeper, Begin>): void {
    if (message.type === 'release') this.#released = true
    else if (!this.#released) this.#interrupt?.({cause: message.cause, exitCode: EXIT[message.cause]})
  }

  /** From looking for servers to what the pause has come to. */
  async keep(): Promise<void> {
    const end = await this.#backup()
    if (this.#pause && this.#stateDir !== undefined) {
      // A full disk takes no result; whoever waits for it sees that we are gone, and the record has its own places.
      await (this.#paused ? writeEnd(this.#stateDir, this.#pause.name, end) : removePause(this.#stateDir, this.#pause.name)).catch(() => undefined)
    }
    this.#say({type: 'ended', end})
    await new Promise<void>(resolve => process.stdout.write('', () => { resolve() }))
  }

  async #backup(): Promise<PauseEnd> {
    const {request, version, isTTY} = this.#begin
    const progress = createProgress({stream: process.stderr, isTTY, board: this.#board()})
    let looking: NodeJS.Timeout | undefined
    try {
      const {record, stored, outcome} = await backup(request, {
        version,
        tell: progress,
        say: progress.output,
        observe: (state, event, before) => {
          progress.observe(state, event, before)
          if (state.phase === 'holding' && before.phase !== 'holding') void this.#isPaused(state)
        },
        onInterrupt: handler => this.#onInterrupt(handler),
        byHand: {
          begin: name => this.#announce(name),
          running: endHold => {
            void this.#findRun()
            looking = setInterval(() => void this.#look(endHold), LOOK_EVERY_MS)
          },
        },
      })
      return {exitCode: outcome.exitCode, record, stored}
    } catch (error) {
      if (error instanceof CliError) return {exitCode: error.exitCode, error: {message: error.message, hints: error.hints}}
      return {exitCode: EXIT.failed, error: {message: error instanceof Error ? error.message : String(error), hints: []}}
    } finally {
      clearInterval(looking)
      await progress.done()
    }
  }

  /** @throws CliError when nobody could ask for the end */
  async #announce(name: string): Promise<void> {
    if (this.#stateDir === undefined) throw new CliError('this user has no home directory, through which the pause could be ended', {hints: ['set XDG_STATE_HOME']})
    const pause: Pause = {version: 1, name, keeper: await ownId(), servers: [], uids: []}
    await writePause(this.#stateDir, pause)
    this.#pause = pause
  }

  async #findRun(): Promise<void> {
    if (this.#pause && await runOf(this.#pause, {stateDir: this.#stateDir})) this.#pause = {...this.#pause, hasRun: true}
  }

  async #isPaused({plan, pausedAt}: State): Promise<void> {
    if (!this.#pause || !pausedAt || this.#stateDir === undefined) return
    const since = new Date(pausedAt.wallMs)
    const pause: Pause = {
      ...this.#pause, since: since.toISOString(), until: new Date(since.getTime() + plan.holdMs).toISOString(), servers: plan.servers.map(({name}) => name), uids: plan.pods.map(({uid}) => uid),
    }
    this.#pause = pause
    this.#paused = true
    await writePause(this.#stateDir, pause).catch(() => undefined)
    this.#say({type: 'paused', pause})
  }

  async #look(endHold: () => void): Promise<void> {
    if (!this.#pause || this.#stateDir === undefined || !await isEndAsked(this.#stateDir, this.#pause.name)) return
    await showHeard(this.#stateDir, this.#pause.name)
    endHold()
  }

  #onInterrupt(handler: (interruption: Interruption) => void): () => void {
    this.#interrupt = handler
    return onInterrupt(handler)
  }

  #board(): Board {
    return {
      show: lines => { this.#say({type: 'lines', lines}) },
      notice: text => { this.#say({type: 'notice', text}) },
      output: () => undefined,
      close: async () => undefined,
    }
  }

  #say(message: FromKeeper): void {
    if (!this.#released) sayLine(process.stdout, message)
  }
}
