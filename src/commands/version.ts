import {Flags} from '@oclif/core'
import type {Command, Interfaces} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.ts'
import {print} from '../cli/output.ts'
import {BUILD_COMMIT} from '../support/build.ts'

/** What this plugin is and runs on, for bug reports. */
export interface VersionResult {
  readonly version: string
  /** Git commit, where the build was told it. */
  readonly commit?: string
  readonly node: string
  /** Operating system and processor, as Node names them. */
  readonly platform: string
}

export default class Version extends BaseCommand {
  static override summary = 'Print the version of the plugin'
  static override examples: Command.Example[] = [
    '# As JSON, for a bug report\n<%= config.bin %> <%= command.id %> -o json',
  ]
  // It talks to no cluster.
  static override baseFlags: Interfaces.FlagInput = {}
  static override flags = {
    output: Flags.option({char: 'o', options: ['json', 'yaml'] as const, summary: 'Output format'})(),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Version)
    const result: VersionResult = {
      version: `v${this.config.version}`,
      commit: BUILD_COMMIT,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    }
    await print(result, {output: flags.output, text: versionText})
  }
}

const versionText = ({version, commit, node, platform}: VersionResult) =>
  `kubectl-scalardl ${version}${commit ? ` (${commit})` : ''}\nnode ${node}, ${platform}`
