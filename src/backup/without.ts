import type {Beside} from './edge.ts'

/** No lease holds others off, and ours cannot be lost. */
export const withoutLock: Beside['lock'] = {
  handle(effect, tell) {
    switch (effect.type) {
      case 'lock': { tell({type: 'locked'}); return; }
      case 'read lock': { tell({type: 'lock read', answer: 'unchanged'}); return; }
      case 'unlock': { tell({type: 'unlocked'}); return; }
    }
  },
  close: () => undefined,
}

/** Nobody watches. */
export const withoutWatchdog: Beside['watchdog'] = {
  handle(effect, tell) {
    switch (effect.type) {
      case 'arm': { tell({type: 'armed', alive: false}); return; }
      case 'brief': return
      case 'disarm': { tell({type: 'disarmed'}); return; }
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
