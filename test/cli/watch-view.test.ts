import assert from 'node:assert/strict'
import {API_VERSION} from '../../src/backup/restore-point.ts'
import {watchView} from '../../src/cli/watch-view.ts'
import {HOSTILE, UNSEEN} from '../support/hostile.ts'
import type {StatusList} from '../../src/status/status.ts'

const list = (message: string, paused: 'no' | 'unknown'): StatusList => ({
  apiVersion: API_VERSION, kind: 'ServerStatusList', seenAt: '2026-11-23T12:44:07.000Z', warnings: [message],
  items: [{pod: 'a', namespace: 'ledger', uid: 'u', cluster: 'prod', product: 'ledger', release: 'my-ledger', ready: true, restarts: 0, admin: {port: 50_053, tls: false}, paused, message}],
})

describe('a watch of servers', () => {
  for (const [name, text] of HOSTILE) {
    it(`shows what a server said without ${name}, at first and when it changes`, async () => {
      for (const output of [undefined, 'json', 'yaml'] as const) {
        let printed = ''
        const show = watchView(output, {write: (chunk, done) => { printed += chunk; done(); return true }})
        await show(list(text, 'no'))
        await show(list(text, 'unknown'))
        assert.doesNotMatch(printed, UNSEEN)
        assert.ok(printed.includes('unknown') || printed.includes('not known'))
      }
    })
  }
})
