import {chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import type {ArchiveEntry} from '../../scripts/archive.ts'

/** A krew manifest, as far as krew reads it. */
export interface KrewManifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {readonly name: string}
  readonly spec: {
    readonly version: string
    readonly homepage: string
    readonly shortDescription: string
    readonly description: string
    readonly caveats?: string
    readonly platforms: readonly KrewPlatform[]
  }
}

/** One archive in a krew manifest. */
export interface KrewPlatform {
  readonly selector: {readonly matchLabels: Readonly<Record<string, string>>}
  readonly uri: string
  readonly sha256: string
  readonly bin: string
  readonly files?: unknown
}

const SUPPORTED = new Set([
  'windows/386', 'windows/amd64', 'windows/arm64', 'darwin/386', 'darwin/amd64', 'darwin/arm64',
  'linux/386', 'linux/amd64', 'linux/arm', 'linux/arm64', 'linux/ppc64le',
])

/** What krew's validation and the reviewers of its index would object to; empty = nothing. */
export function objectionsTo({apiVersion, kind, metadata, spec}: KrewManifest): string[] {
  const names = spec.platforms.map(({selector}) => `${selector.matchLabels.os ?? ''}/${selector.matchLabels.arch ?? ''}`)
  return [
    apiVersion !== 'krew.googlecontainertools.github.com/v1alpha2' && `apiVersion ${apiVersion}`,
    kind !== 'Plugin' && `kind ${kind}`,
    !/^[\w-]+$/.test(metadata.name) && `name ${metadata.name}`,
    !/^v\d+\.\d+\.\d+(-[\w.]+)?$/.test(spec.version) && `version ${spec.version}`,
    (spec.shortDescription.length > 50 || /[\r\n]|kubectl|kubernetes/i.test(spec.shortDescription)) && 'shortDescription',
    spec.description.split('\n').some(({length}) => length > 80) && 'description is wider than 80',
    (spec.caveats ?? '').split('\n').some(({length}) => length > 80) && 'caveats are wider than 80',
    spec.platforms.length === 0 && 'no platforms',
    new Set(names).size !== names.length && 'a platform is listed twice',
    ...names.map((name) => !SUPPORTED.has(name) && `platform ${name}`),
    ...spec.platforms.flatMap(objectionsToPlatform),
  ].filter((objection) => objection !== false)
}

const objectionsToPlatform = ({selector, uri, sha256, bin, files}: KrewPlatform) => [
  Object.keys(selector.matchLabels).some((key) => key !== 'os' && key !== 'arch') && 'selector',
  !/^https:\/\/\S+\.(tar\.gz|zip)$/.test(uri) && `uri ${uri}`,
  !/^[a-f0-9]{64}$/.test(sha256) && `sha256 ${sha256}`,
  bin === '' && 'bin is empty',
  files !== undefined && 'files are better left out',
]

/**
 * Installs a plugin as krew does: unpacks it into the store and links its executable.
 * @returns the folder to put on PATH
 * @throws Error where krew would refuse an entry
 */
export function install(entries: readonly ArchiveEntry[], {metadata, spec}: KrewManifest, {bin}: KrewPlatform, krewRoot: string): string {
  const store = join(krewRoot, 'store', metadata.name, spec.version)
  for (const entry of entries) unpack(entry, store)
  if (!existsSync(join(store, bin))) throw new Error(`the archive holds no ${bin}`)
  const binDir = join(krewRoot, 'bin')
  mkdirSync(binDir, {recursive: true})
  symlinkSync(join(store, bin), join(binDir, `kubectl-${metadata.name.replaceAll('-', '_')}`))
  return binDir
}

function unpack({path, type, mode, content}: ArchiveEntry, store: string): void {
  if (path.includes('..') || /^[/\\]/.test(path)) throw new Error(`suspicious entry "${path}"`)
  if (type !== 'file' && type !== 'directory') throw new Error(`unable to handle file type ${type} for "${path}"`)
  if (type === 'directory') {
    mkdirSync(join(store, path), {recursive: true, mode})
    return
  }
  mkdirSync(dirname(join(store, path)), {recursive: true})
  writeFileSync(join(store, path), content)
  chmodSync(join(store, path), mode)
}
