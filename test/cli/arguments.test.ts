import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {commandFirst, plainBooleans} from '../../src/cli/arguments.ts'
import {kubeFlags} from '../../src/cli/flags.ts'

describe('flags before the command', () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ['backup -n ledger', 'backup -n ledger'],
    ['-n ledger backup --dry-run', 'backup -n ledger --dry-run'],
    ['-nledger backup', 'backup -nledger'],
    ['--context=a backup x', 'backup --context=a x'],
    ['--context a -A backup', 'backup --context a -A'],
    ['--insecure-skip-tls-verify backup', 'backup --insecure-skip-tls-verify'],
    ['--as-group a --as-group b backup', 'backup --as-group a --as-group b'],
    ['restore-points -n ledger show latest', 'restore-points show -n ledger latest'],
    ['-n ledger restore-points --local show latest', 'restore-points show -n ledger --local latest'],
    ['restore-points -o json', 'restore-points -o json'],
    ['restore-points -n show', 'restore-points -n show'],
    ['-n ledger restore-points', 'restore-points -n ledger'],
    ['restore-points -n ledger -- show', 'restore-points -n ledger -- show'],
    ['backup -n ledger show', 'backup -n ledger show'],
    ['--help', '--help'],
    ['--version', '--version'],
    ['-n ledger', '-n ledger'],
    ['-- backup', '-- backup'],
    ['', ''],
  ]
  for (const [given, understood] of cases) {
    it(`"${given}" is read as "${understood}"`, () => {
      const words = (text: string) => text.split(' ').filter(Boolean)
      assert.deepEqual(commandFirst(words(given), kubeFlags), words(understood))
    })
  }
})

describe('switches with a value', () => {
  const booleans = new Set(['--all-namespaces'])
  const cases: ReadonlyArray<readonly [string, readonly string[], readonly string[]]> = [
    ['true sets one', ['--all-namespaces=true', 'x'], ['--all-namespaces', 'x']],
    ['false leaves it out', ['--all-namespaces=false', 'x'], ['x']],
    ['others keep theirs', ['--context=true'], ['--context=true']],
    ['nothing changes behind --', ['--', '--all-namespaces=true'], ['--', '--all-namespaces=true']],
  ]
  for (const [name, given, understood] of cases) {
    it(name, () => { assert.deepEqual(plainBooleans(given, booleans), understood) })
  }
})
