import type {Environment, Variable} from './environment.ts'

/** Properties with their placeholders filled in. A key is in `values` or in `hidden`, never in both. */
export interface Properties {
  readonly values: ReadonlyMap<string, string>
  /** Keys whose values lie elsewhere, and where: a Secret, a variable that is not set, a syntax that is not known. */
  readonly hidden: ReadonlyMap<string, string>
}

/**
 * Fills in both placeholder syntaxes of the Scalar charts: Apache Commons Text (`${env:X}`, `${env:X:-default}`) and
 * Go templates (`{{ .Env.X }}`, `{{ default .Env.X "default" }}`). A default counts only when the variable is known to be unset.
 */
export function resolveProperties(entries: ReadonlyMap<string, string>, environment: Environment): Properties {
  const values = new Map<string, string>()
  const hidden = new Map<string, string>()
  for (const [key, text] of entries) {
    const result = resolve(text, environment)
    if (result.kind === 'value') values.set(key, result.value.trim())
    else hidden.set(key, result.kind === 'hidden' ? result.where : 'not set')
  }
  return {values, hidden}
}

/** Defaults may hold placeholders in turn; ten rounds are more than any file needs, and end a circle. */
const ROUNDS = 10

function resolve(text: string, environment: Environment): Variable {
  let value = text
  for (let round = 0; round < ROUNDS && hasPlaceholder(value); round++) {
    const next = fill(value, environment)
    if (next.kind !== 'value') return next
    value = next.value
  }
  return hasPlaceholder(value) ? {kind: 'hidden', where: 'a placeholder that only the server can fill in'} : {kind: 'value', value}
}

/** No property needs more; variables made of one another could grow without end. */
const LONGEST = 65_536
const TOO_LONG = 'placeholders that grow without end'

const hasPlaceholder = (text: string) => text.includes('${') || text.includes('{{')

const COMMONS_TEXT = /\$\{env:([^${}:]+)(?::-([^${}]*))?\}/g
const GO_TEMPLATE = /\{\{-?\s*(?:default\s+)?\.Env\.(\w+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*-?\}\}/g

function fill(text: string, environment: Environment): Variable {
  let failure: Variable | undefined
  let room = LONGEST
  const put = (_: string, name: string, fallback?: string) => {
    if (failure) return ''
    const variable = environment(name.trim())
    const filled = variable.kind === 'value' ? variable.value : variable.kind === 'unset' ? fallback : undefined
    room -= filled?.length ?? 0
    if (filled !== undefined && room >= 0) return filled
    failure = room < 0 ? {kind: 'hidden', where: TOO_LONG} : variable.kind === 'hidden' ? variable : {kind: 'hidden', where: `variable ${name.trim()}, which is not set`}
    return ''
  }
  const value = text.replace(COMMONS_TEXT, put).replace(GO_TEMPLATE, put)
  return failure ?? {kind: 'value', value}
}
