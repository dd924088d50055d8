import type {V1Container, V1KeyToPath, V1Pod, V1Volume, V1VolumeMount} from '@kubernetes/client-node'

/** One object from which files of a container come: keys become files, as `items` maps them. */
export interface FileSource {
  readonly kind: 'secret' | 'configMap'
  readonly name: string
  readonly items?: readonly V1KeyToPath[]
}

/** A mount of a container and the objects behind it; `sources` is empty for all other kinds of volumes. */
export interface Mount {
  readonly volume: string
  readonly path: string
  readonly subPath?: string
  readonly sources: readonly FileSource[]
}

/** The mounts of a container that ConfigMaps and Secrets can stand behind. */
export function mountsOf(pod: V1Pod, container: V1Container): Mount[] {
  const volumes = pod.spec?.volumes ?? []
  return (container.volumeMounts ?? []).map(mount => mountOf(mount, volumes.find(volume => volume.name === mount.name)))
}

const mountOf = (mount: V1VolumeMount, volume: V1Volume | undefined): Mount =>
  ({volume: mount.name, path: mount.mountPath, subPath: mount.subPath, sources: volume ? sourcesOf(volume) : []})

function sourcesOf(volume: V1Volume): FileSource[] {
  if (volume.secret) return sourceOf('secret', volume.secret.secretName, volume.secret.items)
  if (volume.configMap) return sourceOf('configMap', volume.configMap.name, volume.configMap.items)
  return (volume.projected?.sources ?? []).flatMap(({secret, configMap}) => [
    ...sourceOf('secret', secret?.name, secret?.items),
    ...sourceOf('configMap', configMap?.name, configMap?.items),
  ])
}

const sourceOf = (kind: FileSource['kind'], name: string | undefined, items: readonly V1KeyToPath[] | undefined): FileSource[] =>
  name ? [{kind, name, items}] : []

/** The key of `source` that becomes the file `path` below the mount, or undefined when its `items` leave it out. */
export const keyOfFile = (source: FileSource, path: string): string | undefined =>
  source.items ? source.items.find(item => item.path === path)?.key : path

/** Which mount a file is below, and its path there. The longest mount path wins, as in the container. */
export function locateFile(mounts: readonly Mount[], file: string): {mount: Mount; path: string} | undefined {
  const above = mounts.filter(mount => file === mount.path || file.startsWith(`${mount.path.replace(/\/$/, '')}/`))
  const mount = above.sort((a, b) => b.path.length - a.path.length)[0]
  if (!mount) return undefined
  const below = file.slice(mount.path.length).replace(/^\//, '')
  return {mount, path: [mount.subPath, below].filter(Boolean).join('/')}
}
