const ADVICE: ReadonlyArray<readonly [RegExp, string]> = [
  [/^another backup holds the lease/, 'see how its servers stand: kubectl scalardl status'],
  [/does not match certificate's altnames/, 'say which name the certificate has with --admin-server-name NAME, or admin-server-name=NAME in --target'],
  [/unable to (verify|get)\b.*\bcertificate|self-signed certificate/, 'name the file of its CA with --admin-ca-file FILE, or admin-ca-file=FILE in --target'],
  [/TLS: (wrong version number|packet length too long)/, 'if the admin port does not speak TLS, say so with --no-admin-tls, or admin-tls=false in --target'],
  [/closed from the pod's side/, 'if the admin port speaks TLS, say so with --admin-tls, or admin-tls=true in --target'],
  [/error forwarding port/, 'if that is not the admin port, say which is with --admin-port PORT, or admin-port=PORT in --target'],
]

/** The flags that may help when admin ports could not be asked, each named once. `reasons` end in what Node's TLS or a tunnel said. */
export const adviceOn = (reasons: readonly string[]): string[] =>
  ADVICE.flatMap(([sign, advice]) => reasons.some(reason => sign.test(reason)) ? advice : [])
