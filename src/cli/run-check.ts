import {openPlaces, clusterLine, releaseLine} from '../backup/targets.ts'
import {explainRefusal} from '../backup/permissions.ts'
import {look} from '../backup/search.ts'
import {preflight} from '../preflight/preflight.ts'
import {reportOf} from '../preflight/report.ts'
import {reportText} from '../preflight/report-text.ts'
import {EXIT} from '../support/errors.ts'
import {print} from './output.ts'
import {tellEarlierRuns} from './earlier-runs.ts'
import {createProgress} from './progress.ts'
import type {Wanted} from '../backup/targets.ts'
import type {OutputFormat} from './output.ts'

const EXIT_OF = {passed: EXIT.ok, failed: EXIT.failed, unverified: EXIT.notConsistent} as const

/** Checks the databases behind the wanted servers: progress to stderr, the report to stdout. @returns the exit code */
export async function runCheck(wanted: readonly Wanted[], output: OutputFormat | undefined, version: string): Promise<number> {
  await tellEarlierRuns()
  const progress = createProgress({stream: process.stderr})
  try {
    const places = await openPlaces(wanted)
    for (const text of new Set(places.map(clusterLine))) progress.line('Cluster', text)
    const found = await explainRefusal(places, () => look(places, {}))
    for (const {release} of found) progress.line('Targets', releaseLine(release))
    const looked = await preflight(found.map(({release, access}) => ({owner: release, access})), found.map(({cluster}) => cluster.api), {skip: false, tell: progress})
    progress.line('Databases', 'asked')
    await progress.done()
    if (output === undefined) process.stderr.write('\n')
    const report = reportOf(looked, found, version, new Date())
    await print(report, {output, text: reportText})
    return EXIT_OF[report.result]
  } finally {
    await progress.done()
  }
}
