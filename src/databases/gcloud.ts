import {command, inline} from '../plan/shell.ts'
import type {Word} from '../plan/shell.ts'
import type {Command, Tool} from '../plan/model.ts'
import type {Settings} from './types.ts'

/** A `gcloud` command in the project that the settings name; without one, in gcloud's own. */
export const gcloud = ({project}: Settings, words: readonly Word[], extra: Parameters<typeof command>[1] = {}): Command =>
  command(['gcloud', ...words, ...project ? [`--project=${project}`] : [], '--quiet'], extra)

export const GCLOUD: Tool = {name: 'gcloud', why: 'Google Cloud CLI: https://cloud.google.com/sdk/docs/install'}

export const PROJECT = {name: 'project', summary: 'Google Cloud project', pattern: /^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/}

/** Who is logged in, and where commands go: a look before anything else. */
export const identity = (settings: Settings): Command[] => [
  command(['gcloud', 'auth', 'list', '--filter=status:ACTIVE', '--format=value(account)']),
  settings['project'] ? gcloud(settings, ['projects', 'describe', settings['project'], '--format=value(projectId)']) : command(['gcloud', 'config', 'get-value', 'project']),
]

/** True once the instant that a command prints (RFC 3339 with Z) is not before `rfc3339`: both are UTC and of one form, so their text can be compared. */
export const reached = (look: Command, rfc3339: string): string => `[[ "$(${inline(look)})" > ${rfc3339} ]]`
