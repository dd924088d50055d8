/**
 * The part of JSON Schema that the published schemas use. Records are read with the schema that is published for them, so that
 * the two cannot drift apart.
 */
export type Schema = boolean | SchemaObject

export interface SchemaObject {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly format?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: Schema
  readonly minItems?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema | undefined>>
  readonly additionalProperties?: Schema
  readonly allOf?: readonly Schema[]
  readonly if?: Schema
  readonly then?: Schema
  readonly else?: Schema
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
}

/** What is wrong with a value, the first thing of all, naming its place: `targets[0].admin.port is not an integer`; undefined: nothing. */
export const schemaProblem = (schema: SchemaObject, value: unknown): string | undefined => problemIn(schema, value, '', schema)

type Check = (schema: SchemaObject, value: unknown, path: string, root: SchemaObject) => string | undefined

function problemIn(schema: Schema, value: unknown, path: string, root: SchemaObject): string | undefined {
  if (schema === true) return undefined
  if (schema === false) return `${nameOf(path)} must not be there`
  return firstOf(CHECKS, check => check(schema, value, path, root))
}

function firstOf<T>(items: readonly T[], check: (item: T, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const problem = check(item, index)
    if (problem !== undefined) return problem
  }
  return undefined
}

const nameOf = (path: string) => path === '' ? 'the whole' : path
const below = (path: string, key: string) => path === '' ? key : `${path}.${key}`
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

const TYPES: Readonly<Record<string, readonly [string, (value: unknown) => boolean]>> = {
  object: ['an object', isObject],
  array: ['a list', Array.isArray],
  string: ['a text', value => typeof value === 'string'],
  boolean: ['true or false', value => typeof value === 'boolean'],
  number: ['a number', value => typeof value === 'number'],
  integer: ['an integer', Number.isInteger],
}

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': isInstant,
  uri: text => URI.test(text) && URL.canParse(text),
}

/** RFC 3986, as far as a server has it: URL itself mends what no other reader would take. */
const URI = /^[a-z][a-z\d+.-]*:\/\/(?:[\w.~!$&'()*+,;=:@-]|%[\da-f]{2}|\[[\da-f:.]+\])*(?:\/(?:[\w.~!$&'()*+,;=:@/-]|%[\da-f]{2})*)?(?:\?(?:[\w.~!$&'()*+,;=:@/?-]|%[\da-f]{2})*)?$/i

/** A moment that a calendar has: JavaScript takes a 31 February for a 3 March. */
function isInstant(text: string): boolean {
  const ms = Date.parse(text)
  return !Number.isNaN(ms) && (!text.endsWith('Z') || new Date(ms).toISOString().startsWith(text.slice(0, 19)))
}

const CHECKS: readonly Check[] = [
  ({$ref}, value, path, root) => $ref === undefined ? undefined : problemIn(definition($ref, root), value, path, root),
  ({type}, value, path) => type === undefined || TYPES[type]?.[1](value) ? undefined : `${nameOf(path)} is not ${TYPES[type]?.[0] ?? type}`,
  (schema, value, path) => 'const' in schema && schema.const !== value ? `${nameOf(path)} is not ${JSON.stringify(schema.const)}` : undefined,
  (schema, value, path) => schema.enum?.includes(value) === false ? `${nameOf(path)} is none of ${schema.enum.map(String).join(', ')}` : undefined,
  (schema, value, path) => typeof value === 'string' ? textProblem(schema, value, path) : undefined,
  (schema, value, path) => typeof value === 'number' ? numberProblem(schema, value, path) : undefined,
  (schema, value, path, root) => Array.isArray(value) ? listProblem(schema, value, path, root) : undefined,
  (schema, value, path, root) => isObject(value) ? objectProblem(schema, value, path, root) : undefined,
  ({allOf = []}, value, path, root) => firstOf(allOf, schema => problemIn(schema, value, path, root)),
  (schema, value, path, root) => schema.if === undefined ? undefined
    : problemIn((problemIn(schema.if, value, path, root) === undefined ? schema.then : schema.else) ?? true, value, path, root),
]

/** Only `#/$defs/name` is used. */
function definition(reference: string, root: SchemaObject): Schema {
  const schema = root.$defs?.[reference.replace(/^#\/\$defs\//, '')]
  if (schema === undefined) throw new Error(`the schema has no ${reference}`)
  return schema
}

function textProblem({pattern, format, minLength = 0, maxLength = Infinity}: SchemaObject, text: string, path: string): string | undefined {
  if (text.length < minLength) return `${nameOf(path)} is empty`
  if (text.length > maxLength) return `${nameOf(path)} is longer than ${maxLength} characters`
  const legal = (pattern === undefined || new RegExp(pattern, 'u').test(text)) && (format === undefined || FORMATS[format]?.(text) === true)
  return legal ? undefined : `${nameOf(path)} cannot be ${JSON.stringify(text)}`
}

function numberProblem({minimum = -Infinity, maximum = Infinity}: SchemaObject, value: number, path: string): string | undefined {
  return value >= minimum && value <= maximum ? undefined : `${nameOf(path)} cannot be ${value}`
}

function listProblem({items = true, minItems = 0}: SchemaObject, list: readonly unknown[], path: string, root: SchemaObject): string | undefined {
  if (list.length < minItems) return `${nameOf(path)} has fewer than ${minItems} ${minItems === 1 ? 'entry' : 'entries'}`
  return firstOf(list, (item, index) => problemIn(items, item, `${path}[${index}]`, root))
}

function objectProblem(schema: SchemaObject, value: Readonly<Record<string, unknown>>, path: string, root: SchemaObject): string | undefined {
  const {required = [], properties = {}, additionalProperties = true} = schema
  const missing = required.find(key => !Object.hasOwn(value, key))
  if (missing !== undefined) return `${below(path, missing)} is missing`
  return firstOf(Object.entries(value), ([key, each]) => Object.hasOwn(properties, key)
    ? problemIn(properties[key] ?? true, each, below(path, key), root)
    : additionalProperties === false ? `${below(path, key)} is not known` : problemIn(additionalProperties, each, below(path, key), root))
}
