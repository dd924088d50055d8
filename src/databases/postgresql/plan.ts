import {withAddress} from '../jdbc.ts'
import {Machine} from '../machine.ts'
import {RECOVERY_LOG, placesOf, type Places} from './places.ts'
import {archiveStep, checkStep, copyStep, replayStep} from './restore-steps.ts'
import {finishStep, openStep, removeStep, stopStep, verifyStep} from './switch-steps.ts'
import {SETTINGS} from './settings.ts'
import {checkSettings} from '../settings.ts'
import type {PropertyChange, Step} from '../../plan/model.ts'
import type {Section, SectionInput, Settings} from '../types.ts'

/**
 * A new data directory out of base backup and WAL archive, closed to everybody until it has been looked at; the old one is not
 * touched. For PostgreSQL 12 and newer, in which recovery is configured like all else.
 */
export function plan(input: SectionInput): Section {
  const {id, settings, mode} = input
  checkSettings({kind: 'postgresql', settings: SETTINGS}, settings)
  const machine = new Machine(id, {settings: SETTINGS}, settings)
  const places = placesOf(machine, input)
  const steps = [
    checkStep(places), ...settings['source'] === 'gone' ? [] : [archiveStep(places)], copyStep(places), replayStep(places), verifyStep(places),
    ...mode === 'copy-only' ? [removeStep(places)] : [...staysInPlace(settings) && settings['source'] !== 'gone' ? [stopStep(places)] : [], openStep(places), finishStep(places)],
  ]
  const blanks = machine.blanks()
  return {
    steps: blanks.length > 0 ? [fillInStep(places, blanks), ...steps] : steps,
    tools: settings['via'] || settings['pg-bin'] ? [] : [{name: 'pg_ctl', why: 'of the restored server\'s major version, which is the base backup\'s'}, {name: 'psql'}],
    covers: ['the whole server: every database in it goes back, also those that no product here uses'],
    leftOut: ['streaming replicas and replication slots: a replica is built anew from the restored server'],
    warnings: warningsOf(input),
    properties: mode === 'copy-only' ? [] : moved(input),
  }
}

/** Under the old address, so that no property changes: then the old server has to make room. */
const staysInPlace = (settings: Settings): boolean => !settings['new-host'] && !settings['new-port']

function moved({settings, storages}: SectionInput): PropertyChange[] {
  if (staysInPlace(settings)) return []
  const [host, port] = [settings['new-host'] ?? settings['host'] ?? 'localhost', settings['new-port'] ?? settings['port'] ?? '5432']
  const urls = storages.flatMap(({contactPoints}) => contactPoints ? [withAddress(contactPoints, host, port)] : [])
  return [...new Set(urls)].map(value => ({key: 'scalar.db.contact_points', value}))
}

function warningsOf({settings}: SectionInput): string[] {
  return [
    ...settings['via'] ? [] : ['PostgreSQL: run this on the machine that has the base backup and the WAL archive, as the operating system user of PostgreSQL, '
      + 'or say what leads there: --database kind=postgresql,via=\'sudo -u postgres\''],
    ...settings['source'] === 'gone' ? [`PostgreSQL: the archive must hold a commit later than the restore point; else ${RECOVERY_LOG.ended}`] : [],
  ]
}

const fillInStep = ({id}: Places, commands: Step['commands']): Step => ({
  id: `${id}.prepare`, phase: 'prepare', database: id,
  title: 'Say where PostgreSQL\'s backup is',
  why: 'The restore point does not know it. With --database kind=postgresql,NAME=VALUE the plan has it filled in.',
  commands,
})

