import assert from 'node:assert/strict'
import {environmentOf} from '../../src/discovery/environment.ts'
import {resolveProperties} from '../../src/discovery/placeholders.ts'
import {parseProperties} from '../../src/discovery/properties.ts'

describe('properties', () => {
  const files: Array<[what: string, text: string, entries: Record<string, string>]> = [
    ['equals sign', 'a.b=c', {'a.b': 'c'}],
    ['colon', 'a.b:c', {'a.b': 'c'}],
    ['blanks', 'a.b \t c d', {'a.b': 'c d'}],
    ['blanks around the separator', '  a.b = c', {'a.b': 'c'}],
    ['only the first separator', 'url=jdbc:mysql://h/?a=b', {url: 'jdbc:mysql://h/?a=b'}],
    ['blanks at the end stay', 'a=b  ', {a: 'b  '}],
    ['a key alone', 'a\nb=', {a: '', b: ''}],
    ['comments and empty lines', '# a=1\n  ! b=2\n\n \t\nc=3', {c: '3'}],
    ['a comment is not continued', '# a \\\nb=1', {b: '1'}],
    ['a continued line', 'a=b,\\\n   c,\\\n\t# d', {a: 'b,c,# d'}],
    ['an escaped backslash at the end', 'a=b\\\\\nc=d', {a: 'b\\', c: 'd'}],
    ['a continuation at the end of the file', 'a=b\\', {a: 'b'}],
    ['all line ends', 'a=1\r\nb=2\rc=3\n', {a: '1', b: '2', c: '3'}],
    ['escapes', 'a\\ b\\:c=\\t\\u0041\\x\\=', {'a b:c': '\tAx='}],
    ['the last of several', 'a=1\na=2', {a: '2'}],
  ]
  for (const [what, text, entries] of files) {
    it(`reads ${what}`, () => assert.deepEqual(Object.fromEntries(parseProperties(text)), entries))
  }
})

describe('properties that are made to take for ever', () => {
  const files: Array<[what: string, text: string, value: string]> = [
    ['backslashes', `a=${'\\\\'.repeat(500_000)}x`, `${'\\'.repeat(500_000)}x`],
    ['continued lines', `a=${'b\\\n'.repeat(300_000)}c`, `${'b'.repeat(300_000)}c`],
    ['blanks', `a=${' '.repeat(1_000_000)}b`, 'b'],
  ]
  for (const [what, text, value] of files) {
    it(`by a million ${what}, do not`, () => assert.equal(parseProperties(text).get('a'), value))
  }

  it('by variables that name others twice, are left hidden', () => {
    const env = Array.from({length: 60}, (_, i) => ({name: `V${i}`, value: `$(V${i + 1})$(V${i + 1})`}))
    const {hidden} = resolveProperties(new Map([['a', '${env:V0}']]), environmentOf({name: 'c', env}, []))
    assert.equal(hidden.get('a'), 'variable V0, which is made of too many others')
  })

  it('by placeholders that grow, are left hidden', () => {
    const env = [{name: 'V', value: '${env:V}'.repeat(100)}]
    const {hidden} = resolveProperties(new Map([['a', '${env:V}']]), environmentOf({name: 'c', env}, []))
    assert.equal(hidden.get('a'), 'placeholders that grow without end')
  })
})

describe('placeholders', () => {
  const environment = environmentOf({
    name: 'scalardl-ledger',
    env: [
      {name: 'HOST', value: 'db.example.com'},
      {name: 'EMPTY', value: ''},
      {name: 'URL', value: 'jdbc:mysql://$(HOST)/'},
      {name: 'ESCAPED', value: '$$(HOST)'},
      {name: 'LOOP', value: '$(LOOP)'},
      {name: 'NESTED', value: '${env:HOST}'},
      {name: 'PASSWORD', valueFrom: {secretKeyRef: {name: 'creds', key: 'db-password'}}},
      {name: 'WITH_PASSWORD', value: 'x$(PASSWORD)'},
      {name: 'SETTING', valueFrom: {configMapKeyRef: {name: 'settings', key: 'setting'}}},
      {name: 'NODE', valueFrom: {fieldRef: {fieldPath: 'spec.nodeName'}}},
    ],
    envFrom: [{configMapRef: {name: 'settings'}}, {prefix: 'S_', secretRef: {name: 'whole'}}],
  }, [{metadata: {name: 'settings'}, data: {setting: 'on', region: 'eu-west-1'}}])

  const resolved: Array<[text: string, value: string]> = [
    ['plain', 'plain'],
    ['${env:HOST}', 'db.example.com'],
    ['a-${env:HOST}:${env:region}', 'a-db.example.com:eu-west-1'],
    ['${env:HOST:-other}', 'db.example.com'],
    ['${env:MISSING:-other}', 'other'],
    ['${env:MISSING:-}', ''],
    ['${env:MISSING:-${env:HOST}}', 'db.example.com'],
    ['${env:EMPTY:-other}', ''],
    ['${env:URL}', 'jdbc:mysql://db.example.com/'],
    ['${env:ESCAPED}', '$(HOST)'],
    ['${env:LOOP}', '$(LOOP)'],
    ['${env:NESTED}', 'db.example.com'],
    ['${env:SETTING}', 'on'],
    ['{{ default .Env.HOST "other" }}', 'db.example.com'],
    ['{{default .Env.MISSING "other"}}', 'other'],
    ['{{- default .Env.MISSING "" -}}', ''],
    ['{{ .Env.HOST }}', 'db.example.com'],
  ]
  for (const [text, value] of resolved) {
    it(`fills ${text}`, () => assert.equal(resolveProperties(new Map([['key', text]]), environment).values.get('key'), value))
  }

  const hidden: Array<[text: string, where: string]> = [
    ['${env:PASSWORD}', 'secret/creds, key db-password'],
    ['${env:PASSWORD:-default}', 'secret/creds, key db-password'],
    ['${env:WITH_PASSWORD}', 'secret/creds, key db-password'],
    ['${env:S_TOKEN:-default}', 'secret/whole, key TOKEN'],
    ['{{ default .Env.PASSWORD "" }}', 'secret/creds, key db-password'],
    ['${env:MISSING}', 'variable MISSING, which is not set'],
    ['{{ .Env.MISSING }}', 'variable MISSING, which is not set'],
    ['${env:NODE}', 'the pod\'s variable NODE'],
    ['${sys:user.home}', 'a placeholder that only the server can fill in'],
    ['{{ if .Env.HOST }}x{{ end }}', 'a placeholder that only the server can fill in'],
  ]
  for (const [text, where] of hidden) {
    it(`leaves ${text} open and says where it lies`, () => {
      const {values, hidden} = resolveProperties(new Map([['key', text]]), environment)
      assert.deepEqual([[...values], [...hidden]], [[], [['key', where]]])
    })
  }
})
