import Help from './commands/help.ts'
import Version from './commands/version.ts'

/** Every command by its name. The files are light: each loads what it works with inside `run()`. */
export const COMMANDS = {
  help: Help,
  version: Version,
}
