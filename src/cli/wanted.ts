import {Flags} from '@oclif/core'
import type {Interfaces} from '@oclif/core'
import {usageError} from '../support/errors.ts'
import {kubeOptions} from './flags.ts'
import {parsePort, parseProduct, targetFlag} from './target-flag.ts'
import type {Wanted} from '../backup/targets.ts'
import type {DiscoveryOverrides} from '../discovery/types.ts'
import type {KubeFlags} from './flags.ts'

/** What to look for, for commands that find servers. */
export const searchFlags = {
  target: targetFlag({summary: 'Where to look and for what: context=,kubeconfig=,namespace=,release=,selector=,product=,aws-profile= and more; repeatable'}),
  release: Flags.string({summary: 'Name of the Helm release'}),
  product: Flags.string({summary: 'ledger, auditor, scalardb-cluster or scalardb', parse: async text => parseProduct(text)}),
}

/** How the admin ports are spoken to, for commands that open them. */
export const adminFlags = {
  'admin-port': Flags.string({summary: 'Admin port of the pods', parse: async text => String(parsePort(text))}),
  'admin-tls': Flags.boolean({allowNo: true, summary: 'Speak TLS to the admin ports'}),
  'admin-ca-file': Flags.string({helpValue: '<path>', summary: 'CA of the admin ports\' certificates'}),
  'admin-server-name': Flags.string({helpValue: '<name>', summary: 'Name to expect in the admin ports\' certificates'}),
}

/** `--lock` */
export const lockFlag = Flags.option({options: ['auto', 'require', 'off'] as const, default: 'auto' as const, summary: 'Hold a lease for each Deployment, so that no other operator comes between: auto goes on without permission, require does not'})

/** `--transport` */
export const transportFlag = Flags.option({options: ['auto', 'websocket', 'kubectl'] as const, default: 'auto' as const, summary: 'How to reach the admin ports'})

/** Whose credentials look at the databases. */
export const accessFlags = {
  'aws-profile': Flags.string({helpValue: '<name>', summary: 'Profile of the AWS credentials that look at the databases'}),
  'azure-subscription': Flags.string({helpValue: '<name or id>', summary: 'Subscription of the Azure databases'}),
}

type Search = Interfaces.InferredFlags<typeof searchFlags> & Partial<Interfaces.InferredFlags<typeof accessFlags>> & KubeFlags

/** Only commands that open the admin ports have these. */
type AdminFlags = Partial<Interfaces.InferredFlags<typeof adminFlags>>

/** What a `--target` says for itself; the connection flags beside it, and those for the clouds, count for all of them. */
const IN_TARGET = ['all-namespaces', 'selector', 'release', 'product', 'admin-port', 'admin-tls', 'admin-ca-file', 'admin-server-name'] as const

/** One for each `--target`, without any one for the flags themselves. @throws CliError (usage) for flags that contradict each other */
export function wantedOf(flags: Search & AdminFlags): Wanted[] {
  const kube = kubeOptions(flags)
  const access = {awsProfile: flags['aws-profile'] || undefined, azureSubscription: flags['azure-subscription'] || undefined}
  if (!flags.target) return [{kube, allNamespaces: flags['all-namespaces'], overrides: overridesOf(flags), access}]
  const stray = IN_TARGET.find(name => flags[name] !== undefined && flags[name] !== false)
  if (stray) throw usageError(`--${stray} and --target contradict each other`, stray === 'all-namespaces' ? 'name the namespace in each --target' : `write it into the target: --target …,${stray}=…`)
  return flags.target.map(target => ({
    kube: {...kube, ...given(target.kube)}, allNamespaces: false, overrides: target.overrides, access: {...access, ...given(target.access)},
  }))
}

const overridesOf = (flags: Search & AdminFlags): DiscoveryOverrides => ({
  selector: flags.selector || undefined,
  product: flags.product === undefined ? undefined : parseProduct(flags.product),
  release: flags.release,
  adminPort: flags['admin-port'] === undefined ? undefined : parsePort(flags['admin-port']),
  adminTls: flags['admin-tls'],
  adminCaFile: flags['admin-ca-file'],
  adminServerName: flags['admin-server-name'],
})

/** Only what is given, so that it does not hide what is not. */
const given = <T extends object>(value: T): Partial<T> => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>
