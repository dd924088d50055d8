import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Metafile} from 'esbuild'

const MODULES = 'node_modules/'
const LICENSE_FILE = /^(licen[cs]e|copying)([.-].*)?$/i
const NOTICE_FILE = /^notice(\..*)?$/i

/** The licenses of all packages that went into a bundle, as one text. */
export function thirdPartyNotices({inputs}: Metafile, root: string): string {
  const folders = new Set(Object.keys(inputs).flatMap(packageFolder))
  const notices = [...folders].sort().map((folder) => notice(join(root, folder)))
  return ['kubectl-scalardl contains the following packages.\n', ...notices].join(`\n${'-'.repeat(80)}\n\n`)
}

/** `node_modules/a/node_modules/@b/c/lib/d.js` → `node_modules/a/node_modules/@b/c`. */
function packageFolder(input: string): string[] {
  const start = input.lastIndexOf(MODULES)
  if (start === -1) return []
  const [scope = '', name = ''] = input.slice(start + MODULES.length).split('/')
  return [input.slice(0, start + MODULES.length) + (scope.startsWith('@') ? `${scope}/${name}` : scope)]
}

function notice(folder: string): string {
  const {name, version, license} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>
  const texts = readdirSync(folder)
    .filter((file) => LICENSE_FILE.test(file) || NOTICE_FILE.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim())
  const kind = typeof license === 'string' ? license : 'see below'
  return [`${String(name)} ${String(version)} (${kind})\n`, ...texts].join('\n').concat('\n')
}
