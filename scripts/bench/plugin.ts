import {spawn} from 'node:child_process'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {NO_CLOUD} from '../../test/support/no-cloud.ts'
import type {BenchCluster} from './cluster-process.ts'
import type {Usage} from './figures.ts'

export const LAUNCHER = join(import.meta.dirname, '../../bin/kubectl-scalardl')

/** Runs inside the plugin's process when it ends, and not in that of its watchdog. The peak is the kernel's for this program alone; rusage would count its parent's. */
const REPORT = `import{readFileSync as r,writeFileSync as w}from"node:fs";if(process.argv[1]?.endsWith("run.js"))process.on("exit",()=>{
  const{userCPUTime:u,systemCPUTime:s,maxRSS:m}=process.resourceUsage();let k=m;
  try{k=Number(/VmHWM:\\s+(\\d+)/.exec(r("/proc/self/status","utf8"))[1])}catch{}
  w(process.env.BENCH_USAGE,JSON.stringify({cpuMs:(u+s)/1000,peakMB:k/1024}))})`

/** Runs one backup. @throws when it does not end consistent, with what it said */
export async function runBackup(cluster: BenchCluster, holdMs: number): Promise<Usage> {
  const dir = await mkdtemp(join(tmpdir(), 'scalardl-bench-'))
  try {
    const usage = join(dir, 'usage.json')
    const preload = `--import=data:text/javascript;base64,${Buffer.from(REPORT).toString('base64')}`
    await ended(backupArgs(cluster, holdMs), {...environment(dir), BENCH_USAGE: usage, NODE_OPTIONS: preload})
    return JSON.parse(await readFile(usage, 'utf8')) as Usage
  } finally {
    await rm(dir, {recursive: true, force: true})
  }
}

export const backupArgs = ({kubeconfig, namespace}: BenchCluster, holdMs: number): string[] =>
  ['backup', '--kubeconfig', kubeconfig, '-n', namespace, '--hold', `${holdMs}ms`, '-o', 'name']

/** Nothing but the path, and a state directory that does not stay; the databases are nowhere. */
export const environment = (dir: string): NodeJS.ProcessEnv => ({PATH: process.env['PATH'], HOME: dir, XDG_STATE_HOME: dir, ...NO_CLOUD})

function ended(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(LAUNCHER, args, {env, stdio: ['ignore', 'ignore', 'pipe']})
    let said = ''
    child.stderr.on('data', (text: Buffer) => (said += text.toString()))
    child.once('error', reject)
    child.once('close', code => {
      if (code === 0) resolve()
      else reject(new Error(`backup ended with ${code}:\n${said}`))
    })
  })
}
