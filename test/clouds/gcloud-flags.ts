/**
 * Flags of the gcloud commands that plans print, as Google's command reference lists them; the empty name has those of all
 * commands. Compared with the real gcloud wherever that is installed (parse.test.ts).
 */
export const GCLOUD_FLAGS: Readonly<Record<string, readonly string[]>> = {
  '': ['--project', '--quiet', '--format', '--filter'],
  'auth list': [],
  'config get-value': [],
  'projects describe': [],
  'sql instances describe': [],
  'sql instances get-latest-recovery-time': [],
  'sql instances clone': ['--async', '--point-in-time', '--preferred-zone', '--preferred-secondary-zone', '--restore-database-name', '--bin-log-file-name', '--bin-log-position'],
  'sql instances patch': ['--async', '--availability-type', '--deletion-protection', '--no-deletion-protection', '--tier', '--database-flags'],
  'sql instances delete': ['--async'],
  'alloydb clusters describe': ['--region'],
  'alloydb clusters restore': ['--async', '--region', '--backup', '--point-in-time', '--source-cluster', '--network', '--allocated-ip-range-name', '--enable-private-service-connect', '--tags', '--kms-key'],
  'alloydb clusters delete': ['--async', '--region', '--force'],
  'alloydb instances list': ['--cluster', '--region', '--limit', '--page-size', '--sort-by', '--uri'],
  'alloydb instances describe': ['--cluster', '--region', '--view'],
  'alloydb instances create': ['--async', '--cluster', '--region', '--instance-type', '--cpu-count', '--machine-type', '--availability-type', '--database-flags', '--read-pool-node-count'],
  'storage buckets describe': ['--raw', '--additional-headers'],
  'storage du': ['--summarize', '--total', '--readable-sizes', '--all-versions', '--exclude-name-pattern'],
}
