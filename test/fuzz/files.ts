import assert from 'node:assert/strict'
import {stringify} from 'yaml'
import {catalogueOf} from '../../src/catalogue/catalogue.ts'
import {readRecord} from '../../src/catalogue/read.ts'
import {configOf} from '../../src/discovery/config.ts'
import {environmentOf} from '../../src/discovery/environment.ts'
import {resolveProperties} from '../../src/discovery/placeholders.ts'
import {parseProperties} from '../../src/discovery/properties.ts'
import {scrubAddress} from '../../src/discovery/scrub.ts'
import {linesTo} from '../../src/exec/lines.ts'
import {parseOutput} from '../../src/exec/output-file.ts'
import {parseKubeconfig} from '../../src/kube/config-entries.ts'
import {selectEntries} from '../../src/kube/config-select.ts'
import {parseExecCredential} from '../../src/kube/exec-plugin.ts'
import {renderMarkdown} from '../../src/plan/markdown.ts'
import {planOfRecord} from '../../src/plan/plan.ts'
import {renderScript} from '../../src/plan/script.ts'
import {renderText} from '../../src/plan/text.ts'
import {storyOf} from '../../src/runs/describe.ts'
import {foundIn} from '../../src/runs/run-file.ts'
import type {Run} from '../../src/runs/types.ts'
import type {PlanRequest} from '../../src/plan/plan.ts'
import {CliError} from '../../src/support/errors.ts'
import {printable, printableJson, printableLines} from '../../src/support/printable.ts'
import {redact} from '../../src/support/redact.ts'
import {UNSEEN} from '../support/hostile.ts'
import {validateRecord} from '../support/record-schema.ts'
import {SAMPLE_RECORDS} from '../support/sample-records.ts'
import {refusing} from './fuzz.ts'
import {inChunks, mutateText, mutateValue} from './mutate.ts'
import type {Target} from './fuzz.ts'
import type {Random} from './random.ts'

/** Stands for a secret: where it is, it must stay. */
const SECRET = 'hunter2hunter2'

const KUBECONFIG = {
  'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'prod',
  'clusters': [{name: 'prod', cluster: {'server': 'https://10.0.0.1:6443', 'certificate-authority-data': 'LS0tLS0=', 'proxy-url': 'http://proxy:3128', 'extensions': [{name: 'client.authentication.k8s.io/exec', extension: {a: 1}}]}}],
  'users': [
    {name: 'token', user: {token: SECRET, as: 'root', 'as-groups': ['a'], 'as-user-extra': {x: ['y']}}},
    {name: 'exec', user: {exec: {apiVersion: 'client.authentication.k8s.io/v1', command: 'aws', args: ['eks', 'get-token'], env: [{name: 'A', value: SECRET}], interactiveMode: 'IfAvailable', provideClusterInfo: true}}},
    {name: 'oidc', user: {'auth-provider': {name: 'oidc', config: {'id-token': SECRET, 'refresh-token': SECRET}}}},
  ],
  'contexts': [{name: 'prod', context: {cluster: 'prod', user: 'token', namespace: 'ledger'}}, {name: 'other', context: {cluster: 'prod', user: 'exec'}}],
}
const KUBECONFIG_TEXT = stringify(KUBECONFIG)
const YAML_TRICKS = ['&a ', '*a', '!!binary ', '!!set ', '<<: *a', '? ', '---\n', '...\n', '%YAML 1.1\n', '|\n', '>-\n', '\t', '!<tag:x> ', '[[[[[[', '{{{{{{', '0x1F', '~', '2026-11-23']

/** A kubeconfig is read or refused in words that quote nothing of it. */
function feedKubeconfig(random: Random): void {
  const at = random.int(KUBECONFIG_TEXT.length)
  const text = random.oneIn(3) ? stringify(mutateValue(KUBECONFIG, random))
    : random.oneIn(3) ? `${KUBECONFIG_TEXT.slice(0, at)}${random.pick(YAML_TRICKS)}${KUBECONFIG_TEXT.slice(at)}` : mutateText(KUBECONFIG_TEXT, random)
  try {
    const config = parseKubeconfig(text, '/home/me/.kube/config')
    selectEntries(config, random.oneIn(2) ? {} : {context: random.pick(['prod', 'other', '__proto__', '']), user: random.oneIn(3) ? 'oidc' : undefined})
  } catch (error) {
    assert.ok(error instanceof CliError || (error instanceof Error && error.constructor === Error), String(error))
    assert.ok(!error.message.includes(SECRET) || !text.includes(`name: ${SECRET}`), error.message)
  }
}

const CREDENTIAL = {apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: {token: SECRET, expirationTimestamp: '2030-01-01T00:00:00Z', clientCertificateData: 'c', clientKeyData: 'k'}}
const ENTRY = {apiVersion: CREDENTIAL.apiVersion, command: 'aws', args: [], env: {}, interactiveMode: 'Never', provideClusterInfo: false, installHint: ''}

