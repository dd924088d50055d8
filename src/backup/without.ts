import type {Beside} from './edge.ts'

/** No lease holds others off, and ours cannot be lost. */
export const withoutLock: Beside['lock'] = {
  handle(effect, tell) {
    switch (effect.type) {
      case 'lock': return tell({type: 'locked'})
      case 'read lock': return tell({type: 'lock read', answer: 'unchanged'})
      case 'unlock': return tell({type: 'unlocked'})
    }
  },
  close: () => undefined,
}

/** Nobody watches. */
export const withoutWatchdog: Beside['watchdog'] = {
  handle(effect, tell) {
    switch (effect.type) {
      case 'arm': return tell({type: 'armed', alive: false})
      case 'brief': return
      case 'disarm': return tell({type: 'disarmed'})
    }
  },
  close: () => undefined,
}

/** Nothing runs while everything is paused. */
export const withoutCommand: Beside['command'] = {
  handle(effect, tell) {
    if (effect.type === 'run command') tell({type: 'command ended', failure: 'was not given'})
  },
  close: () => undefined,
}
