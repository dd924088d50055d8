import {UNFINISHED_MYSQL} from '../transactional.ts'
import {clock} from './time.ts'
import type {Programs} from './programs.ts'
import type {SectionInput} from '../types.ts'

/**
 * Bash for the database's machine, read by `bash -s` from stdin; the places come as its arguments, so that nothing here has to be
 * quoted. A server is started only within a script, closed to all but its socket, and stopped at its end.
 */
const head = (names: readonly string[]): string => ['set -euo pipefail', 'shopt -s inherit_errexit', `PATH=$PATH:/usr/sbin:/usr/local/sbin`, ...names.map((name, i) => `${name}=$${i + 1}`)].join('\n')

const DIE = 'die() { echo "$*" >&2; exit 1; }'

/** Without grant tables nobody needs a password, and nobody but this user reaches the socket. Its own binary log stays off. */
function closedServer({server, client}: Programs, settings: SectionInput['settings']): string {
  const options = settings['config-file'] ? `--defaults-file=${settings['config-file']}` : '--no-defaults'
  return `${server} ${options} --datadir="$data" --socket="$work/socket" --pid-file="$work/pid" --log-error="$work/error.log" \\
  --skip-networking --skip-grant-tables --skip-log-bin --loose-skip-slave-start --loose-skip-replica-start \\
  --loose-mysqlx=off >"$work/output.log" 2>&1 </dev/null &
server=$!
trap 'kill "$server" 2>/dev/null && wait "$server" || true' EXIT
client() { ${client} --no-defaults --socket="$work/socket" --user=root --batch --skip-column-names "$@"; }
until client --execute='SELECT 1' >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$work/error.log" >&2; die 'the server ended'; }
  sleep 0.5
done`
}

const STOP = 'trap - EXIT\nkill "$server"\nwait "$server"'

/** An empty data directory, and the dump in it. */
export const loadDump = (programs: Programs, {settings, runId}: SectionInput): string => `${head(['final', 'dump'])}
data=$final.${runId} work=$data/${runId}
${DIE}
rm -rf "$data"
${programs.initialize} --datadir="$data" >/dev/null
chmod 700 "$data"
mkdir "$work"
${closedServer(programs, settings)}
gzip -cdf "$dump" | client
${STOP}
# Where it ends in the binary log.
gzip -cdf "$dump" | sed -nE "1,200s/^(-- )?CHANGE (MASTER|REPLICATION SOURCE) TO (MASTER|SOURCE)_LOG_FILE='([^']+)', (MASTER|SOURCE)_LOG_POS=([0-9]+).*/\\4 \\6/p" >"$work/position"
[[ -s $work/position ]] || die "$dump does not say where in the binary log it ends: it was made without --source-data (MariaDB: --master-data)"
cat "$work/position"
touch "$work/loaded"`

/** The files of a physical backup. */
export const copyBackup = (_: Programs, {runId}: SectionInput): string => `${head(['final', 'backup'])}
data=$final.${runId} work=$data/${runId}
${DIE}
grep -qsE '(full-prepared|log-applied)' "$backup"/{xtrabackup,mariadb_backup}_checkpoints || die "$backup is not prepared: run mariadb-backup or xtrabackup with --prepare on it"
rm -rf "$data"
mkdir -m 700 "$data" "$work"
cp -a "$backup/." "$data"
# Where it ends in the binary log.
cat "$backup"/{xtrabackup,mariadb_backup}_binlog_info 2>/dev/null | head -n 1 >"$work/position" || true
[[ -s $work/position ]] || die "$backup does not say where in the binary log it ends"
cat "$work/position"
touch "$work/loaded"`

/**
 * Everything from there up to the first event at or after the restore point. A backup that is younger, binary logs that end before,
 * or one that is missing among them, would give another state in silence: all three are looked for.
 */
export function replay(programs: Programs, {settings, time, runId}: SectionInput): string {
  const at = clock(time)
  const mark = `#${at.slice(2, 4)}${at.slice(5, 7)}${at.slice(8)}`
  const {binlog, binlogOptions} = programs
  return `${head(['final', 'binlogs'])}
data=$final.${runId} work=$data/${runId}
${DIE}
read -r first position _ <"$work/position"
files=()
for each in "$binlogs/\${first%.*}".[0-9]*; do [[ \${each##*/} < $first ]] || files+=("$each"); done
last=\${files[-1]}
[[ \${files[0]##*/} == "$first" ]] || die "$binlogs/$first is missing"
((10#\${last##*.} - 10#\${first##*.} + 1 == \${#files[@]})) || die "a binary log between $first and \${last##*/} is missing in $binlogs"
export TZ=UTC
when() { awk '/^#[0-9]+ +[0-9:]+ server id/ {split($2, t, ":"); print sprintf("%s %02d:%s:%s", $1, t[1], t[2], t[3])}' | sort | tail -n 1; }
begun=$(${binlog} --no-defaults --base64-output=decode-rows --stop-position="$position" "\${files[0]}" | when)
[[ $begun && $begun < '${mark}' ]] || die "the backup holds what was written at $begun (yymmdd, UTC): it does not end before ${at} UTC, take an older one"
ended=$(${binlog} --no-defaults --base64-output=decode-rows --start-datetime='${at}' "$last" | when)
[[ ! $ended < '${mark}' ]] || die "$last ends at $ended (yymmdd, UTC), before ${at} UTC: flush the source's binary logs, copy what is missing, and run this again"
touch "$work/replaying"
${closedServer(programs, settings)}
# Grants of the source hold from here on for what comes out of its binary log; this connection keeps its rights.
{ echo 'FLUSH PRIVILEGES;'; ${binlog} --no-defaults${binlogOptions} --start-position="$position" --stop-datetime='${at}' "\${files[@]}"; } |
  client --binary-mode
${STOP}
rm "$work/replaying"
mv -T "$data" "$final"`
}

/** How many rows of each transactional table are half-done. */
export const verify = (programs: Programs, {settings, runId}: SectionInput): string => `${head(['data'])}
work=$data/${runId}
${DIE}
${closedServer(programs, settings)}
client >"$work/counts.sql" <<'SQL'
${UNFINISHED_MYSQL}
SQL
client <"$work/counts.sql"
${STOP}
touch "$work/verified"`
