import {generate} from 'selfsigned'

/** A certificate with its private key, both as PEM text. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** A certificate authority made for one test run; its `cert` is what clients trust. */
export const makeCa = (name = 'scalardl test CA'): Promise<Certificate> =>
  make(name, undefined, [
    {name: 'basicConstraints', cA: true, critical: true},
    {name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true},
  ])

/** A server's certificate, signed by `ca`, good for exactly these names and addresses. */
export const makeServerCert = (ca: Certificate, names: {dnsNames?: readonly string[]; ips?: readonly string[]}): Promise<Certificate> =>
  make(names.dnsNames?.[0] ?? names.ips?.[0] ?? 'server', ca, [
    {name: 'basicConstraints', cA: false},
    {name: 'keyUsage', digitalSignature: true, keyEncipherment: true},
    {name: 'extKeyUsage', serverAuth: true},
    {
      name: 'subjectAltName',
      altNames: [
        ...(names.dnsNames ?? []).map(value => ({type: 2 as const, value})),
        ...(names.ips ?? []).map(ip => ({type: 7 as const, ip})),
      ],
    },
  ])

/** A user's certificate, signed by `ca`: Kubernetes takes the common name as the user, the organizations as its groups. */
export const makeClientCert = (ca: Certificate, user: string, groups: readonly string[] = []): Promise<Certificate> =>
  make(user, ca, [
    {name: 'basicConstraints', cA: false},
    {name: 'keyUsage', digitalSignature: true},
    {name: 'extKeyUsage', clientAuth: true},
  ], groups)

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>

const hourMs = 3_600_000

async function make(
  commonName: string, ca: Certificate | undefined, extensions: Extensions, organizations: readonly string[] = [],
): Promise<Certificate> {
  const subject = [{name: 'commonName', value: commonName}, ...organizations.map(value => ({name: 'organizationName', value}))]
  const made = await generate(subject, {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - hourMs),
    notAfterDate: new Date(Date.now() + 24 * hourMs),
    extensions,
    ...(ca && {ca}),
  })
  return {cert: made.cert, key: made.private}
}
