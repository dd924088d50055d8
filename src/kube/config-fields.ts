/**
 * Typed reading of one mapping of a kubeconfig. A missing value reads as empty; a value of the wrong type is an error that
 * names its place and never quotes it, as in kubectl.
 */
export class Fields {
  readonly raw: Readonly<Record<string, unknown>>
  readonly where: string

  constructor(value: unknown, where: string) {
    if (value !== null && value !== undefined && (typeof value !== 'object' || Array.isArray(value))) {
      throw new Error(`${where || 'the file'} is not a mapping`)
    }
    this.raw = {...value}
    this.where = where
  }

  text(key: string): string {
    return this.#typed(key, 'string') as string | undefined ?? ''
  }

  /** kubectl reads YAML 1.1, where yes and on are true as well. */
  flag(key: string): boolean {
    const found = this.raw[key]
    if (typeof found === 'string' && /^(y|yes|on|n|no|off)$/i.test(found)) return /^(y|yes|on)$/i.test(found)
    return this.#typed(key, 'boolean') === true
  }

  /** Text given as base64; like Go's decoder it takes line breaks and nothing else beside the alphabet. */
  data(key: string): string {
    const base64 = this.text(key).replace(/[\r\n]/g, '')
    if (base64.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw new Error(`${this.#place(key)} is not base64`)
    return Buffer.from(base64, 'base64').toString()
  }

  texts(key: string): string[] {
    return this.#array(key).map((item, i) => {
      if (typeof item !== 'string') throw new Error(`${this.#place(key)}[${i}] is a ${typeof item}, not a string`)
      return item
    })
  }

  list(key: string): Fields[] {
    return this.#array(key).map((item, i) => new Fields(item, `${this.#place(key)}[${i}]`))
  }

  object(key: string): Fields | undefined {
    const found = this.raw[key] ?? undefined
    return found === undefined ? undefined : new Fields(found, this.#place(key))
  }

  mapOf<T>(read: (fields: Fields, key: string) => T): Record<string, T> {
    return Object.fromEntries(Object.keys(this.raw).map(key => [key, read(this, key)]))
  }

  /** A list of `{name, <inner>: {…}}`, as kubeconfigs have them; a name may occur once. */
  named<T>(key: string, inner: string, read: (entry: Fields) => T): Map<string, T> {
    const entries = new Map<string, T>()
    for (const item of this.list(key)) {
      const name = item.text('name')
      if (entries.has(name)) throw new Error(`duplicate name "${name}" in ${this.#place(key)}`)
      entries.set(name, read(new Fields(item.raw[inner], `${this.#place(key)}["${name}"]`)))
    }
    return entries
  }

  #typed(key: string, type: 'string' | 'boolean'): unknown {
    const found = this.raw[key] ?? undefined
    if (found !== undefined && typeof found !== type) throw new Error(`${this.#place(key)} is a ${typeof found}, not a ${type}`)
    return found
  }

  #array(key: string): readonly unknown[] {
    const found = this.raw[key] ?? []
    if (!Array.isArray(found)) throw new Error(`${this.#place(key)} is not a list`)
    return found
  }

  #place(key: string): string {
    return this.where ? `${this.where}.${key}` : key
  }
}
