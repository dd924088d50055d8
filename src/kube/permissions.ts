import type {ApiServer} from './types.ts'

/** One thing that may be forbidden. */
export interface Permission {
  readonly verb: string
  /** API group; '' is the core group. */
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  /** Undefined = in all namespaces. */
  readonly namespace?: string
  /** Only this object. */
  readonly name?: string
  /** A missing optional permission is a warning: something is assumed or left out. */
  readonly optional?: boolean
  /** What it is for, as a phrase. */
  readonly purpose?: string
}

/** A permission that was refused, with the authorizer's reason where it gives one. */
export type MissingPermission = Permission & {readonly reason?: string}

/** What a backup needs to know to say which permissions it will use. */
export interface BackupScope {
  /** Undefined = all namespaces. */
  readonly namespace?: string
  /** Whether the record is to be written to a ConfigMap. */
  readonly recordConfigMap: boolean
  /** `--lock`: whether leases are to be held, and whether the backup goes on without. */
  readonly lock: 'auto' | 'require' | 'off'
}

/** The permissions of a backup (docs/rbac.yaml); a WebSocket port-forward is `get`, from Kubernetes 1.35 on also `create`. */
export function permissionsForBackup({namespace, recordConfigMap, lock}: BackupScope): Permission[] {
  const all = (group: string, resource: string, verbs: readonly string[], rest: Partial<Permission>): Permission[] =>
    verbs.map(verb => ({verb, group, resource, namespace, ...rest}))
  return [
    ...all('', 'pods', ['get', 'list', 'watch'], {purpose: 'find the servers and prove that none restarted, joined or left'}),
    ...all('', 'pods', ['get', 'create'], {subresource: 'portforward', purpose: 'reach the admin ports'}),
    ...all('apps', 'deployments', ['list'], {optional: true, purpose: 'see which servers belong together, and rollouts in progress'}),
    ...all('apps', 'replicasets', ['list'], {optional: true, purpose: 'see which servers belong together, and rollouts in progress'}),
    ...all('', 'services', ['list'], {optional: true, purpose: 'find the admin ports'}),
    ...all('', 'configmaps', ['list'], {optional: true, purpose: 'read the properties'}),
    ...all('', 'secrets', ['get'], {optional: true, purpose: 'read the CA of the admin ports'}),
    ...all('autoscaling', 'horizontalpodautoscalers', ['list'], {optional: true, purpose: 'note autoscalers in the record'}),
    ...recordConfigMap ? all('', 'configmaps', ['create'], {optional: true, purpose: 'write the record beside the release'}) : [],
    ...lock === 'off' ? [] : all('coordination.k8s.io', 'leases', ['get', 'create', 'update'], {optional: lock === 'auto', purpose: 'hold other operators off'}),
    // Reading a namespace counts as an access inside of it, so a Role there can grant it.
    {verb: 'get', group: '', resource: 'namespaces', namespace: 'kube-system', name: 'kube-system', optional: true, purpose: 'tell this cluster from others'},
  ]
}

/** What `status` cannot do without, undefined = in all namespaces. */
export const permissionsForStatus = ({namespace}: Pick<BackupScope, 'namespace'>): Permission[] => [
  {verb: 'list', group: '', resource: 'pods', namespace, purpose: 'find the servers'},
  ...['get', 'create'].map(verb => ({verb, group: '', resource: 'pods', subresource: 'portforward', namespace, purpose: 'reach the admin ports'})),
]

/** What `restore-points prune` needs beside what a backup has, in a namespace whose ConfigMaps hold records. */
export const permissionsForPrune = (namespace: string): Permission[] =>
  [{verb: 'delete', group: '', resource: 'configmaps', namespace, purpose: 'delete old records'}]

/** Asks the API server about all of them at once; what it does not allow is missing. */
export async function checkPermissions(api: Pick<ApiServer, 'request'>, wanted: readonly Permission[]): Promise<MissingPermission[]> {
  const answers = await Promise.all(wanted.map(permission => review(api, permission)))
  return wanted.flatMap((permission, i) => answers[i]?.allowed ? [] : [{...permission, reason: answers[i]?.reason}])
}

interface AccessReview {
  readonly status?: {readonly allowed?: boolean; readonly reason?: string; readonly evaluationError?: string}
}

async function review(api: Pick<ApiServer, 'request'>, permission: Permission): Promise<{allowed: boolean; reason?: string}> {
  const {verb, group, resource, subresource, namespace, name} = permission
  const {status} = await api.request<AccessReview>('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {resourceAttributes: {verb, group, resource, subresource, namespace, name}},
    },
  })
  return {allowed: status?.allowed === true, reason: status?.reason || status?.evaluationError || undefined}
}

/** E.g. `create pods/portforward in namespace ledger`, `list deployments.apps in all namespaces`. */
export function describePermission({verb, group, resource, subresource, namespace, name}: Permission): string {
  const kind = resource + (group && `.${group}`) + (subresource ? `/${subresource}` : '')
  const where = namespace ? `in namespace ${namespace}` : 'in all namespaces'
  return `${verb} ${kind}${name ? ` "${name}"` : ''} ${where}`
}
