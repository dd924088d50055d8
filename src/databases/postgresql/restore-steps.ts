import {NOT, literal} from '../machine.ts'
import {inDoubleQuotes, shell, type Word} from '../../plan/shell.ts'
import {RECOVERY_LOG, done, line, type Places} from './places.ts'
import {psqlOf} from './psql.ts'
import {time} from './time.ts'
import type {Command, Step} from '../../plan/model.ts'

const isTar = (path = '') => /\.(?:tar(?:\.\w+)?|tgz)$/.test(path)

export function checkStep({id, input, machine, program, data, work}: Places): Step {
  const base = (below = '') => machine.word('base-backup', '', below)
  const condition = (...words: Word[]) => machine.condition(...words)
  const ofBackup = isTar(input.settings['base-backup'])
    ? [shell(`${condition('tar', '--wildcards', '-xOf', base(), '*backup_label')} | grep '^START'`)]
    : [
      machine.run(['grep', '-H', '^START', base('/backup_label')]),
      machine.run(['cat', base('/PG_VERSION')]),
      shell(`${condition('test', NOT, '-e', base('/backup_manifest'))} ||\n  ${condition(program('pg_verifybackup'), '--no-parse-wal', base())}`),
    ]
  return {
    id: `${id}.check`, phase: 'check', database: id,
    title: 'Look at the base backup and the place for the new data directory',
    why: 'The base backup must have ended before the restore point, be of the same major version, and be whole; nothing is overwritten.',
    commands: [
      ...ofBackup,
      machine.run([program('pg_ctl'), '--version']),
      ...input.settings['restore-command'] ? [] : [machine.run(['test', '-r', machine.word('archive')])],
      shell(`${condition('test', NOT, '-e', data())} || ${condition('test', '-d', work())}`, {note: 'The new directory must not exist, unless this restore has made it'}),
    ],
    expect: `A START TIME earlier than ${time(input.time)}${isTar(input.settings['base-backup'])
      ? ', and pg_ctl of the major version that made the backup.' : '; PG_VERSION equal to pg_ctl\'s; "backup successfully verified" where the backup has a manifest.'}`,
  }
}

export function archiveStep(places: Places): Step {
  const {id, input, machine} = places
  const source = psqlOf(machine, input.settings).source
  const {copied} = done(places)
  const archived = 'SELECT NOT EXISTS (SELECT FROM pg_ls_archive_statusdir() WHERE name LIKE \'%.ready\')'
  return {
    id: `${id}.archive`, phase: 'capture', database: id,
    title: 'Archive a commit later than the restore point',
    why: 'PostgreSQL ends a recovery at a time only when it meets a later commit; one is made, and its WAL segment archived.',
    commands: [
      machine.feed(source, 'SELECT txid_current();\nSELECT pg_switch_wal();', {unless: copied, changes: true}),
      shell(`${copied} ||\n  [ "$(${machine.condition(...source)} <<< ${inDoubleQuotes(archived).raw})" = t ]`, {
        wait: {everySeconds: 2, limitSeconds: 600, what: 'every WAL segment is archived'},
      }),
    ],
    expect: 'A transaction number and a position in the WAL; then every segment archived within seconds.',
    undo: 'there is nothing to undo: no data was changed.',
    takes: 'seconds, where archiving works',
  }
}

export function copyStep(places: Places): Step {
  const {id, input, machine, partial, data, work} = places
  const {settings, runId} = input
  const tar = isTar(settings['base-backup'])
  const base = machine.word('base-backup', '', tar ? '' : '/.')
  const there = (...words: Word[]) => machine.condition(...words)
  const files = [
    there('mkdir', '-p', partial()),
    tar ? there('tar', '-xf', base, '-C', partial()) : there('cp', '-a', base, partial()),
    there('chmod', '700', partial()),
    there('rm', '-f', partial('/standby.signal'), partial('/postmaster.pid')),
    there('rmdir', partial('/pg_tblspc')),
    there('mkdir', '-m', '700', partial('/pg_tblspc')),
    there('mkdir', '-p', partial(`/${runId}`)),
    there('cp', '-p', partial('/postgresql.auto.conf'), partial(`/${runId}/postgresql.auto.conf`)),
  ]
  const commands = [
    shell(files.join(' &&\n'), {
      note: 'The files of the base backup. rmdir fails where there are tablespaces: they would lead into the old server\'s files, and have to be restored by hand',
    }),
    ...configFile(places),
    machine.fill(['tee', '-a', partial('/postgresql.auto.conf')], recoveryConfig(places), {note: 'Where recovery ends'}),
    shell(olderThan(places), {note: 'A base backup with later commits in its files would look like a restored one: PostgreSQL does not notice'}),
    shell([there('touch', partial('/recovery.signal')), there('mv', '-T', partial(), data())].join(' &&\n'), {note: 'Complete: it gets its name'}),
  ]
  return {
    id: `${id}.copy`, phase: 'copy', database: id,
    title: 'Put the base backup into a new data directory, and say where its recovery ends',
    why: `Recovery stops at ${time(input.time)}. Inclusive: what was committed at that very moment belongs to it; inside a pause there is nothing of the kind. `
      + 'It promotes itself then, since its default, to pause, would leave it read-only. No network, and no archiving into the source\'s archive, until it is opened.',
    commands: commands.map(each => ({...each, unless: done(places).copied, changes: true})),
    expect: `The configuration is shown as it is written. ${line([work()])} marks the directory as this restore's.`,
    undo: `remove ${line([partial()])} and ${line([data()])}; nothing else was changed.`,
    takes: 'as long as copying the base backup does',
  }
}

