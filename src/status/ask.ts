import {addressesOf} from '../backup/addresses.ts'
import {LOOK_DEADLINE_MS} from '../protocol/limits.ts'
import type {AdminConnection, CheckAnswer, Transport} from '../admin/types.ts'
import type {Cluster} from '../backup/cluster.ts'
import type {Found} from '../backup/search.ts'

/** The lines to servers that are asked again and again, each opened once; a server that is gone loses its line. */
export class Asker {
  readonly #transportOf: (cluster: Cluster) => Transport
  readonly #lines = new Map<string, AdminConnection>()

  constructor(transportOf: (cluster: Cluster) => Transport) {
    this.#transportOf = transportOf
  }

  /** CheckPaused of all servers at once, by pod UID; none takes longer than its deadline, and none is waited for by others. */
  async ask(found: readonly Found[]): Promise<ReadonlyMap<string, CheckAnswer>> {
    this.#forget(new Set(found.flatMap(({release}) => release.pods.map(({uid}) => uid))))
    const answers = await Promise.all(found.map(one => this.#askRelease(one)))
    return new Map(answers.flat())
  }

  close(): void {
    this.#forget(new Set())
  }

  async #askRelease(found: Found): Promise<Array<readonly [string, CheckAnswer]>> {
    const uids = found.release.pods.map(({uid}) => uid)
    try {
      await this.#open(found)
    } catch (error) {
      const failed: CheckAnswer = {kind: 'failed', code: 'UNAVAILABLE', message: error instanceof Error ? error.message : String(error)}
      return uids.map(uid => [uid, failed])
    }
    return Promise.all(uids.map(async uid => [uid, await this.#check(uid)] as const))
  }

  async #open(found: Found): Promise<void> {
    const {cluster, release} = found
    if (release.pods.every(({uid}) => this.#lines.has(uid))) return
    const addresses = await addressesOf(found)
    const transport = this.#transportOf(cluster)
    for (const [uid, address] of addresses) if (!this.#lines.has(uid)) this.#lines.set(uid, transport.open(address))
  }

  async #check(uid: string): Promise<CheckAnswer> {
    return await this.#lines.get(uid)?.checkPaused({deadlineMs: LOOK_DEADLINE_MS}) ?? {kind: 'failed', code: 'UNAVAILABLE', message: 'no way to it is known'}
  }

  #forget(except: ReadonlySet<string>): void {
    for (const [uid, line] of this.#lines) {
      if (except.has(uid)) continue
      line.close()
      this.#lines.delete(uid)
    }
  }
}
