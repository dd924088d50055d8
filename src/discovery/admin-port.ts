import type {V1Service} from '@kubernetes/client-node'
import {PRODUCTS} from './products.ts'
import type {PropertiesFile} from './properties-file.ts'
import type {Server} from './servers.ts'
import {servicesOf, targetPortOf} from './services.ts'
import type {Product} from './types.ts'
import {atLeast} from './versions.ts'

/** A fact and, where it was not found but assumed, the words for the user. */
export interface Found<T> {
  readonly value: T
  readonly assumption?: string
}

/**
 * The admin port of a server: what its properties set (it binds nothing else); else the Service port of the known
 * name, or of a name ending in `admin`; else the default that the container declares (older charts have other ones);
 * else today's default.
 */
export function adminPortOf(
  product: Product, server: Server, file: PropertiesFile, services: readonly V1Service[] = [], version?: string,
): Found<number> {
  const set = portProperty(product, file, version)
  if (set.port !== undefined) return {value: set.port}
  const {adminPorts, title} = PRODUCTS[product]
  const served = servicePort(product, server, services)
  const declared = adminPorts.find(port => server.container.ports?.some(each => each.containerPort === port))
  const value = served ?? declared ?? adminPorts[0]
  if (set.hiddenIn) return {value, assumption: `admin port ${value}: the one that is set lies in ${set.hiddenIn}`}
  if (served === undefined && declared === undefined) return {value, assumption: `admin port ${value}: ${title}'s default`}
  return {value}
}

function portProperty(product: Product, file: PropertiesFile, version?: string): {port?: number; hiddenIn?: string} {
  if (!file.readable) return {}
  const {values, hidden} = file.properties
  for (const {key, since} of PRODUCTS[product].portProperties) {
    if (since && version && !atLeast(version, since)) continue
    const port = Number(values.get(key))
    if (Number.isInteger(port) && port > 0 && port < 65_536) return {port}
    const hiddenIn = hidden.get(key)
    if (hiddenIn) return {hiddenIn}
  }
  return {}
}

function servicePort(product: Product, {pod, container}: Server, services: readonly V1Service[]): number | undefined {
  const leading = servicesOf(pod, services)
  return targetPortOf(leading, container, name => PRODUCTS[product].servicePorts.includes(name))
    ?? targetPortOf(leading, container, name => /(^|-)admin$/.test(name))
}
