import Backup from './commands/backup.ts'
import Check from './commands/check.ts'
import Help from './commands/help.ts'
import Version from './commands/version.ts'

/** Every command by its name. The files are light: each loads what it works with inside `run()`. */
export const COMMANDS = {
  backup: Backup,
  check: Check,
  help: Help,
  version: Version,
}
