import {Flags} from '@oclif/core'
import type {CloudAccess} from '../databases/types.ts'
import type {DiscoveryOverrides, Product} from '../discovery/types.ts'
import type {KubeOptions} from '../kube/types.ts'
import {usageError} from '../support/errors.ts'

/** One `--target`: how to reach its cluster, and what to look for there. */
export interface Target {
  readonly kube: Pick<KubeOptions, 'context' | 'kubeconfig' | 'namespace'>
  readonly overrides: DiscoveryOverrides
  /** Whose credentials look at its databases. */
  readonly access: CloudAccess
}

const KEYS = [
  'context', 'kubeconfig', 'namespace', 'release', 'selector', 'product',
  'admin-port', 'admin-tls', 'admin-ca-file', 'admin-server-name',
  'aws-profile', 'azure-subscription',
] as const
type Key = (typeof KEYS)[number]

const PRODUCTS: readonly Product[] = ['ledger', 'auditor', 'scalardb-cluster', 'scalardb']
const UNESCAPED_COMMA = /(?<!\\),/

/**
 * Reads `key=value,key=value`. A value runs to the next comma; within it, `\,` stands for a comma. Only a selector may
 * hold bare commas: it runs to the next `,key=` with a key of this list. `:`, `/`, `=` and other backslashes are
 * ordinary characters, so ARNs, URLs and Windows paths need no quoting.
 * @throws CliError (usage) naming the part that is wrong
 */
export function parseTarget(text: string): Target {
  const values = readPairs(text)
  return {
    kube: {context: values.get('context'), kubeconfig: values.get('kubeconfig'), namespace: values.get('namespace')},
    overrides: {
      selector: values.get('selector'),
      product: values.has('product') ? parseProduct(values.get('product') ?? '') : undefined,
      release: values.get('release'),
      adminPort: values.has('admin-port') ? parsePort(values.get('admin-port') ?? '') : undefined,
      adminTls: values.has('admin-tls') ? parseSwitch('admin-tls', values.get('admin-tls') ?? '') : undefined,
      adminCaFile: values.get('admin-ca-file'),
      adminServerName: values.get('admin-server-name'),
    },
    access: {awsProfile: values.get('aws-profile'), azureSubscription: values.get('azure-subscription')},
  }
}

/** `--target`, repeatable. */
export const targetFlag = Flags.custom<Target>({
  multiple: true,
  multipleNonGreedy: true,
  helpValue: '<key=value,...>',
  parse: async (text) => parseTarget(text),
})

function readPairs(text: string): ReadonlyMap<Key, string> {
  const values = new Map<Key, string>()
  let last: Key | undefined
  for (const part of text.split(UNESCAPED_COMMA)) {
    const key = keyOf(part)
    if (key) {
      if (values.has(key)) throw usageError(`${key} is given twice in "${text}"`)
      values.set(key, unescaped(part.slice(key.length + 1)))
    } else if (last === 'selector') {
      values.set(last, `${values.get(last) ?? ''},${unescaped(part)}`)
    } else {
      throw unknownPart(part)
    }
    last = key ?? last
  }
  const empty = [...values].find(([, value]) => value === '')
  if (empty) throw usageError(`${empty[0]} has no value in "${text}"`)
  return values
}

const keyOf = (part: string) => KEYS.find((key) => part.startsWith(`${key}=`))

const unescaped = (value: string) => value.replaceAll('\\,', ',')

const unknownPart = (part: string) =>
  usageError(`"${part}" is not one of ${KEYS.map((key) => `${key}=`).join(', ')}`, 'a comma inside a value is written \\,')

/** One of the products that can be paused. @throws CliError (usage) */
export function parseProduct(text: string): Product {
  const product = PRODUCTS.find((name) => name === text)
  if (!product) throw usageError(`unknown product "${text}", one of: ${PRODUCTS.join(', ')}`)
  return product
}

/** A TCP port. @throws CliError (usage) */
export function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw usageError(`"${text}" is no port between 1 and 65535`)
  return port
}

function parseSwitch(key: Key, text: string): boolean {
  if (text !== 'true' && text !== 'false') throw usageError(`${key} is "${text}", should be true or false`)
  return text === 'true'
}
