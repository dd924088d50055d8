import {writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import protobuf from 'protobufjs'

const target = fileURLToPath(new URL('../src/admin/descriptor.ts', import.meta.url))

/** The source text of src/admin/descriptor.ts: what proto/ says, as JSON, so that no file has to be found at run time. */
export function descriptorSource(): string {
  const files = ['admin.proto', 'status.proto'].map(name => fileURLToPath(new URL(`../proto/${name}`, import.meta.url)))
  const json = new protobuf.Root().loadSync(files).resolveAll().toJSON()
  return [
    '// Generated from proto/ by scripts/proto.ts; do not edit.',
    '/** proto/admin.proto and proto/status.proto, with the google.protobuf types that they import. */',
    `export const descriptor = ${literal(json, '')}`,
    '',
  ].join('\n')
}

function literal(value: unknown, indent: string): string {
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  if (typeof value !== 'object' || value === null) return String(value)
  const inner = `${indent}  `
  const key = (name: string) => (/^[A-Za-z_]\w*$/.test(name) ? name : literal(name, ''))
  if (Array.isArray(value)) return `[${value.map(item => literal(item, inner)).join(', ')}]`
  return `{\n${Object.entries(value).map(([name, item]) => `${inner}${key(name)}: ${literal(item, inner)},\n`).join('')}${indent}}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, descriptorSource())
