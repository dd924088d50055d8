import {required} from '../settings.ts'
import {AWS, AWS_SETTINGS, aws, identity} from '../aws/cli.ts'
import {inline, outputOf, quote, raw, shell, variable} from '../../plan/shell.ts'
import type {Database, Section, SectionInput, Settings} from '../types.ts'

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const LONGEST_NAME = 63
const HOURS_S = 24 * 3600

/** Amazon S3 as ScalarDB keeps tables in it; brought back by AWS Backup into a new bucket: into the old one nothing newer would go away (restore.md §14). */
export const s3: Database = {
  kind: 's3',
  title: 'Amazon S3',
  settings: [
    ...AWS_SETTINGS,
    {name: 'bucket', summary: 'name of the bucket', pattern: BUCKET},
    {name: 'vault', summary: 'backup vault of AWS Backup that has its continuous backup', pattern: /^[\w-]{2,50}$/},
    {name: 'role', summary: 'ARN of the IAM role with which AWS Backup restores', pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/},
  ],
  recognise({storage, contactPoints = ''}) {
    const [, region, bucket] = /^([^/]+)\/([^/]+)$/.exec(contactPoints) ?? []
    return storage === 's3' && region && bucket ? {key: contactPoints, settings: {region, bucket}} : undefined
  },
  name: ({bucket, region}) => `Amazon S3 bucket ${bucket ?? '(unknown)'}${region ? ` in ${region}` : ''}`,
  time: ({rfc3339}) => rfc3339,
  restorable: () => undefined,
  checkByHand: settings => settings['bucket'] ? [recoveryPoints(settings, settings['bucket'])] : [],
  plan,
}

const recoveryPoints = (settings: Settings, bucket: string) =>
  aws(settings, 'backup', ['list-recovery-points-by-resource', '--resource-arn', `arn:aws:s3:::${bucket}`, '--output', 'json'])

function plan({id, time, runId, settings}: SectionInput): Section {
  const bucket = required(s3, settings, 'bucket')
  const vault = required(s3, settings, 'vault')
  const role = required(s3, settings, 'role')
  const copy = `${bucket.slice(0, LONGEST_NAME - runId.length - 1).replace(/[.-]+$/, '')}-${runId}`
  const point = variable(id, 'recovery point')
  const file = (what: string) => `"\${STATE:-.}/${id}-${what}"`
  const metadata = aws(settings, 'backup', ['get-recovery-point-restore-metadata', '--backup-vault-name', vault, '--recovery-point-arn', raw(`"$${point}"`), '--query', 'RestoreMetadata', '--output', 'json'])
  const change = `. + {DestinationBucketName: "${copy}", NewBucket: "true", RestoreTime: "${time.rfc3339}", CreationToken: "${runId}"}`
  const start = aws(settings, 'backup', ['start-restore-job', '--recovery-point-arn', raw(`"$${point}"`), '--iam-role-arn', role, '--resource-type', 'S3', '--metadata', raw(`"file://\${STATE:-.}/${id}-metadata.json"`), '--idempotency-token', `${runId}-${id}`, '--query', 'RestoreJobId', '--output', 'text'])
  const status = aws(settings, 'backup', ['describe-restore-job', '--restore-job-id', raw(`"$(cat ${file('job')})"`), '--query', 'Status', '--output', 'text'])
  const step = (rest: Omit<Section['steps'][number], 'database'>) => ({database: id, ...rest, id: `${id}.${rest.id}`})
  return {
    tools: [AWS, {name: 'jq'}],
    covers: [`the bucket ${bucket}`],
    leftOut: ["the old bucket's policy, tags, lifecycle, notifications and replication: the new bucket has its own"],
    warnings: [],
    properties: [{key: 'scalar.db.contact_points', value: `${required(s3, settings, 'region')}/${copy}`}],
    steps: [
      step({id: 'identity', phase: 'prepare', title: 'See which AWS account this is', why: 'Backups lie in vaults of one account and region.', commands: [identity(settings)], expect: 'The account that you mean.'}),
      step({
        id: 'recovery-point', phase: 'check', title: `Find the continuous backup of ${bucket}`,
        why: 'Only a continuous backup can be restored to a moment; others hold the bucket as it was when they were taken.',
        commands: [
          recoveryPoints(settings, bucket),
          shell(`: "\${${point}:?give it the ARN of the continuous recovery point in the list above: export ${point}=arn:…}"`),
          shell(`${inline(metadata)} | jq ${quote(change)} > ${file('metadata.json')}`),
        ],
        expect: `A continuous recovery point in the vault ${vault}; then a file with what the restore is told.`,
      }),
      step({
        id: 'copy', phase: 'copy', title: `Restore ${bucket} at the restore point into the new bucket ${copy}`,
        why: 'Into the old bucket AWS Backup would leave every newer object in place, which is no way back.',
        commands: [
          shell(`${inline(start)} > ${file('job')}.new && mv ${file('job')}.new ${file('job')}`, {unless: `[ -s ${file('job')} ]`, changes: true}),
          shell(`[ ${outputOf(status).raw} = COMPLETED ]`, {wait: {everySeconds: 60, limitSeconds: HOURS_S, what: `the restore into ${copy} to be COMPLETED`}}),
        ],
        expect: 'The restore job is COMPLETED.',
        undo: `Delete the bucket ${copy}; nothing else has changed.`,
        takes: 'minutes to hours, by the number of objects',
      }),
      step({
        id: 'look', phase: 'verify-copy', title: `Compare ${copy} with ${bucket}`,
        why: 'ScalarDB keeps one object for each table and partition.',
        commands: [bucket, copy].map(each => aws(settings, 's3', ['ls', `s3://${each}/`, '--recursive', '--summarize', '--human-readable'])),
        expect: 'About as many objects.',
      }),
      step({
        id: 'settings', phase: 'settings', title: `Give ${copy} the settings of ${bucket}`,
        why: 'Versioning is what the next continuous backup needs; the rest belongs to the bucket, not to its objects.',
        commands: [
          aws(settings, 's3api', ['put-bucket-versioning', '--bucket', copy, '--versioning-configuration', 'Status=Enabled'], {changes: true}),
          shell(`Bring back by hand: policy, encryption, lifecycle, notifications, tags of ${bucket}; and put ${copy} into the backup plan.`, {byHand: true}),
        ],
        expect: 'Versioning is Enabled.',
      }),
    ],
  }
}