/** What an exec plugin printed is taken whole, or refused without a word of its secret. */
function feedCredential(random: Random): void {
  const text = random.oneIn(2) ? JSON.stringify(mutateValue(CREDENTIAL, random)) : mutateText(JSON.stringify(CREDENTIAL), random)
  try {
    const {authorization, cert, key} = parseExecCredential(text, ENTRY)
    assert.ok(authorization ?? cert)
    assert.equal(cert === undefined, key === undefined)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    assert.doesNotMatch(error.message, UNSEEN)
    assert.ok(!error.message.includes(SECRET) || !text.includes(`"token":"${SECRET}"`), error.message)
  }
}

const KEYS = ['scalar.db.storage', 'scalar.db.contact_points', 'scalar.dl.ledger.auditor.enabled', 'scalar.db.multi_storage.storages', 'a', '__proto__', 'key with blanks']

/** One character as a properties file may write it. */
const written = (char: string, random: Random) => {
  if (random.oneIn(12) && char.length === 1) return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  if (' \t\f=:#!\\'.includes(char)) return char === '\t' ? '\\t' : char === '\f' ? '\\f' : `\\${char}`
  return random.oneIn(15) && !'tnrfu'.includes(char) && /^[ -~]$/.test(char) ? `\\${char}` : random.oneIn(30) ? `\\\n  ${char}` : char
}
const spelled = (text: string, random: Random) => [...text].map(char => char === '\n' ? '\\n' : char === '\r' ? '\\r' : written(char, random)).join('')

/** Entries written in one of the many ways are read as they are meant, and noise is read as something. */
function feedProperties(random: Random): void {
  const entries = new Map(Array.from({length: random.int(5)}, () => [random.oneIn(4) ? `k${random.text(4)}` : random.pick(KEYS), random.text(random.int(20)).trim()]))
  const lines = [...entries].map(([key, value]) => `${random.pick(['', ' ', '\t'])}${spelled(key, random)}${random.pick(['=', ':', ' ', ' = ', '\t:  '])}${spelled(value, random)}`)
  const whole = lines.join(random.pick(['\n', '\r\n', '\r', '\n# comment \\\n', '\n\n']))
  assert.deepEqual(parseProperties(whole), entries)
  const env = [{name: 'A', value: random.pick(['$(B)$(B)', '${env:A}', 'x'])}, {name: 'B', value: random.pick(['$(A)', '{{ .Env.A }}', random.text(8)])}]
  const noise = mutateText(`${whole}\na=\${env:A}\nb={{ default .Env.B "\${env:A}" }}\nscalar.db.password=${SECRET}\nscalar.db.storage=jdbc\n`, random)
  const file = {readable: true, partial: false, properties: resolveProperties(parseProperties(noise), environmentOf({name: 'c', env}, []))} as const
  assert.ok(typeof configOf(random.pick(['ledger', 'auditor', 'scalardb-cluster']), file).transactionManager === 'string')
}

/** Passwords in addresses, of whatever characters, never get out; nor do they out of free text. */
function feedSecrets(random: Random): void {
  const odd = () => random.pick(['', '@', ':', '/', '?', ';', '&', '=', ',', '%', '#', '}'])
  const password = `${odd()}${SECRET}${odd()}${odd()}`
  const host = random.pick(['db.example.com', '10.0.0.1:5432', '[::1]:5432', 'a,b:1'])
  const address = random.pick([
    `jdbc:postgresql://${host}/db?user=me&password=${password}`, `jdbc:mysql://me:${password}@${host}/db`, `jdbc:sqlserver://${host};user=me;password={${password}};database=x`,
    `jdbc:oracle:thin:me/${password}@${host}/svc`, `https://me:${password}@${host}/x?token=${password}`, `me:${password}@${host}`,
  ])
  assert.ok(!scrubAddress(address)?.includes(SECRET), `${address} → ${scrubAddress(address)}`)
  const said = random.pick([`cannot reach https://me:${SECRET}@${host}/`, `Authorization: Bearer ${SECRET}`, `password=${SECRET}`, `{"token":"${SECRET}"}`, `api_key: "${SECRET}"`])
  assert.ok(!redact(`${mutateText('could not', random)} ${said} ${random.text(9)}`).includes(SECRET), said)
}

const RECORDS = Object.values(SAMPLE_RECORDS).map(make => make())
const PLAN = {version: '0.1.0', nowMs: Date.parse('2026-11-24T00:00:00Z'), databases: [], mode: 'copy-only', tables: undefined, snapshots: [], insist: true, scaleWith: 'kubectl', values: {}} as const satisfies PlanRequest

