import type {Run, RunReport} from '../../src/runs/types.ts'

export const RUN: Run = {
  version: 1, command: 'backup', host: 'desk', process: {pid: 123, start: '98765'}, since: '2026-11-29T03:40:01.500Z', boundMs: 55_000,
  targets: [
    {context: 'prod', clusterUID: 'c', namespace: 'ledger', flags: ['--context=prod']},
    {context: 'it\'s', clusterUID: 'd', namespace: 'auditor', flags: ['--kubeconfig=/home/me/two files', '--context=it\'s']},
  ],
  servers: [{name: 'ledger/l-0', uid: 'l0', target: 0}, {name: 'ledger/l-1', uid: 'l1', target: 0}, {name: 'auditor/a-0', uid: 'a0', target: 1}],
}

export const WATCHED: Run = {...RUN, watchdog: {pid: 456, start: '98766'}}

/** A run whose watchdog has reported. */
export const reported = (report: Partial<RunReport>): Run => ({...WATCHED, report: {
  by: 'watchdog', cause: 'was killed', phase: 'ended', at: '2026-11-29T03:42:30.000Z', paused: 3, unpaused: 3, tookMs: 3210, outageMs: 9100, left: [], ...report,
}})
