import {command, inline} from '../../plan/shell.ts'
import type {Word} from '../../plan/shell.ts'
import type {Command, Tool} from '../../plan/model.ts'
import type {Setting, Settings} from '../types.ts'

export const AWS: Tool = {name: 'aws', why: 'AWS CLI, version 1 or 2: https://aws.amazon.com/cli/'}

export const AWS_SETTINGS: readonly Setting[] = [
  {name: 'region', summary: 'AWS region', pattern: /^[a-z]{2}(-[a-z]+)+-\d$/},
  {name: 'profile', summary: 'profile of the AWS CLI that leads to the account', pattern: /^[\w.@+-]+$/},
]

/** One command of the AWS CLI, with region and profile said, so that none of the caller's defaults leads elsewhere. */
export const aws = ({region, profile}: Settings, service: string, words: readonly Word[], extra: Parameters<typeof command>[1] = {}): Command =>
  command(['aws', service, ...words.slice(0, 1), ...region ? ['--region', region] : [], ...profile ? ['--profile', profile] : [], ...words.slice(1)], extra)

/** RDS writes instants in UTC, with fractions or without; up to the second their texts can be compared. */
export const notBefore = (look: Command, rfc3339: string): string => `[[ "$(TZ=UTC ${inline(look)} | cut -c 1-19)" > ${rfc3339.slice(0, 19)} ]]`

export const identity = (settings: Settings): Command => aws(settings, 'sts', ['get-caller-identity', '--output', 'json'])
