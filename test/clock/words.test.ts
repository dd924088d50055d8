import assert from 'node:assert/strict'
import {offsetText} from '../../src/clock/offset-text.ts'
import {refuseClocks} from '../../src/clock/refuse.ts'
import {readingText} from '../../src/clock/words.ts'
import {CliError, EXIT} from '../../src/support/errors.ts'
import type {Measured} from '../../src/clock/measure.ts'
import type {ClockOffset} from '../../src/protocol/types.ts'

describe('an offset in words', () => {
  for (const [loMs, hiMs, text] of [
    [-12, 7, "as this machine's clock, give or take 12 ms"],
    [0, 0.25, "as this machine's clock, give or take 1 ms"],
    [2990, 3010, "3.00 s ahead of this machine's clock, give or take 10 ms"],
    [2994, 3001, "3.00 s ahead of this machine's clock, give or take 6 ms"],
    [-30_020, -29_990, "30.00 s behind this machine's clock, give or take 20 ms"],
    [120, 140, "130 ms ahead of this machine's clock, give or take 10 ms"],
    [994, 1002, "1.00 s ahead of this machine's clock, give or take 6 ms"],
  ] as const) {
    it(`[${loMs}, ${hiMs}] is "${text}"`, () => assert.equal(offsetText({loMs, hiMs}), text))
  }
})

describe('a clock that was measured, in words', () => {
  const measurement: Measured = {
    loMs: 2990, hiMs: 3010, host: 'dynamodb.eu-west-1.amazonaws.com', address: '52.94.5.1', verified: true, samples: 10, agree: true,
  }
  const text = (differing: Partial<Measured>) => readingText({database: 'Amazon DynamoDB in eu-west-1', measurement: {...measurement, ...differing}})
  const begin = "Amazon DynamoDB in eu-west-1: 3.00 s ahead of this machine's clock, give or take 10 ms"

  for (const [differing, end] of [
    [{}, '(dynamodb.eu-west-1.amazonaws.com at 52.94.5.1)'],
    [{address: '10.0.3.7'}, '(dynamodb.eu-west-1.amazonaws.com at 10.0.3.7, a private address)'],
    [{address: 'fd00::7'}, '(dynamodb.eu-west-1.amazonaws.com at fd00::7, a private address)'],
    [{address: undefined, proxy: 'proxy.corp:3128'}, '(dynamodb.eu-west-1.amazonaws.com through the proxy proxy.corp:3128)'],
    [{host: '127.0.0.1', address: '127.0.0.1', verified: false}, '(127.0.0.1; over plain http, where nothing proves who answers)'],
    [{agree: false}, '(dynamodb.eu-west-1.amazonaws.com at 52.94.5.1; its answers contradict each other)'],
  ] satisfies Array<[Partial<Measured>, string]>) {
    it(`${begin} ${end}`, () => assert.equal(text(differing), `${begin} ${end}`))
  }

  it('or was not, and what a backup takes instead', () => {
    assert.equal(readingText({database: 'Azure Cosmos DB ledger', measurement: {unmeasured: 'ledger.documents.azure.com: no answer within 3 s'}}, 1000),
      "Azure Cosmos DB ledger: not measured (ledger.documents.azure.com: no answer within 3 s); it is taken to be within 1 s of this machine's")
  })
})

describe('clocks too far apart', () => {
  const clock = (database: string, middleMs: number): ClockOffset => ({database, loMs: middleMs - 10, hiMs: middleMs + 10})
  const refusal = (offsets: ClockOffset[], holdMs = 10_000) => {
    try {
      refuseClocks(offsets, {holdMs, guardMs: 1000})
    } catch (error) {
      assert.ok(error instanceof CliError)
      return {message: error.message, hints: error.hints, exitCode: error.exitCode}
    }
    return undefined
  }

  it('end a backup before its pause, naming the two and the hold that would do', () => {
    assert.deepEqual(refusal([clock('Azure Cosmos DB ledger', 5), clock('Amazon DynamoDB in eu-west-1', 30_000), clock('Cassandra', 4)]), {
      exitCode: EXIT.usage,
      message: '--hold 10s has no restore point that lies inside the pause by the clock of every database: '
        + 'with these clocks and --clock-guard 1s it takes at least --hold 35s',
      hints: [
        "Cassandra is as this machine's clock, give or take 14 ms",
        "Amazon DynamoDB in eu-west-1 is 30.00 s ahead of this machine's clock, give or take 10 ms",
        'set the clocks right (NTP), or pause for longer; nothing was paused',
      ],
    })
  })

  it('are also one that was measured and one that was not', () => {
    assert.deepEqual(refusal([{database: 'PostgreSQL', loMs: 0, hiMs: 0, unmeasured: 'no answer'}, clock('Amazon DynamoDB in eu-west-1', -30_000)])?.hints.slice(0, 2), [
      "Amazon DynamoDB in eu-west-1 is 30.00 s behind this machine's clock, give or take 10 ms", 'PostgreSQL is not measured',
    ])
  })

  it('are none that agree, however far they are off together', () => {
    assert.equal(refusal([clock('one', 30_000), clock('other', 30_100)]), undefined)
    assert.equal(refusal([clock('one', 0), clock('other', 5980)]), undefined)
    assert.notEqual(refusal([clock('one', 0), clock('other', 5981)]), undefined)
  })
})
