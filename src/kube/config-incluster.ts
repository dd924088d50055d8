import {isIP} from 'node:net'
import type {ConfigWorld} from './config-files.ts'
import {emptyCluster, emptyUser, selectEntries} from './config-select.ts'
import type {Selection} from './config-select.ts'
import type {KubeOptions} from './types.ts'

const account = '/var/run/secrets/kubernetes.io/serviceaccount'
const name = 'in-cluster'

/** The service account of the pod that this runs in, with the flags laid over it; undefined outside of a cluster. */
export async function inCluster(options: KubeOptions, world: ConfigWorld): Promise<Selection | undefined> {
  if (!await isPod(world)) return undefined
  const {KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port} = world.env
  const cluster = {
    ...emptyCluster,
    server: `https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`,
    certificateAuthority: `${account}/ca.crt`,
  }
  const config = {
    currentContext: '',
    clusters: new Map([[name, cluster]]),
    users: new Map([[name, {...emptyUser, tokenFile: `${account}/token`}]]),
    contexts: new Map(),
  }
  return selectEntries(config, {...options, context: undefined, cluster: name, user: name})
}

/** The namespace that kubectl takes inside a pod where neither flag nor context names one; undefined outside. */
export async function podNamespace(world: ConfigWorld): Promise<string | undefined> {
  if (!await isPod(world)) return undefined
  return world.env.POD_NAMESPACE || (await world.readFile(`${account}/namespace`).catch(() => '')).trim() || undefined
}

const isPod = async ({env, readFile}: ConfigWorld) => Boolean(env.KUBERNETES_SERVICE_HOST && env.KUBERNETES_SERVICE_PORT)
  && await readFile(`${account}/token`).then(() => true, () => false)
