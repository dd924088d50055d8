import {execFile} from 'node:child_process'
import {mkdirSync, readFileSync, symlinkSync} from 'node:fs'
import {basename, delimiter, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parse} from 'yaml'
import {readTarGz} from '../../scripts/archive.ts'
import {install, type KrewManifest} from '../packaging/krew.ts'
import {NO_CLOUD} from './no-cloud.ts'
import type {Ended} from './command.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** What a POSIX shell script may expect, as far as the launcher needs it. */
const SHELL = ['/bin/sh', '/usr/bin/readlink', '/usr/bin/dirname']

/** A machine with nothing on its PATH but a shell, kubectl, and the plugin out of its archive: no Node in particular. */
export interface InstalledPlugin {
  /** Runs a program of that machine; its home is empty but for what the plugin writes. */
  run(program: string, ...args: string[]): Promise<Ended>
  /** The user's home. */
  readonly home: string
}

/**
 * Installs the archive that `npm run package` made for linux/amd64, as krew would, into an empty folder.
 * @throws Error when there is no archive, or krew would refuse it
 */
export async function installPlugin(dir: string, kubectl: string, more: Readonly<Record<string, string>> = {}): Promise<InstalledPlugin> {
  const manifest = parse(readFileSync(join(ROOT, 'krew-manifest.yaml'), 'utf8')) as KrewManifest
  const platform = manifest.spec.platforms.find(({selector: {matchLabels: {os, arch}}}) => os === 'linux' && arch === 'amd64')
  if (!platform) throw new Error('krew-manifest.yaml has no linux/amd64')
  const entries = await readTarGz(readFileSync(join(ROOT, 'out', basename(platform.uri))))
  const [home, tools] = [join(dir, 'home'), join(dir, 'tools')]
  for (const folder of [home, tools]) mkdirSync(folder)
  for (const program of [...SHELL, kubectl]) symlinkSync(program, join(tools, basename(program)))
  const env = {PATH: [install(entries, manifest, platform, dir), tools].join(delimiter), HOME: home, ...NO_CLOUD, ...more}
  return {home, run: (program, ...args) => run(program, args, env)}
}

const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv) =>
  new Promise<Ended>(resolve => {
    execFile(program, args, {env}, (error, stdout, stderr) => resolve({code: error ? Number(error.code ?? -1) : 0, stdout, stderr}))
  })
