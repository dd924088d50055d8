import {delimiter, join, resolve} from 'node:path'
import {CliError} from '../support/errors.ts'
import {parseKubeconfig} from './config-entries.ts'
import type {Kubeconfig} from './config-entries.ts'

/** What of the machine decides where kubeconfigs are. */
export interface ConfigWorld {
  readonly env: NodeJS.ProcessEnv
  readonly homeDir: string
  /** @throws an error with `code: 'ENOENT'` for a missing file, as node:fs does */
  readonly readFile: (path: string) => Promise<string>
}

/** The kubeconfigs that were found, merged, and where they were looked for. */
export interface FoundConfig {
  readonly config: Kubeconfig
  readonly lookedAt: readonly string[]
  readonly found: readonly string[]
}

/**
 * Finds and merges kubeconfigs by kubectl's rules (client-go, clientcmd/loader.go): `--kubeconfig`, which must exist,
 * else the list in KUBECONFIG, of which missing files are skipped, else `~/.kube/config`.
 */
export async function findConfig(explicit: string | undefined, world: ConfigWorld): Promise<FoundConfig> {
  const lookedAt = configPaths(explicit, world)
  const files = await Promise.all(lookedAt.map(path => readConfig(path, explicit !== undefined, world)))
  return {
    config: mergeConfigs(files.filter(file => file !== undefined)),
    lookedAt,
    found: lookedAt.filter((_, i) => files[i] !== undefined),
  }
}

/** The files that kubectl would read, in order of precedence. */
export function configPaths(explicit: string | undefined, {env, homeDir}: Pick<ConfigWorld, 'env' | 'homeDir'>): readonly string[] {
  if (explicit !== undefined) return [explicit]
  if (!env.KUBECONFIG) return [join(homeDir, '.kube', 'config')]
  return [...new Set(env.KUBECONFIG.split(delimiter).filter(Boolean))]
}

/** The first file to name a cluster, user, context or current context wins; entries are never mixed. */
const mergeConfigs = (configs: readonly Kubeconfig[]): Kubeconfig => ({
  currentContext: configs.find(config => config.currentContext)?.currentContext ?? '',
  clusters: firstWins(configs.map(config => config.clusters)),
  users: firstWins(configs.map(config => config.users)),
  contexts: firstWins(configs.map(config => config.contexts)),
})

const firstWins = <T>(maps: ReadonlyArray<ReadonlyMap<string, T>>): ReadonlyMap<string, T> =>
  new Map(maps.toReversed().flatMap(map => [...map]))

async function readConfig(path: string, mustExist: boolean, world: ConfigWorld): Promise<Kubeconfig | undefined> {
  try {
    return parseKubeconfig(await world.readFile(path), resolve(path))
  } catch (error) {
    if (!mustExist && isMissing(error)) return undefined
    throw new CliError(`cannot read kubeconfig ${path}: ${reason(error)}`, {
      hints: [`kubectl config view --kubeconfig ${path}`],
      cause: error,
    })
  }
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'

const reason = (error: unknown) => isMissing(error) ? 'no such file' : (error as Error).message
