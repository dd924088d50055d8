import {execFile} from 'node:child_process'
import {scalardbClassPath} from './tools.ts'

/** How a run of scalar-admin ended; `log` is all that it wrote. */
export interface AdminRun {
  readonly code: number
  readonly log: string
}

/** Runs Scalar's own command line, scalar-admin 2.2.1, on the loopback ports of servers: an operator who knows nothing of ours. */
export async function scalarAdmin(command: 'PAUSE' | 'UNPAUSE' | 'CHECK_PAUSED', ports: readonly number[], ...flags: string[]): Promise<AdminRun> {
  const addresses = ports.map(port => `127.0.0.1:${port}`).join(',')
  const args = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', await scalardbClassPath(), 'com.scalar.admin.AdminCommand', '-c', command, '-a', addresses, ...flags]
  return new Promise(resolve => {
    execFile('java', args, (error, stdout, stderr) => resolve({code: error ? Number(error.code ?? -1) : 0, log: stdout + stderr}))
  })
}
