import {execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {existsSync, mkdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {readTarGz} from './archive.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CACHE = join(ROOT, '.cache', 'node')

interface Lock {
  readonly packages: Readonly<Record<string, {readonly version?: string; readonly integrity?: string}>>
}

/** An unmodified Node of one platform, with its license. */
export interface NodeBinary {
  readonly version: string
  readonly executable: Buffer
  readonly license: Buffer
}

/**
 * Node from the npm package that package-lock.json pins, foreign platforms included.
 * @throws Error when the package is not pinned, or is not the one that was pinned
 */
export async function nodeBinary(npmPackage: string): Promise<NodeBinary> {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock
  const {version, integrity} = lock.packages[`node_modules/${npmPackage}`] ?? {}
  if (!version || !integrity) throw new Error(`package-lock.json does not pin ${npmPackage}`)
  const tarball = readFileSync(download(npmPackage, version))
  const actual = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  if (actual !== integrity) throw new Error(`${npmPackage}@${version} is ${actual}, package-lock.json has ${integrity}`)

  const entries = await readTarGz(tarball, (path) => /^package\/(bin\/node(\.exe)?|LICENSE)$/.test(path))
  const content = (suffix: RegExp) => entries.find(({path}) => suffix.test(path))?.content
  const executable = content(/\/bin\/node(\.exe)?$/)
  const license = content(/\/LICENSE$/)
  if (!executable || !license) throw new Error(`${npmPackage}@${version} lacks bin/node or LICENSE`)
  return {version, executable, license}
}

function download(npmPackage: string, version: string): string {
  const tarball = join(CACHE, `${npmPackage}-${version}.tgz`)
  if (existsSync(tarball)) return tarball
  mkdirSync(CACHE, {recursive: true})
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  execFileSync(npm, ['pack', `${npmPackage}@${version}`, '--prefer-offline', '--silent', '--pack-destination', CACHE], {
    cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'],
  })
  return tarball
}
