import {accessSync, constants, statSync} from 'node:fs'
import {delimiter, join} from 'node:path'
import {usageError} from '../support/errors.ts'

/** What was asked to run while everything is paused, and for how long at most. */
export interface ExecRequest {
  /** A line for the shell; or, with `args`, a program. */
  readonly command: string
  readonly args?: readonly string[]
  readonly timeoutMs: number
}

/** Refuses a program that is not there, so that nothing is paused for it. What a shell's line names is known to the shell alone. @throws CliError (usage) */
export function requireProgram({command, args}: ExecRequest, env: NodeJS.ProcessEnv = process.env): void {
  if (args === undefined || candidates(command, env).some(isExecutable)) return
  throw usageError(`cannot find the program ${command} that is to run in the pause`, 'give its path, or a line for the shell: --exec \'COMMAND\'')
}

function candidates(command: string, env: NodeJS.ProcessEnv): string[] {
  const endings = process.platform === 'win32' ? ['', ...(env.PATHEXT ?? '.COM;.EXE;.BAT;.CMD').split(';')] : ['']
  const named = /[/\\]/.test(command) ? [command] : (env.PATH ?? '').split(delimiter).filter(Boolean).map(folder => join(folder, command))
  return named.flatMap(path => endings.map(ending => path + ending))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
