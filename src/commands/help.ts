import {loadHelpClass} from '@oclif/core'
import type {Interfaces} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.ts'

export default class Help extends BaseCommand {
  static override summary = 'Print the help of the plugin or of one command'
  static override usage = 'help [COMMAND]'
  static override strict = false
  static override baseFlags: Interfaces.FlagInput = {}

  async run(): Promise<void> {
    const {argv} = await this.parse(Help)
    const HelpClass = await loadHelpClass(this.config)
    await new HelpClass(this.config).showHelp(argv.map(String))
  }
}
