import {jdbcAddress} from '../jdbc.ts'
import type {RecordedStorage} from '../../backup/restore-point.ts'

/** What the host name of an RDS endpoint says (Amazon RDS, "Connecting"): `NAME.[cluster-|cluster-ro-|proxy-]ID.REGION.rds.amazonaws.com`. */
export interface RdsEndpoint {
  readonly kind: 'instance' | 'cluster' | 'other'
  readonly name: string
  readonly region: string
  readonly dialect: string
  readonly port?: string
  readonly database?: string
}

const ENDPOINT = /^(?<name>[a-z0-9-]+)\.(?:(?<group>cluster|cluster-ro|cluster-custom|proxy|proxy-ro)-)?[a-z0-9]+\.(?<region>[a-z0-9-]+)\.rds\.amazonaws\.com(?:\.cn)?$/i

/** @returns undefined for hosts that are no RDS endpoint; kind `other` for proxies and custom endpoints, which do not tell what is behind them */
export function rdsEndpoint(storage: RecordedStorage): RdsEndpoint | undefined {
  const address = jdbcAddress(storage)
  const [first] = address?.hosts ?? []
  const {name, group, region} = ENDPOINT.exec(first?.host ?? '')?.groups ?? {}
  if (!address || !name || !region) return undefined
  const kind = group === undefined ? 'instance' : group === 'cluster' || group === 'cluster-ro' ? 'cluster' : 'other'
  return {
    kind, name: name.toLowerCase(), region: region.toLowerCase(), dialect: address.dialect,
    ...first?.port && {port: first.port}, ...address.database && {database: address.database},
  }
}
