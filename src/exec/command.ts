import {formatDuration} from '../support/duration.ts'
import {within} from '../support/within.ts'
import {windowEnvironment} from './environment.ts'
import {createOutputFile} from './output-file.ts'
import {requireProgram} from './program.ts'
import {notStarted, startProcess} from './process.ts'
import type {CommandPart} from '../backup/edge.ts'
import type {State} from '../protocol/types.ts'
import type {ExecTarget} from './environment.ts'
import type {Snapshot} from './output-file.ts'
import type {RunningProcess} from './process.ts'
import type {ExecRequest} from './program.ts'

/** What is known only when the servers are: the name of the record to come, and the targets. */
export interface ExecContext {
  readonly name: string
  readonly targets: readonly ExecTarget[]
  /** Told of every line that the command prints. */
  readonly say: (line: string) => void
}

/** A command that may run while everything is paused. */
export interface WindowCommand {
  /** Runs it when the core says so. */
  part(context: ExecContext): CommandPart
  /** What it handed over, once it has ended for good: what was told to end is waited for, some seconds at most. */
  snapshots(): Promise<readonly Snapshot[]>
  /** Removes what it was given. */
  close(): void
}

/** What hangs in the kernel cannot be ended, and must not hold up the record. */
const END_LIMIT_MS = 6000

/** Everything about a command that can be wrong before anything is touched. @throws CliError */
export function prepareCommand(request: ExecRequest, env: NodeJS.ProcessEnv = process.env): WindowCommand {
  requireProgram(request, env)
  const output = createOutputFile()
  let running: RunningProcess | undefined
  let over: Promise<unknown> = Promise.resolve()

  function begin(state: State, {name, targets, say}: ExecContext, tell: (failure?: string) => void): void {
    try {
      running = startProcess(request, {...env, ...windowEnvironment(state, name, targets, output.path)}, say)
    } catch (error) {
      tell(notStarted(error))
      return
    }
    const late = setTimeout(() => {
      tell(`did not end within ${formatDuration(request.timeoutMs)}`)
      stop()
    }, request.timeoutMs)
    over = running.ended.then(failure => {
      clearTimeout(late)
      tell(failure ?? output.read().problem)
    })
  }

  function stop(): void {
    if (running) over = Promise.all([over, running.stop()])
  }

  return {
    part: context => ({
      handle(effect, tell, state) {
        switch (effect.type) {
          case 'run command': { begin(state, context, failure => { tell({type: 'command ended', ...failure !== undefined && {failure}}) }); return; }
          case 'stop command': { stop(); return; }
        }
      },
      close: () => running?.kill(),
    }),
    async snapshots() {
      stop()
      await within(END_LIMIT_MS, over)
      return output.read().snapshots
    },
    close: () => { output.remove() },
  }
}
