import {badRequest} from './objects.ts'
import type {StoredObject} from './objects.ts'

export type Match = (object: StoredObject) => boolean

const SET = /^([^\s!=,]+)\s+(in|notin)\s*\(([^)]*)\)$/
const EQUAL = /^([^\s!=,]+)\s*(==|=|!=)\s*([^\s=,]*)$/
const EXISTS = /^(!?)\s*([^\s!=,]+)$/

/** A label selector in kubectl's syntax. @throws StatusError 400 for one that cannot be read */
export function labelMatch(selector: string): Match {
  const requirements = selector.split(/,(?![^(]*\))/).map(part => part.trim()).filter(part => part !== '').map(requirement)
  return object => requirements.every(fulfilled => fulfilled(object.metadata.labels ?? {}))
}

function requirement(text: string): (labels: Record<string, string>) => boolean {
  const [, setKey, operator, values] = SET.exec(text) ?? []
  if (setKey) {
    const set = new Set<string | undefined>(values?.split(',').map(value => value.trim()))
    return labels => set.has(labels[setKey]) ? operator === 'in' : operator === 'notin'
  }
  const [, key, sign, value] = EQUAL.exec(text) ?? []
  if (key) return labels => (labels[key] === value) === (sign !== '!=')
  const [, not, name] = EXISTS.exec(text) ?? []
  if (name) return labels => name in labels === (not === '')
  throw badRequest(`unable to parse requirement: found '${text}'`)
}

const FIELDS: Record<string, (object: StoredObject) => unknown> = {
  'metadata.name': ({metadata}) => metadata.name,
  'metadata.namespace': ({metadata}) => metadata.namespace ?? '',
  'status.phase': ({status}) => status?.['phase'],
  'spec.nodeName': ({spec}) => spec?.['nodeName'] ?? '',
}

/** A field selector, of the fields that the API server indexes for pods. @throws StatusError 400 for any other field */
export function fieldMatch(selector: string): Match {
  const terms = selector.split(',').filter(term => term !== '').map(term => {
    const [, field = '', sign, value] = /^([^!=]+)(==|=|!=)(.*)$/.exec(term) ?? []
    const read = FIELDS[field]
    if (!read) throw badRequest(`field label not supported: ${field || term}`)
    return (object: StoredObject) => (read(object) === value) === (sign !== '!=')
  })
  return object => terms.every(term => term(object))
}

/** `labelSelector`, `fieldSelector`, the namespace and the name of a request, as one question. */
export function matchOf(query: URLSearchParams, namespace: string | undefined): Match {
  const byLabel = labelMatch(query.get('labelSelector') ?? '')
  const byField = fieldMatch(query.get('fieldSelector') ?? '')
  return object => (namespace === undefined || object.metadata.namespace === namespace) && byLabel(object) && byField(object)
}
