import {writeFileSync} from 'node:fs'
import Mocha from 'mocha'
import type {MochaOptions, Runner} from 'mocha'

/** The spec reporter, which also writes `passed failed skipped` to the file named by the option `counts`. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options)
    const {counts} = options.reporterOptions as {counts: string}
    runner.once('end', () => {
      const {passes, failures, pending} = this.stats
      writeFileSync(counts, `${passes} ${failures} ${pending}\n`)
    })
  }
}
