import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {describe, it} from 'mocha'
import {diagram, withDiagram} from '../../scripts/diagram.ts'
import {RULES} from '../../src/protocol/machine.ts'

const path = new URL('../../docs/protocol.md', import.meta.url)

describe('the diagram in docs/protocol.md', () => {
  it('is drawn from the rules (if not: node scripts/diagram.ts)', () => {
    const text = readFileSync(path, 'utf8')
    assert.ok(text === withDiagram(text), 'it is stale')
  })

  it('has one arrow for what holds for all phases of a group', () => {
    assert.ok(diagram(RULES).includes('\n  paused --> unpausing: 10 any deviation\n'))
    assert.ok(diagram(RULES).includes('\n    holding --> confirming: 9 second T has passed everywhere, the command has ended\n'))
  })
})
