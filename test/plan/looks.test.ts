import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {isLook, namesIn} from '../../src/plan/looks.ts'
import {shell} from '../../src/plan/shell.ts'

describe('a command that only looks something up', () => {
  const looks = [
    'A=$(fakectl a)', 'A=b', 'A="$(fakectl "x y" | grep \')\')"', 'A=(one two)', 'A=$(fakectl "$(fakectl b)") && test -n "$A"',
    'A=$(fakectl); test -n "$A"', 'A=$(fakectl)\nread -ra B <<< "$A"', 'A="${STATE:-$PWD}/x"\nmkdir -p "$A"', 'export A=$(fakectl)', 'A=1\nB=2',
  ]
  for (const text of looks) it(`is ${JSON.stringify(text)}`, () => assert.ok(isLook(shell(text))))

  const others = [
    'fakectl a', 'TZ=UTC mysqlbinlog x', 'PGPASSWORD=$(fakectl key) psql -c "$(cat x)"', 'A="b" fakectl', 'A=$(fakectl) && fakectl delete "$A"',
    'A=$(fakectl)\nfakectl delete "$A"', 'A=1\nB=2 fakectl delete', 'A=b; fakectl', 'A=b | fakectl', 'A=b & fakectl', 'test -n "$A"', 'A=1 \\\n fakectl',
  ]
  for (const text of others) it(`is not ${JSON.stringify(text)}`, () => assert.ok(!isLook(shell(text))))

  it('changes nothing, waits for nothing and asks nobody', () => {
    for (const extra of [{changes: true}, {byHand: true}, {unless: 'true'}, {wait: {everySeconds: 1, limitSeconds: 1, what: 'x'}}]) assert.ok(!isLook(shell('A=b', extra)))
  })

  it('tells its names', () => assert.deepEqual(namesIn(shell('A=$(x)\nread -ra B <<< "$A"\nexport C=1')), ['A', 'C']))
})
