import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {renderMarkdown} from '../../src/plan/markdown.ts'
import {renderText} from '../../src/plan/text.ts'
import {goldenPlan, planOf} from '../support/plan-of.ts'
import {fakeDatabase} from './fakes.ts'

const fake = planOf(fakeDatabase(), {settings: {host: 'db.example.com'}, tables: ['scalar.asset', 'coordinator.state']})

describe('a restore plan of one database', () => {
  it('reads as it is written down', () => { goldenPlan('fake', fake) })

  it('marks the point of no return before its step', () => {
    const lines = renderText(fake).split('\n')
    const mark = lines.findIndex(line => line.includes('POINT OF NO RETURN'))
    assert.equal(lines[mark + 2], '3.  Put the copy in the place of the original')
  })

  it('keeps prose within 80 columns', () => {
    const prose = renderText(fake).split('\n').filter(line => !line.startsWith('      '))
    assert.ok(prose.every(line => line.length <= 80), prose.find(line => line.length > 80))
  })

  it('is no markup in Markdown, whatever its names are', () => {
    const hostile = planOf(fakeDatabase({covers: ['a|b', '*x*', '<script>', '```', '[a](b)'], warnings: ['one\n# two']}), {settings: {host: 'x'}})
    const text = renderMarkdown(hostile)
    assert.match(text, /brings back: a\\\|b, \\\*x\\\*, \\<script\\>, \\`\\`\\`, \\\[a\\\]\(b\)/)
    assert.match(text, /^> \*\*Warning:\*\* one # two$/m)
  })
})
