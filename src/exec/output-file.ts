import {lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {CliError} from '../support/errors.ts'
import {printable} from '../support/printable.ts'

/** What a command says it has taken: `name` is usually the kind of a database. */
export interface Snapshot {
  readonly name: string
  readonly identifier: string
}

/** What a command handed over; `problem`: what of it cannot be used, as a phrase. */
export interface HandedOver {
  readonly snapshots: readonly Snapshot[]
  readonly problem?: string
}

/** The file of `$SCALARDL_OUTPUT`, in a directory of its own that nobody else can enter. */
export interface OutputFile {
  readonly path: string
  /** Never throws. */
  read(): HandedOver
  /** Never throws. */
  remove(): void
}

/** A record has to fit into a ConfigMap. */
const OUTPUT_BYTES = 65_536
const PROBLEM_CHARACTERS = 80

/** @throws CliError when there is no room for it */
export function createOutputFile(parent: string = tmpdir()): OutputFile {
  try {
    const directory = mkdtempSync(join(parent, 'kubectl-scalardl-exec-'))
    const path = join(directory, 'output')
    writeFileSync(path, '', {mode: 0o600, flag: 'wx'})
    return {path, read: () => readOutput(path), remove: () => { removed(directory) }}
  } catch (error) {
    throw new CliError(`the file for the command's output cannot be made: ${messageOf(error)}`, {hints: ['nothing was paused; TMPDIR says where it would be'], cause: error})
  }
}

function readOutput(path: string): HandedOver {
  try {
    const found = lstatSync(path)
    if (!found.isFile()) return {snapshots: [], problem: 'put something else in the place of $SCALARDL_OUTPUT'}
    if (found.size > OUTPUT_BYTES) return {snapshots: [], problem: `wrote ${found.size} bytes into $SCALARDL_OUTPUT, where ${OUTPUT_BYTES} have room`}
    return parseOutput(readFileSync(path, 'utf8'))
  } catch (error) {
    return {snapshots: [], problem: `left a $SCALARDL_OUTPUT that cannot be read: ${messageOf(error)}`}
  }
}

/** Lines `KEY=VALUE`, as a plan can use them (src/databases/snapshot.ts); empty ones are passed over. */
export function parseOutput(text: string): HandedOver {
  const lines = text.split(/\r?\n/).flatMap((line, i) => line.trim() === '' ? [] : [{line, number: i + 1}])
  const snapshots = lines.flatMap(({line}): Snapshot[] => {
    const [, name, identifier] = /^([\w.-]+)=([\w.:/@-]+)$/.exec(line) ?? []
    return name === undefined || identifier === undefined ? [] : [{name, identifier}]
  })
  const bad = lines.find(({line}) => !/^[\w.-]+=[\w.:/@-]+$/.test(line))
  if (!bad) return {snapshots}
  const shown = printable(bad.line.slice(0, PROBLEM_CHARACTERS))
  return {snapshots, problem: `wrote into line ${bad.number} of $SCALARDL_OUTPUT what is no KEY=VALUE of letters, digits and . : / @ _ -: "${shown}"`}
}

function removed(directory: string): void {
  try {
    rmSync(directory, {recursive: true, force: true})
  } catch {
    // What is left is an identifier or two, in a directory that only this user can enter.
  }
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error)
