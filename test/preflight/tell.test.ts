import assert from 'node:assert/strict'
import {checked} from '../backup/builders.ts'
import {tellPreflight} from '../../src/preflight/preflight.ts'
import type {Preflight} from '../../src/preflight/preflight.ts'

/** What a backup says of it, line by line. */
function told(differing: Partial<Preflight>): string[] {
  const said: string[] = []
  const tell = {
    line: (title: string, text: string) => { said.push(`✔ ${title}: ${text}`) },
    busy: (title: string, text: string) => { said.push(`… ${title}: ${text}`) },
    warn: (title: string, text: string) => { said.push(`⚠ ${title}: ${text}`) },
  }
  try {
    tellPreflight({databases: [], unknown: [], clocks: {asked: [], databases: [], apiServers: []}, ...differing}, 1000, tell)
  } catch (error) {
    said.push(`error: ${(error as Error).message}`)
  }
  return said
}

const measured = {loMs: 0, hiMs: 12, host: 'db.example.com', verified: true, samples: 9, agree: true}

describe('before a pause, a backup', () => {
  it('says what passed, and what is to be known of it', () => {
    assert.deepEqual(told({databases: [checked({findings: [{level: 'warning', text: 'scalar.gone: no such table'}]})]}), [
      '✔ Databases: Amazon DynamoDB in eu-west-1: point-in-time recovery is on for all 2 tables, kept for 35 days',
      '⚠ Databases: Amazon DynamoDB in eu-west-1: scalar.gone: no such table',
    ])
  })

  it('says what it could not look at, what it was told not to look at, and what it does not know', () => {
    const unknown = 'the database behind ledger/mine is not known: its properties could not be read'
    assert.deepEqual(told({databases: [checked({check: 'unverified', summary: 'no answer within 20 s'}), checked({check: 'skipped', summary: 'not checked'})], unknown: [unknown]}), [
      '⚠ Databases: Amazon DynamoDB in eu-west-1: not verified: no answer within 20 s; see: kubectl scalardl check',
      '⚠ Databases: Amazon DynamoDB in eu-west-1: not checked',
      `⚠ Databases: ${unknown}`,
    ])
  })

  it('says all that passed before the error for what failed, and no word of the clocks', () => {
    const clocks = {asked: [], databases: [{database: 'db', measurement: measured}], apiServers: []}
    assert.deepEqual(told({databases: [checked({check: 'failed', summary: 'off', name: 'A'}), checked({name: 'B', summary: 'on'})], clocks}), [
      '✔ Databases: B: on', 'error: no restore point would be restorable: A: off',
    ])
  })

  it('says how far the clocks are off, those of API servers only where they tell', () => {
    assert.deepEqual(told({clocks: {
      asked: [],
      databases: [{database: 'A', measurement: measured}, {database: 'B', measurement: {unmeasured: 'no route'}}],
      apiServers: [{database: 'the API server of prod', measurement: measured}, {database: 'the API server of test', measurement: {unmeasured: 'no Date'}}],
    }}), [
      "✔ Clocks: A: as this machine's clock, give or take 12 ms (db.example.com)",
      "⚠ Clocks: B: not measured (no route); it is taken to be within 1 s of this machine's",
      "✔ Clocks: the API server of prod: as this machine's clock, give or take 12 ms (db.example.com)",
    ])
  })
})
