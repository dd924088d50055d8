import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {cut, printable, printableIn, printableJson, printableLines, words} from '../../src/support/printable.ts'
import {HOSTILE, UNSEEN} from './hostile.ts'

describe('text from elsewhere', () => {
  for (const [name, text] of HOSTILE) {
    it(`is shown without ${name}, as text and as JSON`, () => {
      for (const shown of [printable(text), printableLines(text), words(text), printableJson({text})]) assert.doesNotMatch(shown, UNSEEN)
      assert.deepEqual(JSON.parse(printableJson({text})), {text})
    })
  }

  it('has a space where something was taken out: two names never look alike', () => {
    assert.equal(printable('led\u200Bger\u001B[31m'), 'led ger [31m')
  })

  it('keeps its lines only where it may have several', () => {
    assert.deepEqual([printable('a\r\n\tb'), printableLines('a\r\n\tb')], ['a b', 'a\n\tb'])
  })

  it('keeps the letters of every language', () => {
    const text = 'Zwölf Boxkämpfer, 十二, اثنا عشر, 🦊'
    assert.deepEqual([printable(text), JSON.parse(printableJson(text))], [text, text])
  })

  it('is cut when it is endless, and says how much is missing', () => {
    assert.equal(cut('a'.repeat(1_000_000), 3), 'aaa… (999997 characters more)')
    assert.equal(words('a'.repeat(1_000_000)).length, 2000 + '… (998000 characters more)'.length)
  })

  it('is made printable at any depth of a result', () => {
    assert.deepEqual(printableIn({pods: [{name: 'a\u001B', restarts: 1}], none: undefined, nothing: null}), {pods: [{name: 'a ', restarts: 1}], none: undefined, nothing: null})
  })
})
