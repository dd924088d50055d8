import {stateDirectory} from '../backup/store.ts'
import {isGone} from '../backup/whereabouts.ts'
import {finishPause} from '../by-hand/finish.ts'
import {runsWorld, settleRuns} from '../runs/earlier.ts'
import {statusViews} from '../status/text.ts'
import {printableIn} from '../support/printable.ts'
import {isOver, unpauseViews} from '../unpause/result.ts'
import {unpauseAll} from '../unpause/unpause.ts'
import {confirm} from './confirm.ts'
import {tellEarlierRuns} from './earlier-runs.ts'
import {colorsFor, print} from './output.ts'
import {createProgress} from './progress.ts'
import {deliverEnd} from './run-pause.ts'
import {onInterrupt} from './signals.ts'
import type {UnpauseRequest} from '../unpause/unpause.ts'
import type {WantedPause} from '../by-hand/finish.ts'
import type {OutputFormat} from './output.ts'

/** Ends a pause by hand: the result to stdout, as backup prints it. @returns the exit code */
export async function runUnpause(wanted: WantedPause, output: OutputFormat | undefined): Promise<number> {
  const progress = createProgress({stream: process.stderr})
  try {
    const end = await finishPause(wanted, {
      world: runsWorld(stateDirectory()), waiting: text => { progress.busy('Unpausing', text) }, warn: text => { progress.warn('Unpausing', text) }, onInterrupt,
    }).catch(async (error: unknown) => {
      await progress.done()
      // Told once, and only then forgotten: not before it was waited for.
      await tellEarlierRuns()
      throw error
    })
    progress.line('Unpausing', 'ended')
    for (const warning of end.stored?.warnings ?? []) progress.warn('Recorded', warning)
    await progress.done()
    await tellEarlierRuns()
    if (output === undefined) process.stderr.write('\n')
    return await deliverEnd(end, output)
  } finally {
    await progress.done()
  }
}

/** Unpauses everything on this terminal: progress and the question to stderr, the result to stdout. @returns the exit code */
export async function runUnpauseAll(request: UnpauseRequest, {yes, output}: {readonly yes: boolean; readonly output?: OutputFormat}): Promise<number> {
  await tellEarlierRuns()
  let progress = createProgress({stream: process.stderr})
  try {
    const {result, exitCode, clusters} = await unpauseAll(request, {
      tell: {
        line: (title, text) => { progress.line(title, text) },
        busy: (title, text) => { progress.busy(title, text) },
        warn: (title, text) => { progress.warn(title, text) },
      },
      observe: (...seen) => { progress.observe(...seen) },
      onInterrupt,
      // Nothing may be drawn while somebody types.
      agree: async list => {
        await progress.done()
        progress = createProgress({stream: process.stderr})
        if (!yes) process.stderr.write(`\n${statusViews.text(printableIn(list), colorsFor(process.stderr))}\n\n`)
        return confirm('Unpause every server that is paused? A backup that paused it loses its restore point.', yes)
      },
    })
    await progress.done()
    await settleRuns(runsWorld(stateDirectory()), async (server, {targets}) => {
      const item = result.items.find(({uid}) => uid === server.uid)
      return item ? isOver(item) : isGone(server, targets[server.target]?.clusterUID, clusters)
    })
    if (output === undefined) process.stderr.write('\n')
    if (output !== 'name' || result.items.some(({result: became}) => became.startsWith('unpaused'))) await print(result, {output, ...unpauseViews})
    return exitCode
  } finally {
    await progress.done()
  }
}
