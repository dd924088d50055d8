/**
 * Takes every secret out of an address: JDBC URLs of all dialects, URIs, host lists, regions, buckets. What is kept is
 * on a list of known harmless parts (scheme, hosts, path, database names); all parameters else are dropped, since
 * drivers take passwords, tokens and keys under many names. An address that does not fit the known shapes is withheld.
 * @returns undefined when nothing can be shown safely
 */
export function scrubAddress(address: string): string | undefined {
  const text = address.trim()
  if (/^jdbc:oracle:/i.test(text)) return scrubOracle(text)
  const scheme = SCHEME.exec(text)?.[0] ?? ''
  const [location, parameters] = split(text.slice(scheme.length))
  const shown = scheme.endsWith('//') || scheme === '' ? scrubLocation(location) : PATH.test(location) ? location : undefined
  if (shown === undefined || !isParameterList(parameters) || mayHoldHost(scheme, location, parameters)) return undefined
  return `${scheme}${shown}${keptParameters(parameters)}`
}

const SCHEME = /^(?:jdbc:(?:[a-z][a-z0-9]*(?:\+srv)?:)+(?:\/\/)?|[a-z][a-z0-9+.-]*:\/\/)/i
/** Hosts with ports, SQL Server's `host\\instance`, or one IPv6 address. */
const HOSTS = /^[\w.-]*(?:\\[\w$-]+)?(?::\d*)?(?:,\s*[\w.-]+(?::\d*)?)*$|^\[[0-9a-fA-F:.%]+\](?::\d+)?$/
const PATH = /^[\w./\\:$%~ -]*$/

/** DB2 begins its parameters behind `:` after the database, the others behind `?` or `;`. */
function split(text: string): [string, string | undefined] {
  const at = text.search(/[?;]|:(?=[A-Za-z]\w*=)/)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at)]
}

function scrubLocation(location: string): string | undefined {
  const [, authority = '', path = ''] = /^([^/]*)(.*)$/s.exec(location) ?? []
  const hosts = withoutUser(authority)
  return hosts !== undefined && HOSTS.test(hosts) && PATH.test(path) ? `${hosts}${path}` : undefined
}

/** With several `@`, or a comma before it, nobody can tell where the password ends. */
function withoutUser(authority: string): string | undefined {
  const parts = authority.split('@')
  return parts.length === 1 ? authority : parts.length === 2 && !parts[0]?.includes(',') ? parts[1] : undefined
}

/** Of SQL Server's and others' parameters those that say which database is meant. */
const KEPT = /^(database|databasename|servername|portnumber|port|instancename|currentschema)$/i
const PARAMETER = /[?;&:]?([^=;&?]*)=(\{(?:[^}]|\}\})*\}|[^;&]*)/g

/** A piece without `=` may be the rest of a password that was cut at `?` or `;`. */
const isParameterList = (parameters: string | undefined) =>
  !parameters || /^[?;&:]*$/.test(parameters) || parameters.replace(PARAMETER, '').replace(/[;&]/g, '') === ''

/** What looks like a parameter is the rest of a password with `?` or `;` in it, when the host comes only after it; `me:/` is no host either. */
const mayHoldHost = (scheme: string, location: string, parameters = '') =>
  /@.*\//.test(parameters) || (parameters.includes('@') && /^[^/]*:(\/|$)/.test(location)) || (parameters.includes('@') && !location.includes('/') && !/^jdbc:sqlserver:/i.test(scheme))

function keptParameters(parameters = ''): string {
  const kept = [...parameters.matchAll(PARAMETER)]
    .filter(([, key = '', value = '']) => KEPT.test(key.trim()) && /^[\w.$-]+$/.test(value))
    .map(([, key = '', value = '']) => `${key.trim()}=${value}`)
  return kept.length > 0 ? `${parameters[0] ?? ''}${kept.join(parameters.startsWith('?') ? '&' : ';')}` : ''
}

const ORACLE = /^(jdbc:oracle:(?:thin|oci8?|kprb):)([^@]*)@(.*)$/is
const ORACLE_ADDRESS = /^(?:tcps?:)?(?:\/\/)?[A-Za-z0-9._,-]+(?::\d+)?(?:[:/][A-Za-z0-9._$:/-]+)?$/
const ORACLE_DESCRIPTION =
  /^(?:DESCRIPTION(?:_LIST)?|ADDRESS(?:_LIST)?|CONNECT_DATA|PROTOCOL|HOST|PORT|SERVICE_NAME|SID|LOAD_BALANCE|FAILOVER|SERVER)$/i

/** `jdbc:oracle:thin:user/password@…`: all before the one `@` goes, and what follows is an address or a descriptor. */
function scrubOracle(url: string): string | undefined {
  const [, scheme, , rest = ''] = ORACLE.exec(url) ?? []
  const target = rest.split('?')[0] ?? ''
  if (!scheme || rest.includes('@')) return undefined
  return ORACLE_ADDRESS.test(target) || isDescriptor(target) ? `${scheme}@${target}` : undefined
}

const isDescriptor = (text: string) =>
  /^\([\w()=.,\s-]+\)$/.test(text) && [...text.matchAll(/(\w+)\s*=/g)].every(([, key = '']) => ORACLE_DESCRIPTION.test(key))

/** The database kind and dialect alone, e.g. `jdbc:mysql:`, for addresses that are withheld. */
export const dialectOf = (address: string): string | undefined => DIALECT.exec(address.trim())?.[0].toLowerCase()

const DIALECT = /^jdbc:(?:mysql|postgresql|oracle|sqlserver|sqlite|yugabytedb|mariadb|db2|cloudspanner|spanner):/i
