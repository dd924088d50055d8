import type {Effect, Event} from '../../src/protocol/types.ts'
import type {Operator} from './gate.ts'
import type {Call} from './network.ts'
import type {Process} from './process.ts'
import type {Strike} from './schedule.ts'
import type {World} from './world.ts'

/** What happened, in lines that a person can read. */
export class Trace {
  readonly lines: string[] = []
  world: World | undefined

  step({name, state}: Process, event: Event, effects: readonly Effect[]): void {
    const asked = effects.filter(effect => effect.type !== 'timer' && effect.type !== 'server timer').map(effectText)
    if (asked.length === 0 && (event.type === 'watchdog alive' || event.type === 'timer' || event.type === 'server timer')) return
    this.#say(`${name.padEnd(8)} ${event.type} ${detail(event)} → ${state.phase}${asked.length > 0 ? `: ${asked.join(', ')}` : ''}`)
  }

  arrival(operator: Operator, {type, server}: Call): void {
    this.#say(`server ${server} does ${type} for ${operator}`)
  }

  fault({fault}: Strike): void {
    this.#say(`FAULT ${JSON.stringify(fault)}`)
  }

  #say(text: string): void {
    this.lines.push(`${((this.world?.agenda.nowMs ?? 0) / 1000).toFixed(3).padStart(9)} ${text}`)
  }
}

/** What an event says, in one line. */
function detail(event: Event): string {
  const said = Object.entries(event).flatMap(([key, value]: [string, unknown]) => {
    if (key === 'type' || key === 'at' || key === 'call') return []
    if (Array.isArray(value)) return [`${value.length} ${key}`]
    return value === undefined ? [] : [`${key} ${JSON.stringify(value)}`]
  })
  return [...said, `by its clock ${new Date(event.at.wallMs).toISOString().slice(14, 23)}`].join(', ')
}

function effectText(effect: Effect): string {
  switch (effect.type) {
    case 'check':
    case 'unpause': return `${effect.type} ${effect.server}${effect.via === 'current' ? '' : ` (${effect.via})`}`
    case 'pause':
    case 'locate': return `${effect.type} ${effect.server}`
    case 'brief': return `brief ${effect.servers.map(({server, whose}) => `${server} ${whose}`).join(' ')}${effect.unpausing ? ' unpausing' : ''}`
    default: return effect.type
  }
}
