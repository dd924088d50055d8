import {stateDirectory} from '../backup/store.ts'
import {earlierRuns, runsWorld} from '../runs/earlier.ts'
import {printable} from '../support/printable.ts'

/** Tells on stderr what became of this user's earlier runs, before a command that works with a cluster begins. */
export async function tellEarlierRuns(write: (text: string) => void = text => void process.stderr.write(text)): Promise<void> {
  for (const {grave, lines: [headline = '', ...others]} of await earlierRuns(runsWorld(stateDirectory()))) {
    write(`${grave ? 'warning' : 'note'}: ${printable(headline)}\n${others.map(line => `  ${printable(line)}\n`).join('')}`)
  }
}
