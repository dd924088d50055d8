import {RESOURCES, groupVersion} from './objects.ts'
import type {Resource} from './objects.ts'

/** A request to the resource part of the API, as the API server understands it. */
export interface Route {
  readonly verb: string
  readonly resource: Resource
  readonly namespace?: string
  readonly name?: string
  readonly subresource?: string
  readonly query: URLSearchParams
}

const COLLECTION_VERBS: Record<string, string> = {GET: 'list', POST: 'create', DELETE: 'deletecollection'}
const OBJECT_VERBS: Record<string, string> = {GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete'}

/** @returns undefined for anything that is not a known resource */
export function routeOf(method: string, url: URL): Route | undefined {
  const [, , group = '', version, rest = ''] = /^\/(api|apis\/([^/]+))\/([^/]+)\/(.+)$/.exec(url.pathname) ?? []
  const [first = '', ...others] = rest.split('/').map(decodeURIComponent)
  const inNamespace = first === 'namespaces' && others.length > 1
  const [namespace, plural, name, subresource, ...more] = inNamespace ? others : [undefined, first, ...others]
  const resource = RESOURCES.find(each => each.group === group && each.version === version && each.plural === plural)
  if (!resource || more.length > 0 || (inNamespace && !resource.namespaced)) return undefined
  const watching = ['true', '1'].includes(url.searchParams.get('watch') ?? '')
  const verb = name ? OBJECT_VERBS[method] : method === 'GET' && watching ? 'watch' : COLLECTION_VERBS[method]
  return verb ? {verb, resource, namespace, name, subresource, query: url.searchParams} : undefined
}

/** The name that a list or watch asks for by field selector: RBAC treats it as the request's name. */
export const nameInSelector = (query: URLSearchParams) => /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1]

/** Discovery documents, enough for kubectl to know the kinds. @returns undefined for any other path */
export function discovery(path: string): object | undefined {
  if (path === '/api') return {kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: []}
  if (path === '/apis') return {kind: 'APIGroupList', apiVersion: 'v1', groups: groups()}
  const wanted = /^\/apis?\/(.+)$/.exec(path)?.[1]
  const resources = RESOURCES.filter(each => groupVersion(each) === wanted)
  return resources.length > 0 ? {kind: 'APIResourceList', apiVersion: 'v1', groupVersion: wanted, resources: resources.map(describe)} : undefined
}

function groups(): object[] {
  const versions = [...new Set(RESOURCES.filter(({group}) => group).map(groupVersion))]
  return versions.map(groupVersion => {
    const [name, version] = groupVersion.split('/')
    return {name, versions: [{groupVersion, version}], preferredVersion: {groupVersion, version}}
  })
}

const describe = ({plural, singular, kind, namespaced, shortNames}: Resource) => ({
  name: plural, singularName: singular, namespaced, kind, shortNames,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
})
