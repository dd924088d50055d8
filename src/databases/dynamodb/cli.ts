import {command} from '../../plan/shell.ts'
import type {Word} from '../../plan/shell.ts'
import type {Command, Tool} from '../../plan/model.ts'
import type {Settings} from '../types.ts'

export const AWS: Tool = {name: 'aws', why: 'AWS CLI, version 1 or 2: https://aws.amazon.com/cli/'}

/** One command of the AWS CLI, with region, profile and endpoint said, so that none of the caller's defaults leads elsewhere. */
export const aws = (
  {region, profile, endpoint}: Settings, service: 'dynamodb' | 'application-autoscaling' | 'kms' | 'sts', [operation = '', ...words]: readonly Word[],
  extra: Parameters<typeof command>[1] = {},
): Command => command([
  'aws', service, operation, ...region ? ['--region', region] : [], ...profile ? ['--profile', profile] : [],
  ...endpoint && service === 'dynamodb' ? ['--endpoint-url', endpoint] : [], ...words,
], extra)
