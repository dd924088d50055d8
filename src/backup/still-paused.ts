import {defined} from '../support/defined.ts'
import {redact} from '../support/redact.ts'
import type {Plan} from '../protocol/types.ts'
import type {Leftover} from '../protocol/verdict.ts'
import type {RecordTarget} from './record.ts'
import type {StillPaused} from './restore-point.ts'

/**
 * The command that surely works: a gate is closed in memory only, so a deleted pod's successor starts unpaused
 * (ScalarDL's GateKeeper). It needs neither our tunnel nor the admin port.
 */
export function stillPausedOf(leftover: Leftover, plan: Pick<Plan, 'servers'>, targets: ReadonlyArray<Pick<RecordTarget, 'access' | 'kubectlFlags'>>): StillPaused {
  const target = targets[plan.servers[leftover.server]?.target ?? -1]
  const [namespace = '', pod = ''] = leftover.name.split('/')
  const context = target?.access.context
  const flags = withoutToken(target?.kubectlFlags ?? (context === undefined ? [] : ['--context', context]))
  return defined({
    pod, namespace, context,
    whose: leftover.whose,
    message: leftover.message && redact(leftover.message),
    command: ['kubectl', ...flags, '-n', namespace, 'delete', 'pod', pod].map(shellWord).join(' '),
  })
}

const withoutToken = (flags: readonly string[]) => flags.filter((flag, i) => !/^--(token|password)\b/.test(flag) && !/^--(token|password)$/.test(flags[i - 1] ?? ''))

const shellWord = (word: string) => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
