import assert from 'node:assert/strict'
import {Chalk} from 'chalk'
import {describe, it} from 'mocha'
import {picture} from '../../src/cli/picture.ts'
import {runWorld} from '../support/virtual-world.ts'
import type {World} from '../support/virtual-world.ts'

const drawn = (world: World, width = 60) => picture(runWorld(world).state, {width, colors: new Chalk({level: 0})})

describe('the picture of a pause', () => {
  it('shows every pod, and the restore point through all of them', () => {
    assert.deepEqual(drawn({servers: [{drainMs: 1500}, {}]}), [
      'ledger/pod-0  ··░░░░░████████████████│███████████████████··',
      'ledger/pod-1  ··█████████████████████│███████████████████··',
      '               12:44:00          12:44:05          12:44:10',
      '█ paused   ░ closing   · open   │ restore point 12:44:06 UTC',
    ])
  })
  it('fits a terminal of 80 columns with long names of pods', () => {
    const {state} = runWorld({servers: [{}]})
    const servers = state.plan.servers.map(server => ({...server, name: 'ledger/my-ledger-scalardl-ledger-c61d5e8d7c-5793c'}))
    const lines = picture({...state, plan: {...state.plan, servers}}, {width: 80, colors: new Chalk({level: 0})})
    assert.equal(lines.length, 3)
    assert.deepEqual(lines.filter(line => line.length > 80), [])
  })
  it('shows Auditors closed first', () => {
    assert.deepEqual(drawn({servers: [{drainMs: 800}, {drainMs: 1500, wave: 'auditor'}]}), [
      'ledger/pod-0  ·······░░░███████████████│█████████████████··',
      'ledger/pod-1  ··░░░░░██████████████████│█████████████████··',
      '               12:44:00         12:44:05        12:44:10',
      '█ paused   ░ closing   · open   │ restore point 12:44:07 UTC',
    ])
  })
  it("shows where the restore point was by the bars' clock, and names it by the databases'", () => {
    assert.deepEqual(drawn({servers: [{}], plan: {offsets: [{database: 'd', loMs: 29_990, hiMs: 30_010}]}}, 90), [
      'ledger/pod-0  ···░████████████████████████████████│███████████████████████████████████···',
      '                 12:44:00     12:44:02      12:44:04     12:44:06      12:44:08',
      "     █ paused   ░ closing   · open   │ restore point 12:44:35 UTC by the databases' clocks",
    ])
  })
  it('shows no restore point after a void backup, and nothing of a pod that is gone', () => {
    assert.deepEqual(drawn({servers: [{}, {}], script: [[{phase: 'holding', afterMs: 2000}, {type: 'delete', server: 1}]]}), [
      'ledger/pod-0  ··█████████████████████████████████████████··',
      'ledger/pod-1  ··████████████████████████████████████████   ',
      '               12:44:00           12:44:01',
      '            █ paused   ░ closing   · open   no restore point',
    ])
  })
  it('shows a server that may still be paused as paused to the end', () => {
    assert.deepEqual(drawn({servers: [{}, {}], script: [
      [{phase: 'held'}, {type: 'silence', server: 1}],
      [{phase: 'unpausing', afterMs: 5000}, {type: 'interrupt', signal: 'SIGINT'}],
      [{phase: 'unpausing', afterMs: 6000}, {type: 'interrupt', signal: 'SIGINT'}],
    ]}), [
      'ledger/pod-0  ··████████████████████│████████████████████··',
      'ledger/pod-1  ··████████████████████│██████████████████████',
      '               12:44:00             12:44:05',
      '█ paused   ░ closing   · open   │ restore point 12:44:05 UTC',
    ])
  })
  it('draws more than twenty pods as one bar for each release', () => {
    const servers = Array.from({length: 21}, (_, i) => i < 5 ? {wave: 'auditor' as const, target: 1} : {drainMs: i * 100})
    assert.deepEqual(drawn({servers, plan: {targets: 2}}), [
      '5 auditors in ledger  ··███████████████████│█████████████··',
      '16 servers in ledger  ··░░░░░██████████████│█████████████··',
      '                       12:44:00      12:44:05      12:44:10',
      '█ paused   ░ closing   · open   │ restore point 12:44:07 UTC',
    ])
  })
  it('is not drawn where nothing was paused, or there is no room', () => {
    assert.deepEqual(drawn({servers: [{pausedByAnother: true}]}), [])
    assert.deepEqual(drawn({servers: [{}]}, 30), [])
  })
  it('marks in colour where there is any', () => {
    const [bar] = picture(runWorld({servers: [{}]}).state, {width: 60, colors: new Chalk({level: 1})})
    assert.match(bar ?? '', /\u001B\[36m█\u001B\[39m\u001B\[32m│\u001B\[39m\u001B\[36m█/)
  })
})
