import {createHash} from 'node:crypto'
import type {Permission} from './permissions.ts'

interface Rule {
  readonly group: string
  readonly resource: string
  readonly name?: string
  readonly verbs: string[]
}

/**
 * The Roles that would grant what is missing, one per namespace, or a ClusterRole for all namespaces, each followed by the
 * command that binds it.
 * @param name of the Roles; else named by their rules, because `kubectl apply` of some under one name for all would take
 * away what an earlier one granted
 * @returns YAML for `kubectl apply -f -`; empty if nothing is missing
 */
export function roleFor(missing: readonly Permission[], name?: string): string {
  const scopes = Map.groupBy(missing, permission => permission.namespace)
  return [...scopes].map(([namespace, permissions]) => role(namespace, permissions, name)).join('---\n')
}

function role(namespace: string | undefined, permissions: readonly Permission[], given?: string): string {
  const rules = rulesOf(permissions).map(ruleLine)
  const name = given ?? nameOf(rules)
  return [
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${namespace ? 'Role' : 'ClusterRole'}`,
    `metadata: {name: ${name}${namespace ? `, namespace: ${namespace}` : ''}}`,
    'rules:',
    ...rules,
    `# then: ${bindingCommand(name, namespace)}`,
    '',
  ].join('\n')
}

const nameOf = (rules: readonly string[]) => `kubectl-scalardl-${createHash('sha256').update(rules.join('\n')).digest('hex').slice(0, 8)}`

const bindingCommand = (name: string, namespace: string | undefined) => namespace
  ? `kubectl create rolebinding ${name} -n ${namespace} --role=${name} --user=<user>`
  : `kubectl create clusterrolebinding ${name} --clusterrole=${name} --user=<user>`

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
