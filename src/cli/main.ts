import {run} from '@oclif/core'
import {commandFirst} from './arguments.ts'
import {kubeFlags} from './flags.ts'
import {reportError} from './report.ts'

/**
 * Runs the command line and ends the process with its exit code.
 * @param root file URL of the entry point; the package's root is looked for from there upwards
 */
export async function main(argv: string[], root: string): Promise<never> {
  tolerateClosedOutput()
  neverWaitForReaders()
  const exitCode = await run(commandFirst(argv, kubeFlags), root).then(
    () => Number(process.exitCode ?? 0),
    (error: unknown) => reportError(error, {debug: isDebug(), write: (text) => process.stderr.write(text)}),
  )
  await Promise.all([process.stdout, process.stderr].map(flushed))
  // Channels and watches that are still open must not keep a finished command alive.
  process.exit(exitCode)
}

const isDebug = () => !['', '0', 'false'].includes(process.env.KUBECTL_SCALARDL_DEBUG ?? '')

/** oclif's own listener throws on everything but EPIPE; who writes learns of a failure from the write itself. */
function tolerateClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error').on('error', () => undefined)
}

/**
 * Node waits until a terminal has taken what is written; one that is stopped (Ctrl-S), or hangs at the other end of a line, would
 * stop this process while something is paused.
 */
function neverWaitForReaders(): void {
  for (const stream of [process.stdout, process.stderr] as Array<NodeJS.WriteStream & {readonly _handle?: {setBlocking?(blocking: boolean): void}}>) {
    if (stream.isTTY) stream._handle?.setBlocking?.(false)
  }
}

const flushed = (stream: NodeJS.WriteStream) => new Promise<void>((resolve) => { stream.write('', () => { resolve() }) })
