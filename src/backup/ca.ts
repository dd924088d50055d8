import type {V1Secret} from '@kubernetes/client-node'
import {CliError} from '../support/errors.ts'
import {readText} from '../support/files.ts'
import type {AdminTls, CaSource, Release} from '../discovery/types.ts'
import type {ApiServer} from '../kube/types.ts'

/**
 * The CA that a release's admin ports are checked against, as PEM text; undefined = the system's roots.
 * @throws CliError naming what was tried when none of the places holds a certificate
 */
export async function readCa(api: ApiServer, {namespace, release}: Release, {ca}: AdminTls): Promise<string | undefined> {
  const failures: string[] = []
  for (const source of ca) {
    try {
      const text = await readSource(api, source)
      if (text === undefined || text.includes('-----BEGIN')) return text
      failures.push(`${nameOf(source)}: no certificate in it`)
    } catch (error) {
      failures.push(`${nameOf(source)}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new CliError(`cannot read the CA of ${namespace}/${release}, whose admin port speaks TLS`, {
    hints: [...failures, 'name a file with --admin-ca-file FILE, or admin-ca-file=FILE in --target'],
  })
}

async function readSource(api: ApiServer, source: CaSource): Promise<string | undefined> {
  switch (source.kind) {
    case 'system': return undefined
    case 'file': return readText(source.path)
    case 'secret': return readSecret(api, source)
  }
}

async function readSecret(api: ApiServer, {namespace, name, key}: Extract<CaSource, {kind: 'secret'}>): Promise<string> {
  const secret = await api.request<V1Secret>('GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`)
  const value = secret.data?.[key]
  if (value === undefined) throw new Error(`it has no key ${key}`)
  return Buffer.from(value, 'base64').toString('utf8')
}

const nameOf = (source: CaSource) => source.kind === 'secret' ? `secret ${source.namespace}/${source.name}` : source.kind === 'file' ? source.path : 'system'
