import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {Ajv2020} from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

const schema = JSON.parse(readFileSync(new URL('../../schema/restore-point.schema.json', import.meta.url), 'utf8')) as object
const ajv = new Ajv2020({allErrors: true, strictTypes: false, strictRequired: false})
formats.default(ajv)
const validate = ajv.compile(schema)

/** Fails the test unless the record is as the published schema says. Every test that writes a record calls it. */
export function validateRecord(record: unknown): void {
  const problems = validate(record) ? [] : (validate.errors ?? []).map(({instancePath, message, params}) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`)
  assert.deepEqual(problems, [])
}
