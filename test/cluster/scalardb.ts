import {execFile} from 'node:child_process'
import {mkdtemp, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {freePorts, start, type Program} from './processes.ts'
import type {PodServer} from './runtime.ts'
import {ServerView} from './server-view.ts'
import {scalardbClassPath} from './tools.ts'

// Small and quick to start: several of them share two cores with a cluster.
const JVM = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx256m']
const sources = join(import.meta.dirname, 'scalardb')

/** A database with the table `bank.account` in it, as `scalar.db.contact_points` names it. */
export interface Database {
  readonly url: string
  readonly dir: string
}

/** Makes a SQLite database, or takes a JDBC URL of an empty one with user and password inside, and creates the schema (a file of scalardb/). */
export async function makeDatabase(
  dir: string, url = `jdbc:sqlite:${join(dir, 'bank.db')}?busy_timeout=10000`, schema = 'schema.json',
): Promise<Database> {
  const config = join(dir, 'database.properties')
  await writeFile(config, databaseProperties(url))
  const loader = ['-cp', await scalardbClassPath(), 'com.scalar.db.schemaloader.SchemaLoader']
  const args = ['--config', config, '--schema-file', join(sources, schema), '--coordinator']
  await promisify(execFile)('java', [...JVM, ...loader, ...args])
  return {url, dir}
}

const databaseProperties = (url: string) => `scalar.db.storage=jdbc\nscalar.db.contact_points=${url}\n`

/** A real ScalarDB Server in a process of its own. */
export class ScalarDbServer implements PodServer {
  readonly port: number
  /** How the server sees itself, from its start to its end. */
  readonly view: ServerView
  readonly #launch: () => Program
  #program: Program

  /** Starts it; `ready` says when it serves. */
  constructor(port: number, launch: () => Program) {
    this.port = port
    this.#launch = launch
    this.#program = launch()
    this.view = new ServerView(port)
  }

  async ready(): Promise<this> {
    await this.#program.ready(async () => (await this.view.look()).paused === false, 60_000)
    return this
  }

  async restart(): Promise<void> {
    this.#program.kill('SIGKILL')
    await this.#program.stop()
    this.#program = this.#launch()
    await this.ready()
  }

  async stop(): Promise<void> {
    await this.view.stop()
    await this.#program.stop()
  }
}

/** Starts a ScalarDB Server on the database. @throws when it ends, or does not serve within a minute, with the end of its log */
export async function startScalarDbServer(database: Database): Promise<ScalarDbServer> {
  const [port = 0, metricsPort = 0] = await freePorts(2)
  const file = join(database.dir, `server-${port}`)
  const ports = `scalar.db.server.port=${port}\nscalar.db.server.prometheus_exporter_port=${metricsPort}\n`
  await writeFile(`${file}.properties`, databaseProperties(database.url) + ports)
  const main = ['-cp', await scalardbClassPath(), 'com.scalar.db.server.ScalarDbServer', '--config', `${file}.properties`]
  const server = new ScalarDbServer(port, () => start('java', [...JVM, ...main], `${file}.log`))
  return server.ready().catch(async (error: unknown) => {
    await server.stop()
    throw error
  })
}

/** What a client load has done on one server up to a moment (ms since the epoch). */
export interface LoadCount {
  readonly atMs: number
  readonly port: number
  readonly committed: number
  readonly failed: number
  /** Transactions that met a paused server; those of the threads try again by themselves, so others are begun to count them. */
  readonly rejected: number
}

/** Clients with transactions outstanding on every server, going on over pauses and restarts. */
export interface ClientLoad {
  /** All counts so far, in the order of time. */
  counts(): Promise<LoadCount[]>
  stop(): Promise<void>
}

export interface LoadOptions {
  /** Per server. */
  readonly threads?: number
  /** How long each transaction stays open between its reads and its writes. */
  readonly openMs?: number
  /** One more transaction on each server is begun before all others and stays open so long. Default: none. */
  readonly heldMs?: number
}

/** Starts the load and waits for the first commit on every server. */
export async function startLoad(
  database: Database, servers: readonly ScalarDbServer[], {threads = 2, openMs = 20, heldMs = 0}: LoadOptions = {},
): Promise<ClientLoad> {
  const log = join(await mkdtemp(join(database.dir, 'load-')), 'log')
  const args = ['-cp', await scalardbClassPath(), join(sources, 'Load.java'), threads, openMs, heldMs, ...servers.map(({port}) => port)]
  const program = start('java', [...JVM, ...args.map(String)], log)
  const counts = async () => (await readFile(log, 'utf8')).split('\n').flatMap(line =>
    line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line) as LoadCount] : [])
  const working = async () => {
    const all = await counts()
    return servers.every(({port}) => all.some(count => count.port === port && count.committed > 0))
  }
  await program.ready(working, 60_000).catch(async (error: unknown) => {
    await program.stop()
    throw error
  })
  return {counts, stop: () => program.stop()}
}
