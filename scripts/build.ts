/** Bundles the plugin: dist/run.js (entry point), dist/index.js (commands), dist/watchdog.js, dist/keeper.js, lazy chunks and bash libraries, then oclif's manifest. */
import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {isBuiltin} from 'node:module'
import {basename, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {Plugin} from '@oclif/core'
import {build} from 'esbuild'
import type {Metafile, Plugin as BuildPlugin} from 'esbuild'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const STALE_MS = 3_600_000

/** Builds `dist` and `oclif.manifest.json` below `root`; the description of what went in comes back. */
export async function buildPlugin(root = ROOT): Promise<Metafile> {
  const {outputFiles, metafile} = await build({
    absWorkingDir: ROOT,
    entryPoints: {run: 'bin/run.ts', index: 'src/index.ts', watchdog: 'bin/watchdog.ts', keeper: 'bin/keeper.ts'},
    outdir: join(root, 'dist'),
    chunkNames: 'chunk-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // oclif's development mode asks for these, and would pull the whole compiler in.
    external: ['typescript', 'ts-node', 'tsx'],
    plugins: [lazyPackages],
    define: {'process.env.KUBECTL_SCALARDL_BUILD_COMMIT': JSON.stringify(process.env.KUBECTL_SCALARDL_BUILD_COMMIT ?? '')},
    // Bundled CommonJS packages call require() for Node's own modules.
    banner: {js: "import {createRequire as __createRequire} from 'node:module';const require = __createRequire(import.meta.url);"},
    metafile: true,
    write: false,
  })
  mkdirSync(join(root, 'dist'), {recursive: true})
  const files = new Map([...outputFiles.map(({path, contents}) => [path, contents] as const), ...libraries(join(root, 'dist'))])
  for (const [path, contents] of files) replaceFile(path, contents)
  removeStale(join(root, 'dist'), files)
  await writeManifest(root)
  return metafile
}

/**
 * A package that our code loads by `import()` has the exports that Node gives it; of a CommonJS package esbuild would
 * leave nothing but `default`.
 */
const lazyPackages: BuildPlugin = {
  name: 'lazy-packages',
  setup(bundler) {
    bundler.onResolve({filter: /^[^./]/}, ({path, kind, importer}) =>
      kind === 'dynamic-import' && importer.startsWith(join(ROOT, 'src')) && !isBuiltin(path)
        ? {path, namespace: 'lazy-package'}
        : undefined)
    bundler.onLoad({filter: /.*/, namespace: 'lazy-package'}, async ({path}) => {
      const names = Object.keys(await import(path) as object).filter((name) => name !== 'module.exports')
      return {contents: `export {${names.join(', ')}} from '${path}'`, resolveDir: ROOT}
    })
  },
}

/** The bash files that scripts of plans are put together from: all in one folder, where the bundled code looks beside itself. */
function libraries(dist: string): Map<string, Uint8Array> {
  const paths = readdirSync(join(ROOT, 'src'), {recursive: true, encoding: 'utf8'}).filter(path => path.endsWith('.sh'))
  const files = new Map(paths.map(path => [join(dist, basename(path)), readFileSync(join(ROOT, 'src', path))]))
  if (files.size < paths.length) throw new Error(`two bash files below src have the same name: ${paths.join(', ')}`)
  return files
}

/** A plugin that starts meanwhile sees the old file or the new one, never a half. */
function replaceFile(path: string, contents: Uint8Array | string): void {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, contents)
  renameSync(draft, path)
}

/** Young leftovers stay: a backup that runs from this clone may still have to load them. */
function removeStale(dist: string, current: ReadonlyMap<string, unknown>): void {
  for (const path of readdirSync(dist).map((name) => join(dist, name))) {
    if (!current.has(path) && Date.now() - statSync(path).mtimeMs > STALE_MS) rmSync(path)
  }
}

async function writeManifest(root: string): Promise<void> {
  const plugin = new Plugin({root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true, respectNoCacheDefault: true})
  await plugin.load()
  replaceFile(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, undefined, 2)}\n`)
}

if (import.meta.main) await buildPlugin()