/** A record is refused, or is what the published schema allows; then a plan of it is made, or refused, in all its forms. */
function feedRecord(random: Random): void {
  const sample = random.pick(RECORDS)
  const text = random.oneIn(4) ? mutateText(JSON.stringify(sample), random) : JSON.stringify(mutateValue(sample, random))
  const record = refusing(() => readRecord(text, 'a file'), CliError)
  if (!record) return
  validateRecord(record)
  assert.equal(record.consistent, record.verdict === 'consistent')
  assert.ok(!record.consistent || record.restorePoint !== undefined)
  if (!random.oneIn(20)) return
  const plan = refusing(() => planOfRecord(record, PLAN), CliError)
  if (!plan) return
  for (const render of [renderText, renderMarkdown, renderScript]) assert.ok(render(plan).length > 0)
}

/** Copies in files and ConfigMaps: each is listed once, or named as skipped; none stops the others. */
function feedCopies(random: Random): void {
  const sample = random.pick(RECORDS)
  const texts = [JSON.stringify(sample), JSON.stringify(mutateValue(sample, random)), random.oneIn(9) ? '['.repeat(20_000) : random.text(20)]
  const {entries, warnings} = catalogueOf([{warnings: [], copies: texts.map((text, i) => ({text, place: {kind: 'File', path: `/s/${i}.json`}}))}])
  const listed = entries.reduce((sum, {copies}) => sum + copies.length, 0)
  assert.equal(listed + warnings.filter(text => text.startsWith('skipped: ')).length, 3)
}

/** What a command in the pause hands over and prints. */
function feedCommand(random: Random): void {
  const text = mutateText('rds=arn:aws:rds:eu-west-1:1:snapshot:x\npostgresql=dump-7\n', random)
  const {snapshots, problem} = parseOutput(text)
  for (const {name, identifier} of snapshots) assert.match(`${name}=${identifier}`, /^[\w.-]+=[\w.:/@-]+$/)
  assert.doesNotMatch(problem ?? '', UNSEEN)
  const said: string[] = []
  const reader = linesTo(line => said.push(line)).reader()
  const printed = text.repeat(random.oneIn(50) ? 500 : 1)
  for (const chunk of inChunks(printed, random)) reader.take(Buffer.from(chunk))
  reader.end()
  assert.ok(said.every(line => !line.includes('\n')))
}

/** Text of every kind is shown without what a terminal obeys, and JSON keeps its value. */
function feedPrintable(random: Random): void {
  const text = random.text(random.int(80))
  for (const shown of [printable(text), printableLines(text)]) assert.doesNotMatch(shown.replaceAll('\t', ' '), UNSEEN)
  const json = printableJson({text})
  assert.doesNotMatch(json, UNSEEN)
  assert.deepEqual(JSON.parse(json), {text})
}

const RUN: Run = {
  version: 1, command: 'backup', host: 'laptop', process: {pid: 7, start: 's'}, watchdog: {pid: 8, start: 't'}, since: '2026-11-23T12:44:07.000Z', boundMs: 60_000,
  targets: [{context: 'prod', namespace: 'ledger', flags: ['--context', 'prod']}], servers: [{name: 'ledger/ledger-0', uid: 'u', target: 0}, {name: 'ledger/ledger-1', uid: 'v', target: 0}],
  report: {by: 'watchdog', cause: 'was killed', phase: 'ended', at: '2026-11-23T12:45:07.000Z', paused: 2, unpaused: 1, tookMs: 7, left: [{server: 1, whose: 'ours', message: 'no answer'}]},
}

/** The file of an earlier run is damaged, and said to be, or a story comes of it that names what may be paused. */
function feedRun(random: Random): void {
  const sample = random.oneIn(2) ? RUN : {...RUN, report: undefined}
  const found = foundIn(random.oneIn(4) ? mutateText(JSON.stringify(sample), random) : JSON.stringify(mutateValue(sample, random)), '/s/r.json')
  if ('problem' in found) return
  const story = storyOf(found.run, {process: random.oneIn(2), watchdog: random.oneIn(2)}, Date.parse('2026-11-29T04:00:00Z'))
  if (story?.kind === 'open') assert.ok(story.lines.some(line => line.startsWith('to unpause: ')) || found.run.servers.length === 0)
}

export const FILES: readonly Target[] = [
  {name: 'kubeconfig', share: 3, feed: feedKubeconfig},
  {name: 'exec credential', share: 6, feed: feedCredential},
  {name: 'properties', share: 8, feed: feedProperties},
  {name: 'secrets', share: 6, feed: feedSecrets},
  {name: 'record', share: 8, feed: feedRecord},
  {name: 'copies', share: 2, feed: feedCopies},
  {name: 'command', share: 6, feed: feedCommand},
  {name: 'run', share: 6, feed: feedRun},
  {name: 'printable', share: 6, feed: feedPrintable},
]
