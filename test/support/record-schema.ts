import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {Ajv2020} from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type {ValidateFunction} from 'ajv/dist/2020.js'

const ajv = new Ajv2020({allErrors: true, strictTypes: false, strictRequired: false})
formats.default(ajv)
const compiled = new Map<string, ValidateFunction>()

function validatorOf(name: string): ValidateFunction {
  const validate = compiled.get(name) ?? ajv.compile(JSON.parse(readFileSync(new URL(`../../schema/${name}.schema.json`, import.meta.url), 'utf8')) as object)
  compiled.set(name, validate)
  return validate
}

/** Fails the test unless the value is as the published schema of this name says. */
export function validateBy(name: string, value: unknown): void {
  const validate = validatorOf(name)
  const problems = validate(value) ? [] : (validate.errors ?? []).map(({instancePath, message, params}) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`)
  assert.deepEqual(problems, [])
}

/** Fails the test unless the record is as the published schema says. Every test that writes a record calls it. */
export const validateRecord = (record: unknown): void => validateBy('restore-point', record)
