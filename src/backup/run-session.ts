import {resolve} from 'node:path'
import {boundMs} from '../protocol/limits.ts'
import {outcomeOf} from '../protocol/verdict.ts'
import {runsWorld, settleRuns} from '../runs/earlier.ts'
import {beginSession, endSession} from '../runs/session.ts'
import {redact} from '../support/redact.ts'
import {stateDirectory} from './store.ts'
import type {DiscoveryOverrides} from '../discovery/types.ts'
import type {State} from '../protocol/types.ts'
import type {Session} from '../runs/session.ts'
import type {Seat} from './edge.ts'
import type {Narrator, Prepared} from './prepare.ts'
import type {RecordTarget} from './record.ts'

/** The run file of a backup; without one it goes on, and only the story for the next command is missing. */
export async function beginRun({plan, seats, found}: Pick<Prepared, 'plan' | 'seats' | 'found'>, holder: string, targets: readonly RecordTarget[], {warn}: Narrator): Promise<Session | undefined> {
  try {
    return await beginSession(stateDirectory(), {
      command: plan.byHand ? 'pause' : 'backup',
      holder,
      boundMs: boundMs(plan),
      targets: targets.map(({release, access, clusterUID, kubectlFlags = []}, i) => ({
        context: access.context, clusterUID, namespace: release.namespace, flags: [...kubectlFlags, ...searchWords(found[i]?.overrides)].map(redact),
      })),
      servers: plan.servers.map(({name, target}, i) => ({name, uid: seats[i]?.uid ?? '', target})),
    })
  } catch (error) {
    warn('Watchdog', `should this process die, the next command cannot tell what became of it: ${(error as Error).message}`)
    return undefined
  }
}

/** The flags that find the same servers again, and speak to their admin ports in the same way. */
export function searchWords({selector, release, product, adminPort, adminTls, adminCaFile, adminServerName}: DiscoveryOverrides = {}): string[] {
  const values = {
    selector, release, product, 'admin-port': adminPort, 'admin-ca-file': adminCaFile === undefined ? undefined : resolve(adminCaFile), 'admin-server-name': adminServerName,
  }
  return [
    ...Object.entries(values).flatMap(([name, value]) => value === undefined ? [] : [`--${name}=${value}`]),
    ...adminTls === undefined ? [] : [adminTls ? '--admin-tls' : '--no-admin-tls'],
  ]
}

/** Ends it, and takes what was seen open from what earlier runs have left. Never throws. */
export async function endRun(session: Session | undefined, state: State, seats: readonly Seat[]): Promise<void> {
  if (session) await endSession(session, outcomeOf(state))
  const open = new Set(seats.filter((_, i) => state.servers[i]?.release === 'open' || state.servers[i]?.seen === 'unpaused').map(({uid}) => uid))
  await settleRuns(runsWorld(stateDirectory()), ({uid}) => open.has(uid))
}
