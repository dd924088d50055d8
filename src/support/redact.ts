/** Each of them takes time that grows with the text, not with its square: texts come from others. */
const RULES: ReadonlyArray<readonly [RegExp, string]> = [
  [/\/\/[^\s"']{0,4096}@(?=\S)/g, '//'],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+/gi, '$1 ***'],
  [/((?:password|passwd|pwd|token|secret|credentials?(?=["']?\s*=)|api[-_]?key|access[-_]?key|account[-_]?key)["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s,;&"']+)/gi, '$1***'],
]

/**
 * Free text (a server's, the API server's or the kubelet's words) without what looks like a secret: users in URLs,
 * bearer tokens, values of passwords and keys.
 */
export const redact = (text: string): string => RULES.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), text)

/** A server's URL without user, password, query and fragment; undefined when it is none. */
export function plainUrl(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const {protocol, host, pathname} = new URL(url)
  return `${protocol}//${host}${pathname === '/' ? '' : pathname.replace(/\/$/, '')}`
}
