import type {IncomingHttpHeaders} from 'node:http'
import type {V1PolicyRule} from '@kubernetes/client-node'
import {StatusError, qualified} from './objects.ts'

/** Somebody who sends requests. Members of `system:masters` may do everything. */
export interface User {
  readonly name: string
  readonly groups: readonly string[]
}

/** Rules of a user; without `namespace` they hold in every namespace and for the cluster. */
export interface Grant {
  readonly user: string
  readonly namespace?: string
  readonly rules: readonly V1PolicyRule[]
}

/** One thing somebody wants to do. */
export interface Wish {
  readonly verb: string
  readonly group: string
  /** Plural. */
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

const ANONYMOUS: User = {name: 'system:anonymous', groups: ['system:unauthenticated']}
const UNAUTHORIZED = new StatusError(401, 'Unauthorized', 'Unauthorized')

/** Who is who, and who may do what: authentication by token, impersonation, RBAC. */
export class AccessControl {
  readonly #byToken = new Map<string, User>()
  readonly #grants: Grant[] = []

  addUser(token: string, user: User): void {
    this.#byToken.set(token, user)
  }

  /** From now on the token is expired. */
  revoke(token: string): void {
    this.#byToken.delete(token)
  }

  grant(grant: Grant): void {
    this.#grants.push(grant)
  }

  /** Takes all rules of a user away, also in the middle of a backup. */
  strip(user: string): void {
    this.#grants.splice(0, this.#grants.length, ...this.#grants.filter(grant => grant.user !== user))
  }

  /** The acting user, impersonation included. @throws StatusError 401 for an unknown token, 403 for a forbidden disguise */
  identify(headers: IncomingHttpHeaders): User {
    const real = this.#authenticate(headers.authorization)
    const name = one(headers['impersonate-user'])
    if (name === undefined) {
      if (headers['impersonate-group']) throw badDisguise()
      return real
    }
    const groups = all(headers['impersonate-group'])
    this.demand(real, {verb: 'impersonate', group: '', resource: 'users', name})
    for (const group of groups) this.demand(real, {verb: 'impersonate', group: '', resource: 'groups', name: group})
    return {name, groups: [...groups, 'system:authenticated']}
  }

  allows(user: User, wish: Wish): boolean {
    if (user.groups.includes('system:masters')) return true
    if (wish.group === 'authorization.k8s.io' && wish.verb === 'create') return user.groups.includes('system:authenticated')
    return this.#grants.some(({user: name, namespace, rules}) =>
      name === user.name && (namespace === undefined || namespace === wish.namespace) && rules.some(rule => permits(rule, wish)))
  }

  /** @throws StatusError 403 in the API server's words */
  demand(user: User, wish: Wish): void {
    if (!this.allows(user, wish)) throw forbidden(user, wish)
  }

  #authenticate(authorization: string | undefined): User {
    if (!authorization) return ANONYMOUS
    const user = this.#byToken.get(authorization.replace(/^Bearer /i, ''))
    if (!user) throw UNAUTHORIZED
    return user
  }
}

const badDisguise = () =>
  new StatusError(500, 'InternalError', 'Internal Server Error: requested [{ Group }] without impersonating a user')

const one = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header)

const all = (header: string | string[] | undefined) => (Array.isArray(header) ? header : header === undefined ? [] : header.split(/,\s*/))

function permits(rule: V1PolicyRule, {verb, group, resource, subresource, name}: Wish): boolean {
  const full = subresource ? `${resource}/${subresource}` : resource
  return has(rule.verbs, verb) && has(rule.apiGroups, group) &&
    (has(rule.resources, full) || Boolean(subresource && rule.resources?.includes(`*/${subresource}`))) &&
    (!rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name)))
}

const has = (list: readonly string[] | undefined, wanted: string) => Boolean(list?.includes(wanted) || list?.includes('*'))

function forbidden({name: user}: User, {verb, group, resource, subresource, namespace, name}: Wish): StatusError {
  const kind = qualified({group, plural: resource})
  const full = subresource ? `${resource}/${subresource}` : resource
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`
  const message = `${kind}${name ? ` "${name}"` : ''} is forbidden: User "${user}" cannot ${verb} resource "${full}" in API group "${group}" ${where}`
  return new StatusError(403, 'Forbidden', message, {...(name && {name}), ...(group && {group}), kind: resource})
}
