import {Args, Flags} from '@oclif/core'
import type {Interfaces} from '@oclif/core'
import type {KubeOptions} from '../kube/types.ts'
import {parseDuration} from '../support/duration.ts'
import {usageError} from '../support/errors.ts'

const helpGroup = 'KUBERNETES'

/** Timers of Node end at once when they are to last longer than 24.8 days; no pause is meant to come near. */
const DAY_MS = 86_400_000

/** A flag in Go's duration syntax, a day at most; its value is milliseconds. */
export const durationFlag = Flags.custom<number>({helpValue: '<duration>', parse: async (text) => upToADay(text)})

function upToADay(text: string): number {
  const ms = parseDuration(text)
  if (ms > DAY_MS) throw usageError(`duration "${text}" is longer than a day`)
  return ms
}

/** `-o`, for commands whose result can be printed in every format. */
export const outputFlag = Flags.option({char: 'o', options: ['json', 'yaml', 'name'] as const, summary: 'Output format'})

/** `--local`, of every command that reads records. */
export const localFlag = Flags.boolean({default: false, summary: 'Only the files of this machine, not the ConfigMaps of the cluster'})

/** Which record; src/catalogue/find.ts says what it may be. */
export const recordArgument = Args.string({name: 'name', description: 'Name of a restore point, path of its record, - for stdin, or latest', default: 'latest'})

/** kubectl's connection flags, under kubectl's names (kubectl options). */
export const kubeFlags = {
  namespace: Flags.string({char: 'n', helpGroup, summary: "Namespace to look in (default: the context's)"}),
  'all-namespaces': Flags.boolean({char: 'A', default: false, helpGroup, summary: 'Look in all namespaces'}),
  selector: Flags.string({char: 'l', helpGroup, summary: 'Label selector of the pods, instead of the charts\' own labels'}),
  context: Flags.string({helpGroup, summary: 'Name of the kubeconfig context to use'}),
  kubeconfig: Flags.string({helpGroup, helpValue: '<path>', summary: 'Path to the kubeconfig file'}),
  cluster: Flags.string({helpGroup, summary: 'Name of the kubeconfig cluster to use'}),
  user: Flags.string({helpGroup, summary: 'Name of the kubeconfig user to use'}),
  as: Flags.string({helpGroup, helpValue: '<user>', summary: 'User to impersonate'}),
  'as-group': Flags.string({
    helpGroup, helpValue: '<group>', multiple: true, multipleNonGreedy: true, summary: 'Group to impersonate, repeatable',
  }),
  'as-uid': Flags.string({helpGroup, helpValue: '<uid>', summary: 'UID to impersonate'}),
  token: Flags.string({helpGroup, summary: 'Bearer token for the API server'}),
  server: Flags.string({char: 's', helpGroup, helpValue: '<url>', summary: 'Address and port of the API server'}),
  'certificate-authority': Flags.string({helpGroup, helpValue: '<path>', summary: 'Path to the CA certificate of the API server'}),
  'insecure-skip-tls-verify': Flags.boolean({helpGroup, summary: "Do not check the API server's certificate"}),
  'tls-server-name': Flags.string({helpGroup, helpValue: '<name>', summary: "Name to expect in the API server's certificate"}),
  'request-timeout': Flags.custom<number>({parse: async (text) => requestTimeoutMs(text)})({
    helpGroup, helpValue: '<duration>', summary: 'Time limit of one request to the API server, 0 for none',
  }),
}

/** kubectl takes a bare number as seconds here, unlike everywhere else, and any length. */
const requestTimeoutMs = (text: string) => Math.min(DAY_MS, /^\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text))

/** The connection flags as parsed. */
export type KubeFlags = Interfaces.InferredFlags<typeof kubeFlags>

/** Those of commands that look for no pods. */
export type ClusterFlags = Omit<KubeFlags, 'selector'>
export const clusterFlags: Interfaces.FlagInput = Object.fromEntries(Object.entries(kubeFlags).filter(([name]) => name !== 'selector'))

/** What the flags say about the connection; an empty value counts as not given, as in kubectl. */
export const kubeOptions = (flags: ClusterFlags): KubeOptions => ({
  kubeconfig: flags.kubeconfig || undefined,
  context: flags.context || undefined,
  cluster: flags.cluster || undefined,
  user: flags.user || undefined,
  namespace: flags.namespace || undefined,
  as: flags.as || undefined,
  asGroup: flags['as-group'],
  asUid: flags['as-uid'] || undefined,
  token: flags.token || undefined,
  server: flags.server || undefined,
  certificateAuthority: flags['certificate-authority'] || undefined,
  insecureSkipTlsVerify: flags['insecure-skip-tls-verify'],
  tlsServerName: flags['tls-server-name'] || undefined,
  requestTimeoutMs: flags['request-timeout'],
})
