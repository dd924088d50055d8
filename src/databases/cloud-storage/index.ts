import {GCLOUD, PROJECT, gcloud, identity} from '../gcloud.ts'
import {required} from '../settings.ts'
import {snapshotOf} from '../snapshot.ts'
import type {Database, Section, SectionInput} from '../types.ts'

const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/

/** Google Cloud Storage has no point-in-time restore: what counts is a copy of the bucket made while everything was paused (restore.md §14). */
export const cloudStorage: Database = {
  kind: 'cloud-storage',
  title: 'Google Cloud Storage',
  settings: [{name: 'bucket', summary: 'name of the bucket', pattern: BUCKET}, PROJECT],
  recognise: ({storage, contactPoints}) => storage === 'cloud-storage'
    ? {key: contactPoints ?? '', settings: {...contactPoints && {bucket: contactPoints}}}
    : undefined,
  name: ({bucket}) => `Google Cloud Storage bucket ${bucket ?? '(unknown)'}`,
  time: ({rfc3339}) => `the copy made while everything was paused, about ${rfc3339}`,
  restorable: () => undefined,
  checkByHand: settings => settings['bucket'] ? [gcloud(settings, ['storage', 'buckets', 'describe', `gs://${settings['bucket']}`, '--format=yaml(location,versioning_enabled,soft_delete_policy)'])] : [],
  plan,
}

function plan(input: SectionInput): Section {
  const {id, settings, time} = input
  const bucket = required(cloudStorage, settings, 'bucket')
  const copy = snapshotOf(cloudStorage, input, 'a copy of the bucket in another one').replace(/^gs:\/\/|\/$/g, '')
  const step = (rest: Omit<Section['steps'][number], 'database'>) => ({database: id, ...rest, id: `${id}.${rest.id}`})
  return {
    tools: [GCLOUD], covers: [`the bucket ${bucket}, from its copy ${copy}`], leftOut: [],
    warnings: [`Cloud Storage is restored by turning to the bucket ${copy}: see that it was copied whole while everything was paused, about ${time.rfc3339}`],
    properties: [{key: 'scalar.db.contact_points', value: copy}],
    steps: [
      step({
        id: 'identity', phase: 'prepare', title: 'See who is logged in to Google Cloud, and in which project', why: 'The copy may lie in another project.',
        commands: identity(settings), expect: 'The account and the project that you mean.',
      }),
      step({
        id: 'copy', phase: 'verify-copy', title: `See that ${copy} is the copy that was made while everything was paused`,
        why: 'The products are pointed at it; the old bucket stays as it is, and is the way back.',
        commands: [
          gcloud(settings, ['storage', 'buckets', 'describe', `gs://${copy}`, '--format=yaml(location,creation_time,default_storage_class)']),
          gcloud(settings, ['storage', 'du', '--summarize', `gs://${copy}`]),
          gcloud(settings, ['storage', 'du', '--summarize', `gs://${bucket}`]),
        ],
        expect: `The copy exists, is about as large as ${bucket}, and no object in it is younger than the pause.`,
        undo: `Nothing is changed here; the way back later is scalar.db.contact_points=${bucket}.`,
      }),
    ],
  }
}
