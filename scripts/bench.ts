// How fast a backup is, against a simulated cluster in a process of its own; docs/benchmark.md says how to read it.
// npm run bench [-- --pods 6,100 --rtt 0,40 --repeat 3 --json FILE --no-java --no-start-up]
import {appendFileSync, writeFileSync} from 'node:fs'
import {parseArgs} from 'node:util'
import {startBenchCluster} from './bench/cluster-process.ts'
import type {BenchCluster} from './bench/cluster-process.ts'
import {figuresOf, medians, tableOf} from './bench/figures.ts'
import type {Figures, Row, Usage} from './bench/figures.ts'
import {scalarAdmin} from './bench/java.ts'
import type {ScalarAdmin} from './bench/java.ts'
import {runBackup} from './bench/plugin.ts'
import {measureStartUp} from './bench/startup.ts'

/** Long enough for a thousand pods' confirmation to be over before the hold is, as it is with the usual 10 s. */
const HOLD_MS = 6000
/** For scalar-admin, which finds no restore point in it. */
const SHORT_HOLD_MS = 500
const START_UP_RUNS = 15
/** Without `--repeat`; the table has their medians. */
const RUNS = 3

interface Client {
  readonly name: string
  readonly holdMs: number
  /** Prepares for a cluster; what it returns is one run. */
  readonly against: (cluster: BenchCluster) => Promise<() => Promise<Usage>>
}

const plugin: Client = {name: 'kubectl scalardl', holdMs: HOLD_MS, against: async cluster => () => runBackup(cluster, HOLD_MS)}

const java = (admin: ScalarAdmin): Client => ({
  name: 'scalar-admin 2.2.1',
  holdMs: SHORT_HOLD_MS,
  against: async cluster => {
    const ports = await cluster.directPorts()
    return () => admin.pauseAndUnpause(ports, SHORT_HOLD_MS)
  },
})

/** Figures of so many runs of a client. */
async function measure(cluster: BenchCluster, client: Client, runs: number): Promise<Figures[]> {
  const once = await client.against(cluster)
  const all: Figures[] = []
  for (let run = 0; run < runs; run++) {
    await cluster.begin()
    const usage = await once()
    all.push(figuresOf(await cluster.times(), client.holdMs, usage))
  }
  return all
}

/** undefined where Java or the jar is missing. */
async function javaIfThere(): Promise<ScalarAdmin | undefined> {
  try {
    return await scalarAdmin()
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n')
    process.stderr.write(`scalar-admin is skipped: ${reason}\n`)
    return undefined
  }
}

const numbers = (text: string) => text.split(',').map(Number)

function optionsOf(args: string[]) {
  const {values} = parseArgs({
    args,
    options: {
      'pods': {type: 'string', default: '1,6,100,300,1000'},
      'rtt': {type: 'string', default: '0,40'},
      'repeat': {type: 'string'},
      'json': {type: 'string'},
      'no-java': {type: 'boolean', default: false},
      'no-start-up': {type: 'boolean', default: false},
    },
  })
  return {
    pods: numbers(values.pods),
    rtts: numbers(values.rtt),
    repeat: values.repeat === undefined ? undefined : Number(values.repeat),
    json: values.json,
    java: !values['no-java'],
    startUp: !values['no-start-up'],
  }
}

/** Every run as one line of JSON, to a file while it goes on, or to stdout at the end. */
function jsonLines(file: string | undefined): {add: (line: object) => void; text: () => string} {
  const lines: string[] = []
  if (file) writeFileSync(file, '')
  return {
    add(line) {
      lines.push(JSON.stringify(line))
      if (file) appendFileSync(file, `${lines.at(-1)}\n`)
    },
    text: () => file ? '' : lines.map(line => `${line}\n`).join(''),
  }
}

async function main(args: string[]): Promise<void> {
  const options = optionsOf(args)
  const json = jsonLines(options.json)
  const rows: Row[] = []
  const admin = options.java ? await javaIfThere() : undefined
  const clients = [plugin, ...admin ? [java(admin)] : []]
  try {
    for (const rttMs of options.rtts) for (const pods of options.pods) rows.push(...await measureAll(pods, rttMs))
  } finally {
    await admin?.remove()
  }
  process.stdout.write(`${tableOf(rows)}\n\n`)
  if (options.startUp) await startUp()
  process.stdout.write(json.text())

  async function measureAll(pods: number, rttMs: number): Promise<Row[]> {
    const cluster = await startBenchCluster(pods, rttMs)
    const measured: Row[] = []
    try {
      for (const client of clients) {
        process.stderr.write(`${pods} pods, ${rttMs} ms: ${client.name}\n`)
        const all = await measure(cluster, client, options.repeat ?? RUNS)
        for (const figures of all) json.add({pods, rttMs, client: client.name, ...figures})
        measured.push({pods, rttMs, client: client.name, runs: all.length, figures: medians(all)})
      }
    } finally {
      await cluster.stop()
    }
    return measured
  }

  async function startUp(): Promise<void> {
    const found = await measureStartUp(START_UP_RUNS)
    const {nodeMs, helpMs, helpRatio, backupMs, backupRatio, pauseMs, unguardedPauseMs} = found
    const line = (what: string, ms: number, ratio: number) => `${what}: ${Math.round(ms)} ms, ${ratio.toFixed(1)} × node -e 0\n`
    process.stdout.write(`node -e 0: ${Math.round(nodeMs)} ms\n${line('--help', helpMs, helpRatio)}${line('backup, to its first request', backupMs, backupRatio)}`
      + `backup, to its first Pause: ${Math.round(pauseMs)} ms, ${Math.round(unguardedPauseMs)} ms without lease and watchdog\n\n`)
    json.add({startUp: found})
  }
}

await main(process.argv.slice(2))
