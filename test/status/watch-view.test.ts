import assert from 'node:assert/strict'
import {watchView} from '../../src/cli/watch-view.ts'
import type {OutputFormat, OutputStream} from '../../src/cli/output.ts'
import type {StatusList} from '../../src/status/status.ts'

function list(paused: 'yes' | 'no', renewed = '2026-11-23T12:44:00.000Z'): StatusList {
  return {
    apiVersion: 'scalardl.scalar-labs.com/v1alpha1', kind: 'ServerStatusList', seenAt: '2026-11-23T12:44:07.000Z', warnings: [],
    items: [{
      pod: 'a', namespace: 'ledger', uid: 'uid-a', cluster: 'prod', product: 'ledger', release: 'my-ledger', ready: true, restarts: 0, admin: {port: 50_053, tls: true}, paused,
      lease: {name: 'kubectl-scalardl-my-ledger', holder: 'alice@laptop/1a2b3c4d', renewed, alive: true},
    }],
  }
}

/** What is written for looks that follow each other. */
async function written(output: OutputFormat | undefined, isTTY: boolean, ...lists: StatusList[]): Promise<string[]> {
  const texts: string[] = []
  const stream: OutputStream = {
    isTTY,
    getColorDepth: () => 1,
    write(text, done) {
      texts.push(text)
      done()
      return true
    },
  }
  const show = watchView(output, stream)
  for (const each of lists) await show(each)
  return texts
}

describe('a status that is watched', () => {
  it('is drawn anew on a terminal, whether something changed or not', async () => {
    const [first, ...others] = await written(undefined, true, list('no'), list('no'))
    assert.deepEqual(first?.split('\n').slice(0, 4), [
      '\u001B[H\u001B[2J2026-11-23T12:44:07.000Z', '', 'POD  PRODUCT  VERSION  READY  RESTARTS  ADMIN      PAUSED', 'a    ledger   ?        yes    0         50053 TLS  no',
    ])
    assert.deepEqual(others, [first])
  })

  it('is a table and then what changes, where it is read by a program', async () => {
    const [table, ...others] = await written(undefined, false, list('no'), list('no'), list('yes'))
    assert.match(table ?? '', /^POD /)
    assert.deepEqual(others, ['2026-11-23T12:44:07.000Z  a: paused\n'])
  })

  it('is one list a line as JSON, and one a document as YAML; a lease that is renewed is no change', async () => {
    const lists = [list('no'), list('no', '2026-11-23T12:44:05.000Z'), list('yes')]
    assert.deepEqual((await written('json', true, ...lists)).map(line => JSON.parse(line) as unknown), [lists[0], lists[2]])
    assert.ok((await written('json', false, ...lists)).every(line => line.indexOf('\n') === line.length - 1))
    assert.deepEqual((await written('yaml', false, ...lists)).map(text => text.split('\n')[0]), ['---', '---'])
  })
})
