import type {ServerResponse} from 'node:http'
import {StatusError, expired, groupVersion} from './objects.ts'
import type {StoredObject} from './objects.ts'
import type {Route} from './routes.ts'
import {matchOf} from './selectors.ts'
import type {Match} from './selectors.ts'
import type {Change, Store} from './store.ts'

/** One line of a watch; undefined when the change is none of its business. */
function eventOf({type, object, before}: Change, match: Match): {type: string; object: StoredObject} | undefined {
  const was = before !== undefined && match(before)
  const is = type !== 'DELETED' && match(object)
  if (is) return {type: was ? 'MODIFIED' : 'ADDED', object}
  // What left the selection, or the cluster, is told in its last state there, with the version of its leaving.
  return was ? {type: 'DELETED', object: {...before, metadata: {...before.metadata, resourceVersion: object.metadata.resourceVersion}}} : undefined
}

interface OpenWatch {
  readonly response: ServerResponse
  /** Only to those who asked for bookmarks. */
  bookmark(): void
}

/** All open watches of the cluster. */
export class Watches {
  readonly #store: Store
  readonly #open = new Set<OpenWatch>()

  constructor(store: Store) {
    this.#store = store
  }

  get size(): number {
    return this.#open.size
  }

  /** Streams changes after `resourceVersion` until the caller leaves or `timeoutSeconds` are over. @throws StatusError */
  serve(route: Route, response: ServerResponse): void {
    const {resource, namespace, name, query} = route
    const selected = matchOf(query, namespace)
    const match: Match = object => selected(object) && (!name || object.metadata.name === name)
    const version = query.get('resourceVersion') ?? ''
    const fresh = version === '' || version === '0'
    const start = fresh ? this.#store.list(resource, match).map(object => ({type: 'ADDED', object})) : undefined
    response.writeHead(200, {'Content-Type': 'application/json'})
    response.flushHeaders()
    const send = (event: object) => void response.write(`${JSON.stringify(event)}\n`)
    const tell = (change: Change) => {
      const event = change.resource === resource ? eventOf(change, match) : undefined
      if (event) send(event)
    }
    try {
      if (start) start.forEach(send)
      else this.#store.since(Number(version)).forEach(tell)
    } catch (error) {
      return endWith(response, error)
    }
    this.#keep(route, response, send, this.#store.onChange(tell))
  }

  /** As after a compaction: every open watch gets 410 and ends. */
  expire(): void {
    const error = expired(`too old resource version: 1 (${this.#store.version})`)
    for (const {response} of [...this.#open]) endWith(response, error)
  }

  /** Breaks the connections of all open watches. */
  drop(): void {
    for (const {response} of [...this.#open]) response.destroy()
  }

  /** Tells those who asked for it how far they have come. */
  bookmark(): void {
    for (const watch of this.#open) watch.bookmark()
  }

  #keep({resource, query}: Route, response: ServerResponse, send: (event: object) => void, unsubscribe: () => void): void {
    const bookmark = () => {
      if (!['true', '1'].includes(query.get('allowWatchBookmarks') ?? '')) return
      const metadata = {resourceVersion: this.#store.version, creationTimestamp: null}
      send({type: 'BOOKMARK', object: {kind: resource.kind, apiVersion: groupVersion(resource), metadata}})
    }
    const watch = {response, bookmark}
    this.#open.add(watch)
    const seconds = Number(query.get('timeoutSeconds') ?? 0)
    const timer = seconds > 0 ? setTimeout(() => {
      bookmark()
      response.end()
    }, seconds * 1000) : undefined
    response.on('close', () => {
      clearTimeout(timer)
      unsubscribe()
      this.#open.delete(watch)
    })
  }
}

function endWith(response: ServerResponse, error: unknown): void {
  if (!(error instanceof StatusError)) throw error
  response.end(`${JSON.stringify({type: 'ERROR', object: error.body})}\n`)
}
