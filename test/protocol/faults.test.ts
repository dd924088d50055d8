import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {runWorld} from '../support/virtual-world.ts'
import type {Act, Fate, Run, World} from '../support/virtual-world.ts'

/** Ledgers and an Auditor in two targets, of different speed, with something to drain. */
const WORLD: World = {
  servers: [{drainMs: 40}, {wave: 'auditor', target: 1, latencyMs: 25, drainMs: 1200}, {latencyMs: 60}],
  plan: {targets: 2, offsets: [{database: 'dynamodb', loMs: -20, hiMs: 35}, {database: 'cosmosdb', loMs: 200, hiMs: 210}]},
}
const mainPath = runWorld(WORLD)
const servers = [...WORLD.servers.keys()]

const ofEachServer = (act: (server: number) => Act): Act[] => servers.map(act)
const ACTS: Readonly<Record<string, readonly Act[]>> = {
  'an interrupt': [{type: 'interrupt', signal: 'SIGINT'}, {type: 'interrupt', signal: 'SIGHUP'}, {type: 'interrupt', signal: 'stdout closed'}],
  'a restart': ofEachServer(server => ({type: 'restart', server})),
  'a restart with late status': ofEachServer(server => ({type: 'restart', server, lateMs: 20_000})),
  'a deletion': ofEachServer(server => ({type: 'delete', server})),
  'a termination': ofEachServer(server => ({type: 'terminate', server})),
  'a pod that joins': [{type: 'join', target: 0}, {type: 'join', target: 1}, {type: 'join', target: 0, unwatched: true}],
  "another's Unpause": ofEachServer(server => ({type: 'foreign unpause', server})),
  "another's Pause": ofEachServer(server => ({type: 'foreign pause', server})),
  'a silent tunnel': ofEachServer(server => ({type: 'silence', server, tunnel: true})),
  'a lost tunnel': ofEachServer(server => ({type: 'lose tunnel', server})),
  'a lost tunnel with a late call': [5, 700, 30_000].flatMap(lateMs => ofEachServer(server => ({type: 'lose tunnel', server, lateMs}))),
  'a clock that is set': [-90_000, -1500, -501, -499, 499, 501, 1500, 90_000].map(byMs => ({type: 'clock', byMs})),
  'a database clock that is set': [-90_000, -1500, -20, 20, 1500, 90_000].map(byMs => ({type: 'database clock', byMs})),
  'a freeze': [900, 2500, 5000, 90_000].flatMap((ms): Act[] => [{type: 'freeze', ms}, {type: 'freeze', ms, asleep: true}]),
  'a lease that changes hands': [{type: 'lease taken'}],
  'a silent watchdog': [{type: 'watchdog silent'}],
}
const FATES: Readonly<Record<string, Fate>> = {
  'that is lost': 'lost', 'whose answer is lost': 'answer lost', 'that fails': 'failed',
  'that is slow': {delayMs: 3100}, 'that fails and arrives at once': {lateMs: 0}, 'that fails and arrives 900 ms late': {lateMs: 900}, 'that fails and arrives 40 s late': {lateMs: 40_000},
}

/** The two promises, held against the servers' own view. */
function holdsItsPromises({state, outcome, truth}: Run, what: string): void {
  assert.equal(state.phase, 'ended', `${what}: did not end`)
  const named = new Set(outcome.leftovers.map(({server}) => server))
  const forgotten = truth.paused.filter(({server, owner}) => owner === 'us' && !named.has(server))
  assert.deepEqual(forgotten, [], `${what}: left paused`)
  assert.equal(outcome.exitCode === 4, named.size > 0, `${what}: exit code ${outcome.exitCode} with ${named.size} named`)
  if (outcome.verdict === 'consistent') assert.ok(truth.quietAt(state.restorePointMs ?? NaN), `${what}: called consistent`)
  if (outcome.verdict !== 'consistent') assert.ok(outcome.reasons.length > 0, `${what}: ${outcome.verdict} without a reason`)
  assert.equal(outcome.exitCode === 0, outcome.verdict === 'consistent' && named.size === 0 && state.interrupts.every(signal => signal === 'stdout closed'), what)
}

/** Another paused after our last look and before our Pause arrived: the server answers OK, and nothing tells it from ours. */
const pausedInTheLastRoundTrip = ({truth, trace}: Run, server: number) => {
  const closed = truth.gates[server]?.steps.find(({step}) => step === 'closed')
  const looked = trace.find(({event}) => event.type === 'checked' && event.server === server && event.answer.kind === 'unpaused')
  return closed?.by === 'another' && looked !== undefined
}

describe('with one fault at every point of the main path, nothing stays paused unnamed and nothing is wrongly called consistent', () => {
  it('(the path itself is consistent)', () => {
    assert.equal(mainPath.outcome.exitCode, 0)
    holdsItsPromises(mainPath, 'no fault')
  })

  for (const [what, acts] of Object.entries(ACTS)) {
    it(`${what}, after each of ${mainPath.trace.length} events`, () => {
      for (const act of acts) {
        for (const event of mainPath.trace.keys()) {
          const run = runWorld({...WORLD, script: [[{event}, act]]})
          holdsItsPromises(run, `${JSON.stringify(act)} after event ${event}`)
          for (const server of run.truth.revoked) assert.ok(pausedInTheLastRoundTrip(run, server), `revoked another's pause: ${JSON.stringify(act)} after event ${event}`)
        }
      }
    })
  }

  const calls = mainPath.trace.flatMap(line => line.effects)
  for (const [what, fate] of Object.entries(FATES)) {
    it(`an effect ${what}, each of ${calls.length}`, () => {
      for (const nth of calls.keys()) {
        holdsItsPromises(runWorld({...WORLD, fate: (_, i) => i === nth ? fate : undefined}), `effect ${nth} (${calls[nth]?.type})`)
      }
    })
  }
})
