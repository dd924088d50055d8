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
  const exitCode = await run(commandFirst(argv, kubeFlags), root).then(
    () => Number(process.exitCode ?? 0),
    (error: unknown) => reportError(error, {debug: isDebug(), write: (text) => process.stderr.write(text)}),
  )
  await flushed(process.stdout)
  // Channels and watches that are still open must not keep a finished command alive.
  process.exit(exitCode)
}

const isDebug = () => !['', '0', 'false'].includes(process.env.KUBECTL_SCALARDL_DEBUG ?? '')

/** oclif's own listener throws on everything but EPIPE; who writes learns of a failure from the write itself. */
function tolerateClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error').on('error', () => undefined)
}

const flushed = (stream: NodeJS.WriteStream) => new Promise<void>((resolve) => { stream.write('', () => { resolve() }) })
