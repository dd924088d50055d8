import {Chalk} from 'chalk'
import type {ChalkInstance, ColorSupportLevel} from 'chalk'
import {CliError} from '../support/errors.ts'
import {escapedInYaml, isPrintable, printableIn, printableJson} from '../support/printable.ts'

/** The values of `-o`; without it, text for people. */
export type OutputFormat = 'json' | 'yaml' | 'name'

/** A stream to print to, with what decides about its colours. */
export interface OutputStream {
  readonly isTTY?: boolean
  getColorDepth?(env?: object): number
  write(text: string, done: (error?: Error | null) => void): boolean
}

/** How one kind of result looks: as text, and as `kind/name` for `-o name`. */
export interface Views<T> {
  text(result: T, colors: ChalkInstance): string
  name?(result: T): string
}

const LEVEL_BY_DEPTH: Readonly<Record<number, ColorSupportLevel>> = {4: 1, 8: 2, 24: 3}

/** Colours for one stream: NO_COLOR, then FORCE_COLOR, then whether it is a terminal and what that can do. */
export const colorsFor = (stream: Pick<OutputStream, 'isTTY' | 'getColorDepth'>, env: NodeJS.ProcessEnv = process.env): ChalkInstance =>
  new Chalk({level: colorLevel(stream, env)})

function colorLevel(stream: Pick<OutputStream, 'isTTY' | 'getColorDepth'>, env: NodeJS.ProcessEnv): ColorSupportLevel {
  if (env.NO_COLOR) return 0
  if (env.FORCE_COLOR !== undefined) return forcedLevel(env.FORCE_COLOR)
  if (!stream.isTTY) return 0
  return LEVEL_BY_DEPTH[stream.getColorDepth?.(env) ?? 1] ?? 0
}

function forcedLevel(value: string): ColorSupportLevel {
  if (value === '0' || value === 'false') return 0
  if (value === '2' || value === '3') return Number(value) as ColorSupportLevel
  return 1
}

/**
 * A result as the text that goes to stdout, final newline included. Whatever a terminal would obey is taken out of texts for
 * people, and escaped in JSON and YAML.
 */
export async function render<T>(result: T, format: OutputFormat | undefined, views: Views<T>, colors: ChalkInstance): Promise<string> {
  switch (format) {
    case 'json': return `${printableJson(result)}\n`
    case 'yaml': return yamlOf(result)
    case 'name': return `${(views.name ?? views.text)(printableIn(result), colors)}\n`
    case undefined: return `${views.text(printableIn(result), colors)}\n`
  }
}

/** Quoted is what older parsers take for a time or a boolean, and what has to be escaped. */
async function yamlOf(result: unknown): Promise<string> {
  const {Document, visit} = await import('yaml')
  const document = new Document(result, {version: '1.1', aliasDuplicateObjects: false})
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === 'string' && !isPrintable(scalar.value)) scalar.type = 'QUOTE_DOUBLE'
    },
  })
  return escapedInYaml(document.toString({lineWidth: 0}))
}

/**
 * Prints a command's result; resolves when it is written. A reader that has left (`| head -1`) is no error here.
 * @throws CliError when stdout takes no text, e.g. on a full disk
 */
export async function print<T>(
  result: T,
  {output, ...views}: Views<T> & {readonly output?: OutputFormat},
  stdout: OutputStream = process.stdout,
): Promise<void> {
  await write(await render(result, output, views, colorsFor(stdout)), stdout)
}

/** Text to a stream; resolves when it is written, or when the reader has left. @throws CliError when it takes no text */
export function write(text: string, stream: OutputStream): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (!error || ('code' in error && error.code === 'EPIPE')) resolve()
      else reject(new CliError(`cannot write the result to stdout: ${error.message}`, {cause: error}))
    })
  })
}
