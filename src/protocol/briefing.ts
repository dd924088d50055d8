import {isBack, lookedEnough} from './unpause.ts'
import type {ServerState, Step, Whose} from './types.ts'

/** What the watchdog has to know of a server now; undefined = nothing, since no Pause was sent. */
function whoseIs(server: ServerState): Whose | undefined {
  if (server.gate === 'untouched' || server.gate === 'inherited') return undefined
  if (server.release === 'left' || (server.gate === 'foreign' && isBack(server))) return 'theirs'
  if (server.release === 'gone') return 'back'
  if (server.release !== 'open') return 'ours'
  return lookedEnough(server) ? 'back' : 'open'
}

/** The watchdog told, in one line, of every server of which it does not know how it stands; nothing where it knows all. */
export function briefed({state, effects}: Step, unpausing: boolean): Step {
  if (state.watchdog !== 'armed') return {state, effects}
  const news = state.servers.flatMap((server, i) => {
    const whose = whoseIs(server)
    return whose === undefined || whose === server.briefed ? [] : [{server: i, whose}]
  })
  if (news.length === 0 && !(unpausing && state.briefedUnpausing !== true)) return {state, effects}
  const servers = state.servers.map(server => ({...server, briefed: whoseIs(server) ?? server.briefed}))
  return {state: {...state, servers, briefedUnpausing: state.briefedUnpausing || unpausing}, effects: [...effects, {type: 'brief', servers: news, unpausing}]}
}
