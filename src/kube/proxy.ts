import {BlockList, isIP} from 'node:net'
import {domainToASCII} from 'node:url'
import {CliError} from '../support/errors.ts'

/** Schemes that kubectl takes in `proxy-url` (client-go, clientcmd/helpers.go). */
const kubeconfigSchemes = ['http:', 'https:', 'socks5:']

/** Schemes that Go's HTTP client takes from the environment. */
const environmentSchemes = [...kubeconfigSchemes, 'socks5h:']

/**
 * The proxy of a server by the cluster's `proxy-url`, else by the environment, as Go's httpproxy package has it:
 * HTTPS_PROXY or HTTP_PROXY by the server's scheme, never for localhost and loopback addresses, unless NO_PROXY excepts it.
 */
export function proxyOf(server: URL, proxyUrl: string, env: NodeJS.ProcessEnv): URL | undefined {
  if (proxyUrl) return proxyFromKubeconfig(proxyUrl)
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = parseEnvironmentProxy(anyCase(env, name))
  if (!proxy || !needsProxy(server, anyCase(env, 'NO_PROXY'))) return undefined
  if (!environmentSchemes.includes(proxy.protocol)) {
    throw new CliError(`cannot use the proxy in ${name}: its scheme "${proxy.protocol.slice(0, -1)}" must be http, https, or socks5`)
  }
  return proxy
}

function proxyFromKubeconfig(text: string): URL {
  const proxy = URL.canParse(text) ? new URL(text) : undefined
  if (!proxy || !kubeconfigSchemes.includes(proxy.protocol) || !proxy.hostname) {
    throw new CliError("invalid proxy-url in the kubeconfig's cluster: it must be a URL with the scheme http, https, or socks5", {
      hints: ['kubectl config view --minify'],
    })
  }
  return proxy
}

const anyCase = (env: NodeJS.ProcessEnv, name: string) => env[name] || env[name.toLowerCase()] || ''

/** A proxy without a scheme is http; one that can't be understood counts as none, as in Go. */
function parseEnvironmentProxy(text: string): URL | undefined {
  if (!text) return undefined
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  return URL.canParse(url) ? new URL(url) : undefined
}

/** Go's rules of NO_PROXY: `*`, addresses, CIDRs, and domains with their subdomains, each but the CIDRs with an optional port. */
function needsProxy(server: URL, noProxy: string): boolean {
  const host = bareHost(server)
  const port = portOf(server)
  if (host === 'localhost' || isLoopback(host)) return false
  return !noProxy.split(',').map(entry => entry.trim().toLowerCase()).filter(Boolean).some(entry => excepts(entry, host, port))
}

function excepts(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return inNetwork(host, entry)
  const {name, onlyPort} = splitPort(entry)
  if (!name || (onlyPort && onlyPort !== port)) return false
  if (isIP(host) || isIP(name)) return sameAddress(name, host)
  const domain = domainToASCII(name.replace(/^\*?\./, ''))
  const withItself = !/^\*?\./.test(name)
  return domain !== '' && (host.endsWith(`.${domain}`) || (withItself && host === domain))
}

function splitPort(entry: string): {name: string; onlyPort: string} {
  const bracketed = /^\[([^\]]*)\](?::(\d*))?$/.exec(entry)
  if (bracketed) return {name: bracketed[1] ?? '', onlyPort: bracketed[2] ?? ''}
  if (isIP(entry)) return {name: entry, onlyPort: ''}
  const [name = '', onlyPort = ''] = entry.split(':')
  return {name, onlyPort}
}

function inNetwork(host: string, cidr: string): boolean {
  const [network = '', bits = ''] = cidr.split('/')
  const family = isIP(network)
  if (!family || isIP(host) !== family || !/^\d+$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return false
  const list = new BlockList()
  list.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6')
}

const sameAddress = (one: string, other: string) => isIP(one) !== 0 && inNetwork(other, `${one}/${isIP(one) === 4 ? 32 : 128}`)

const isLoopback = (host: string) => inNetwork(host, '127.0.0.0/8') || host === '::1'

/** The host of a URL as sockets take it: an IPv6 address without its brackets. */
export const bareHost = (url: URL) => url.hostname.replace(/^\[(.*)\]$/, '$1')

/** The port of a URL, its scheme's own if none is written. */
export const portOf = (url: URL) => url.port || (url.protocol === 'https:' ? '443' : url.protocol.startsWith('socks') ? '1080' : '80')
