import {homedir} from 'node:os'
import {delimiter, join} from 'node:path'
import type {KubeOptions} from './types.ts'

/** How kubectl is to be called so that it reaches the same cluster as the same user. */
export interface KubectlAccess {
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** A kubeconfig for `--token`: on the command line every local user could read it. JSON is YAML. */
export const tokenKubeconfig = (token: string) =>
  JSON.stringify({apiVersion: 'v1', kind: 'Config', users: [{name: TOKEN_USER, user: {token}}]})

const TOKEN_USER = 'kubectl-scalardl-token'

/**
 * kubectl's own flags again, but for a user in the server's URL, which is not sent here either, and its environment. `context` pins the one that was resolved at the start.
 * @param tokenFile where `tokenKubeconfig` was written, if there is a token
 */
export function kubectlAccess(options: KubeOptions, context: string | undefined, env: NodeJS.ProcessEnv, tokenFile?: string): KubectlAccess {
  const single: Array<[flag: string, value: string | undefined]> = [
    ['kubeconfig', tokenFile === undefined ? options.kubeconfig : undefined],
    ['context', context ?? options.context],
    ['cluster', options.cluster],
    ['user', tokenFile === undefined ? options.user : TOKEN_USER],
    ['as', options.as],
    ['as-uid', options.asUid],
    ['server', options.server?.replace(/\/\/.*@/, '//')],
    ['certificate-authority', options.certificateAuthority],
    ['tls-server-name', options.tlsServerName],
  ]
  const args = single.flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}=${value}`]))
  const groups = (options.asGroup ?? []).map(group => `--as-group=${group}`)
  const insecure = options.insecureSkipTlsVerify ? ['--insecure-skip-tls-verify'] : []
  return {args: [...args, ...groups, ...insecure], env: tokenFile === undefined ? env : withToken(options, env, tokenFile)}
}

/** The first file wins where kubectl merges several, and relative paths stay relative to their own file. */
function withToken(options: KubeOptions, env: NodeJS.ProcessEnv, tokenFile: string): NodeJS.ProcessEnv {
  const rest = options.kubeconfig ?? (env.KUBECONFIG || join(homedir(), '.kube', 'config'))
  return {...env, KUBECONFIG: [tokenFile, rest].join(delimiter)}
}