/**
 * True when the checkpoint that the base backup begins with was before the restore point: what its files hold without any WAL was
 * committed before that. What was committed while it was taken PostgreSQL watches itself.
 */
function olderThan({input, machine, program, partial}: Places): string {
  const look = machine.condition('env', 'TZ=UTC', 'LC_ALL=C', program('pg_controldata'), partial())
  const at = time(input.time).replace('+00', '')
  return `${look} |
  awk '/^Time of latest checkpoint:/ {
    month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $6) + 2) / 3
    begun = sprintf("%d-%02d-%02d %s", $9, month, $7, $8)
    print "the base backup began at " begun " UTC"
  } END {exit !(begun && begun < "${at}")}' || {
  echo 'the base backup does not end before ${time(input.time)}: take an older one' >&2
  false
}`
}

/** The configuration of the source, where its data directory has none, with this server's own places. */
function configFile({input: {settings}, machine, partial}: Places): Command[] {
  const file = settings['config-file']
  if (!file) return []
  const folder = file.replace(/\/[^/]*$/, '')
  const text = [
    `hba_file = '${folder}/pg_hba.conf'`, `ident_file = '${folder}/pg_ident.conf'`, `include '${file}'`,
    `data_directory = '${machine.text('data-directory')}'`, 'external_pid_file = \'\'',
  ]
  return [machine.fill(['tee', partial('/postgresql.conf')], text.join('\n'), {note: 'The source\'s configuration, with this directory\'s own places'})]
}

function recoveryConfig({input, machine, port}: Places): string {
  const {settings, runId} = input
  const restore = settings['restore-command']
  const command = restore ? literal(restore.replaceAll('\'', '\'\'')) : `cp "${machine.text('archive')}/%f" "%p"`
  return [
    `restore_command = '${command}'`,
    `recovery_target_time = '${time(input.time)}'`,
    'recovery_target_inclusive = true',
    'recovery_target_action = \'promote\'',
    `recovery_target_timeline = '${settings['timeline'] ?? 'latest'}'`,
    'hot_standby = off',
    'archive_mode = off',
    'listen_addresses = \'\'',
    `unix_socket_directories = '${machine.text('data-directory')}/${runId}'`,
    `port = ${line([port])}`,
    'logging_collector = off',
    'log_destination = \'stderr\'',
    'lc_messages = \'C\'',
  ].join('\n')
}

export function replayStep(places: Places): Step {
  const {id, input, machine, program, data, work, port} = places
  const {runs, opened} = done(places)
  const log = work('/restore.log')
  const lastWords = `{\n  ${machine.condition('tail', '-n', '20', log)}\n  false\n}`
  const answers = machine.condition(program('pg_isready'), '-q', '-h', work(), '-p', port)
  return {
    id: `${id}.replay`, phase: 'copy', database: id,
    title: 'Start it, and let it replay the WAL up to the restore point',
    why: 'It answers nobody until recovery has ended; a recovery that cannot end where it should ends the server.',
    commands: [
      shell(`${machine.run([program('pg_ctl'), '-D', data(), '-l', log, '-w', '-t', '86400', 'start']).shell} || ${lastWords}`, {unless: runs, changes: true}),
      shell(`${opened} ||\n  ${answers} ||\n  ! ${runs} >/dev/null`, {
        wait: {everySeconds: 5, limitSeconds: 7 * 86_400, what: `its recovery to ${time(input.time)} has ended`},
      }),
      shell(`${opened} ||\n  ${answers} || ${lastWords}`, {note: 'Well, or with the reason in the end of its log'}),
    ],
    expect: `The log (${line([log])}) ends with "archive recovery complete" and "ready to accept connections". `
      + `If ${RECOVERY_LOG.ended}. If it says "requested recovery stop point is before consistent recovery point", the base backup ended after the restore point: take an older one. `
      + 'If an earlier restore has left a newer timeline in the archive, and the restore point is on the older one, say timeline=current.',
    undo: `stop it (${machine.condition(program('pg_ctl'), '-D', data(), '-m', 'immediate', 'stop')}), then remove ${line([data()])}.`,
    takes: 'as long as replaying all WAL since the base backup does',
  }
}
