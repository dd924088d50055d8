import Backup from './commands/backup.ts'
import Check from './commands/check.ts'
import Help from './commands/help.ts'
import Pause from './commands/pause.ts'
import RestorePlan from './commands/restore-plan.ts'
import RestorePoints from './commands/restore-points.ts'
import PruneRestorePoints from './commands/restore-points/prune.ts'
import ShowRestorePoint from './commands/restore-points/show.ts'
import Status from './commands/status.ts'
import Unpause from './commands/unpause.ts'
import Version from './commands/version.ts'

/** Every command by its name. The files are light: each loads what it works with inside `run()`. */
export const COMMANDS = {
  backup: Backup,
  check: Check,
  help: Help,
  pause: Pause,
  'restore-plan': RestorePlan,
  'restore-points': RestorePoints,
  'restore-points:prune': PruneRestorePoints,
  'restore-points:show': ShowRestorePoint,
  status: Status,
  unpause: Unpause,
  version: Version,
}
