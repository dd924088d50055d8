import type {Permission} from './permissions.ts'

const roleName = 'kubectl-scalardl'

interface Rule {
  readonly group: string
  readonly resource: string
  readonly name?: string
  readonly verbs: string[]
}

/**
 * The Roles that would grant what is missing, one per namespace, or a ClusterRole for all namespaces, each followed by the
 * command that binds it.
 * @returns YAML for `kubectl apply -f -`; empty if nothing is missing
 */
export function roleFor(missing: readonly Permission[]): string {
  const scopes = Map.groupBy(missing, permission => permission.namespace)
  return [...scopes].map(([namespace, permissions]) => role(namespace, permissions)).join('---\n')
}

const role = (namespace: string | undefined, permissions: readonly Permission[]) => [
  'apiVersion: rbac.authorization.k8s.io/v1',
  `kind: ${namespace ? 'Role' : 'ClusterRole'}`,
  `metadata: {name: ${roleName}${namespace ? `, namespace: ${namespace}` : ''}}`,
  'rules:',
  ...rulesOf(permissions).map(ruleLine),
  `# then: ${bindingCommand(namespace)}`,
  '',
].join('\n')

const bindingCommand = (namespace: string | undefined) => namespace
  ? `kubectl create rolebinding ${roleName} -n ${namespace} --role=${roleName} --user=<user>`
  : `kubectl create clusterrolebinding ${roleName} --clusterrole=${roleName} --user=<user>`

/** One rule per resource, with all its verbs. */
function rulesOf(permissions: readonly Permission[]): Rule[] {
  const resource = (permission: Permission) => permission.resource + (permission.subresource ? `/${permission.subresource}` : '')
  const alike = Map.groupBy(permissions, permission => [permission.group, resource(permission), permission.name].join(' '))
  return [...alike.values()].flatMap(([first, ...others]) => first
    ? [{group: first.group, resource: resource(first), name: first.name, verbs: [...new Set([first, ...others].map(({verb}) => verb))]}]
    : [])
}

const ruleLine = ({group, resource, name, verbs}: Rule) =>
  `- {apiGroups: ['${group}'], resources: [${resource}]${name ? `, resourceNames: [${name}]` : ''}, verbs: [${verbs.join(', ')}]}`
