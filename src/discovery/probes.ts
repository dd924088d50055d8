import type {V1Container} from '@kubernetes/client-node'

/** What a container's probes say about the TLS of its ports: they are the arguments of grpc_health_probe. */
export interface ProbeTls {
  /** The CA's file inside the container. */
  readonly caFile?: string
  /** The name that the certificate is checked against; without `-tls-server-name` the host that is dialled. */
  readonly serverName?: string
}

/** Reads all three kinds of probes: TLS, none, or undefined when no probe calls grpc_health_probe. */
export function probeTlsOf({startupProbe, livenessProbe, readinessProbe}: V1Container): ProbeTls | 'plain' | undefined {
  const found = [startupProbe, livenessProbe, readinessProbe].map(probe => readCommand(probe?.exec?.command ?? []))
  return found.find(each => each && each !== 'plain') ?? found.find(Boolean)
}

function readCommand(command: readonly string[]): ProbeTls | 'plain' | undefined {
  const words = command.flatMap(argument => argument.split(/\s+/)).map(word => word.replace(/['"]/g, ''))
  const at = words.findIndex(word => /(^|\/)grpc[_-]health[_-]probe[\w.-]*$/.test(word))
  if (at < 0) return undefined
  const flags = readFlags(words.slice(at + 1))
  const tls = flags.get('tls')
  if (tls === undefined || tls === 'false' || tls === '0') return 'plain'
  return {caFile: flags.get('tls-ca-cert'), serverName: flags.get('tls-server-name') ?? hostOf(flags.get('addr'))}
}

/** Go's flags: `-k v`, `-k=v`, `--k`; what has no value of its own is a switch. */
function readFlags(words: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>()
  words.forEach((word, index) => {
    const [, name, value] = /^--?([\w-]+)(?:=(.*))?$/.exec(word) ?? []
    const next = words[index + 1]
    if (name) flags.set(name, value ?? (next === undefined || next.startsWith('-') ? '' : next))
  })
  return flags
}

/** `localhost:50051`, `[::1]:50051`, `:50051`. */
const hostOf = (address = ''): string | undefined => address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1') || undefined
