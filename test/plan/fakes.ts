import {command, shell, variable} from '../../src/plan/shell.ts'
import type {Database, Section} from '../../src/databases/types.ts'

/** A database of the tests: one cluster of an imaginary kind, whose tables are copied and put in the place of the old ones. */
export const fakeDatabase = (section: Partial<Section> = {}): Database => ({
  kind: 'fake',
  title: 'Fake DB',
  settings: [{name: 'host', summary: 'name of its host', pattern: /^[\w.-]+$/}],
  recognise: ({storage, contactPoints = ''}) => storage === 'fake' ? {key: contactPoints, settings: {host: contactPoints}} : undefined,
  name: ({host = '?'}) => `Fake DB on ${host}`,
  time: ({epochSeconds}) => String(epochSeconds),
  restorable: () => ({lagSeconds: 300, retentionDays: 35}),
  checkByHand: ({host = ''}) => [command(['fakectl', 'window', '--host', host])],
  plan: ({id, time, runId, settings: {host = ''}, tables = [], mode}) => ({
    steps: [
      {
        id: `${id}.check`, phase: 'check', database: id, title: 'Ask for the window', why: 'A point outside the window cannot be restored to.',
        commands: [
          shell(`${variable(id, 'WINDOW')}=$(fakectl window --output text)`, {note: 'The window'}),
          shell(`test "$${variable(id, 'WINDOW')}" = open && echo open`),
        ],
        expect: 'open',
      },
      {
        id: `${id}.copy`, phase: 'copy', database: id, title: 'Copy the tables', why: 'Copies are made first, so that nothing is lost when one fails.',
        commands: [
          command(['fakectl', 'copy', '--host', host, '--at', String(time.epochSeconds), '--to', runId, ...tables], {
            changes: true, unless: `fakectl exists ${runId}`, note: 'Start the copy',
          }),
          command(['fakectl', 'copied', runId], {wait: {everySeconds: 15, limitSeconds: 14_400, what: 'the copy is complete'}}),
        ],
        expect: 'the copy is complete.',
        undo: `fakectl delete ${runId}`,
        takes: 'minutes to about an hour (its maker)',
      },
      ...mode === 'copy-only' ? [] : [{
        id: `${id}.replace`, phase: 'replace' as const, database: id, title: 'Put the copy in the place of the original', why: 'The servers look for the old names.',
        commands: [command(['fakectl', 'replace', '--host', host, '--by', runId], {changes: true})],
        destructive: true, pointOfNoReturn: true, undo: 'restore the backup that was made before.',
      }],
      {
        id: `${id}.clean`, phase: 'finish', database: id, title: 'Delete the copy', why: 'It costs as much as the original.',
        commands: [command(['fakectl', 'delete', runId], {changes: true})], destructive: true,
      },
    ],
    tools: [{name: 'fakectl', atLeast: '2.1', why: 'older ones cannot copy'}],
    covers: tables,
    leftOut: [],
    warnings: [],
    properties: [],
    ...section,
  }),
})
