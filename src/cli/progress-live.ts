import {ICONS, plainBoard, quoted, titled} from './progress-plain.ts'
import type {ListrTaskWrapper} from 'listr2'
import type {Board} from './progress.ts'
import type {ProgressLine} from './progress-lines.ts'

/** listr2 wants to know all its tasks when it starts; those without a title show nothing. */
const SLOTS = 48

/** One task of listr2, of which nothing is seen until it has a title. */
interface Slot {
  readonly show: (line: ProgressLine) => void
  readonly end: () => void
}

/**
 * For terminals: listr2's live lines. It is loaded only here, writes to our stream alone, and leaves the signals to us: its
 * own handler would end the process with something paused. Should it not load, the lines are plain ones.
 */
export function liveBoard(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Board {
  const slots: Slot[] = []
  const taken = new Map<string, Slot>()
  let lines: readonly ProgressLine[] = []
  const notices: string[] = []
  const outputs: string[] = []
  let above: ((text: string) => void) | undefined
  let fallback: Board | undefined
  const running = startListr(stream, slots, write => {
    above = write
    redraw()
  })
  const ended = running.then(({ended: end}) => end).catch(() => {
    fallback = plainBoard(stream, env)
    redraw()
  })

  function place(key: string, line: ProgressLine): void {
    const slot = taken.get(key) ?? slots[taken.size]
    if (!slot) return
    taken.set(key, slot)
    slot.show(line)
  }

  function redraw(): void {
    if (fallback) {
      for (const text of notices.splice(0)) fallback.notice(text)
      for (const line of outputs.splice(0)) fallback.output(line)
      return fallback.show(lines)
    }
    if (!above) return
    if (outputs.length > 0) above(outputs.splice(0).map(quoted).join('\n'))
    lines.forEach((line, i) => place(`line ${i}`, line))
    notices.forEach((text, i) => place(`notice ${i}`, {title: '', mark: 'warning', text}))
  }

  return {
    show(next) {
      lines = next
      redraw()
    },
    notice(text) {
      notices.push(text)
      redraw()
    },
    output(line) {
      outputs.push(line)
      if (outputs.length === 1) setImmediate(redraw)
    },
    async close() {
      await running.catch(() => undefined)
      for (const slot of slots) slot.end()
      await ended
    },
  }
}

async function startListr(stream: NodeJS.WriteStream, slots: Slot[], ready: (above: (text: string) => void) => void): Promise<{ended: Promise<unknown>}> {
  const {DefaultRenderer, Listr, ListrLogger, ProcessOutput} = await import('listr2')
  let above: (text: string) => void = () => undefined
  /** listr2 asks whether stdout is a terminal, to which it does not write here. */
  class OnStream extends DefaultRenderer {
    static override nonTTY = true
    override async render(): Promise<void> {
      await super.render()
      above = text => {
        const updater: unknown = Reflect.get(this, 'updater')
        if (canPersist(updater)) updater.persist(text)
        this.update()
      }
    }
  }
  const {promise: begun, resolve: begin} = Promise.withResolvers<undefined>()
  const listr = new Listr(Array.from({length: SLOTS}, (_, i) => ({
    task: (_context: unknown, task: ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof DefaultRenderer>) => {
      const {slot, ended} = slotOf(task)
      slots.push(slot)
      if (i === SLOTS - 1) begin(undefined)
      return ended
    },
  })), {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    renderer: OnStream,
    fallbackRendererCondition: false,
    rendererOptions: {
      logger: new ListrLogger({processOutput: new ProcessOutput(stream, stream)}),
      icon: {COMPLETED: ICONS.done, FAILED: ICONS.failed, SKIPPED_WITH_COLLAPSE: ICONS.warning},
    },
  })
  const ended = listr.run()
  await Promise.race([begun, ended])
  ready(above)
  return {ended}
}

/** log-update writes what is to stay above its live lines by this; listr2 keeps it to itself. */
const canPersist = (updater: unknown): updater is {persist(text: string): void} => typeof updater === 'function' && 'persist' in updater

function slotOf(task: {title?: string; skip(message: string): void}): {slot: Slot; ended: Promise<undefined>} {
  const {promise: ended, resolve, reject} = Promise.withResolvers<undefined>()
  let open = true
  const show = (line: ProgressLine) => {
    if (!open) return
    const text = line.title === '' ? line.text : titled(line)
    if (task.title !== text) task.title = text
    if (line.mark === 'busy') return
    open = false
    if (line.mark === 'failed') reject(new Error(text))
    if (line.mark === 'warning') task.skip(text)
    resolve(undefined)
  }
  return {slot: {show, end: () => { resolve(undefined) }}, ended}
}
