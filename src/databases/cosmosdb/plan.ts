import {JQ, ask} from '../azure/az.ts'
import type {Tool} from '../../plan/model.ts'
import type {Section, SectionInput} from '../types.ts'
import {capture} from './capture-step.ts'
import {copyOf, namesOf} from './names.ts'
import {inFlight, repair} from './repair-steps.ts'
import {check, copy, prepare, verify} from './restore-steps.ts'
import {finish, locks, network, settings} from './settings-steps.ts'

/** 2.52.0 is the first that restores an account with its public network closed (restore.md §6.2). */
const AZ: Tool = {name: 'az', atLeast: '2.52.0', why: 'Older ones cannot restore an account closed to the public network: https://learn.microsoft.com/cli/azure/install-azure-cli'}
const HELM: Tool = {name: 'helm', atLeast: '3.13.0', why: 'it runs the schema loader and waits for its job: https://helm.sh/docs/intro/install/'}

/**
 * Restores the whole account at the restore point into a new one and gives it what a restore leaves out (restore.md §6). The old
 * account is read, never changed: the way back is to point the products at it again.
 */
export function plan(input: SectionInput): Section {
  const names = namesOf(input)
  const tables = input.tables?.map(containerOf)
  const {source, target, metadata} = names
  const covers = tables?.length ? tables : [`every database and container of ${source}`]
  const restore = [prepare(names), check(names, input.time.epochSeconds)]
  const copied = [copy(names), verify(names, tables)]
  if (input.mode === 'copy-only') {
    return {tools: [AZ, JQ], covers, leftOut: [], warnings: [], properties: [], steps: [...restore, ...copied, {
      ...finish({...names, source: target}), title: `Delete the rehearsal's account ${target}`, why: 'It is billed like any other.',
    }]}
  }
  const repairs = repair(names, input.storages)
  return {
    tools: [AZ, JQ, ...repairs.length > 1 ? [HELM] : []],
    covers,
    leftOut: [`stored procedures, throughput, networks, access, tags, locks and diagnostic settings are not restored: they are put back by steps of their own; databases ${metadata.join(', ')} have no stored procedures`],
    warnings: input.mode === 'prefix' ? [`Cosmos DB knows no prefix: ${source} is restored into the new account ${target}, with the names of its databases as they are`] : [],
    properties: [
      {key: 'scalar.db.contact_points', from: ask(names.settings, ['cosmosdb', 'show', ...copyOf(names)], 'documentEndpoint')},
      {key: 'scalar.db.password', from: ask(names.settings, ['cosmosdb', 'keys', 'list', ...copyOf(names)], 'primaryMasterKey'), secret: true},
    ],
    steps: [...restore, capture(names), ...copied, settings(names), network(names), inFlight(names, tables), ...repairs, locks(names), finish(names)],
  }
}

/** `database/container`, also for a table as ScalarDB names it: `scalar.asset`. */
const containerOf = (table: string): string => table.includes('/') ? table : table.replace('.', '/')
