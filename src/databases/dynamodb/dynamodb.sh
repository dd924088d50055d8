# Amazon DynamoDB. What is done next with a table is decided by what is there: its backups, its RestoreSummary, its id. Many
# tables go their ways at the same time: in rounds, in each of which every table is looked at once and goes one step further.
# Nothing runs between two rounds, so that a script that was killed has left nothing behind but what AWS shows.

declare -A DYNAMODB=() DYNAMODB_BEGUN=()
DYNAMODB_LANES=8         # aws commands at the same time
DYNAMODB_RESTORES=50     # restores at the same time per account (AWS, quotas)
DYNAMODB_EVERY=20        # seconds between two rounds
DYNAMODB_QUIET=${DYNAMODB_QUIET:-120} # a backup may hold up to a minute before and after its request (AWS, CreateBackup)
DYNAMODB_STUCK=86400     # seconds without any table going further
DYNAMODB_NOT_YET=75      # status of a table's step: look again in the next round

# dynamodb_use NAME=VALUE...: which database the functions below are about, and how its tables are brought back.
dynamodb_use() {
  local pair id
  DYNAMODB=()
  for pair; do DYNAMODB[${pair%%=*}]=${pair#*=}; done
  id=${DYNAMODB[id]}
  DYNAMODB_DIR=$STATE/$id
  DYNAMODB_WORK=$DYNAMODB_DIR/run
  [[ ${DYNAMODB_BEGUN[$id]:-} ]] || rm -rf "$DYNAMODB_WORK"
  DYNAMODB_BEGUN[$id]=1
  mkdir -p "$DYNAMODB_DIR/capture" "$DYNAMODB_WORK/restoring"
  export AWS_RETRY_MODE=${AWS_RETRY_MODE:-standard} AWS_MAX_ATTEMPTS=${AWS_MAX_ATTEMPTS:-6}
  # Errors are read in the format that every version has, and no version is to ask.
  export AWS_CLI_ERROR_FORMAT=legacy AWS_CLI_AUTO_PROMPT=off
  DYNAMODB_TABLES=()
  [[ ! -e $DYNAMODB_DIR/tables ]] || mapfile -t DYNAMODB_TABLES <"$DYNAMODB_DIR/tables"
}

# --- calls

# dynamodb_call SERVICE COMMAND ARGUMENT...: the JSON goes into $answer; when it fails, the CLI's words into $refused.
dynamodb_call() {
  local -a where=(--region "${DYNAMODB[region]}")
  local words=$DYNAMODB_WORK/words.$BASHPID
  [[ -z ${DYNAMODB[profile]:-} ]] || where+=(--profile "${DYNAMODB[profile]}")
  [[ $1 != dynamodb || -z ${DYNAMODB[endpoint]:-} ]] || where+=(--endpoint-url "${DYNAMODB[endpoint]}")
  refused=
  if answer=$(aws "$1" "$2" "${where[@]}" "${@:3}" --output json 2>"$words"); then return 0; fi
  refused=$(<"$words")
  refused=${refused#$'\n'}
  return 1
}

dynamodb_must() { dynamodb_call "$@" || die "aws $1 $2: $refused"; }

# dynamodb_refused ERROR...: was the last call refused with one of these?
dynamodb_refused() {
  local error
  for error; do [[ $refused != *"($error)"* ]] || return 0; done
  return 1
}

# A command, an option or a call that this CLI or this endpoint does not have; nothing else counts.
dynamodb_unknown() {
  [[ $refused == *'nvalid choice'* || $refused == *'Unknown options: --'* || $refused == *'has not been implemented'* ]] || dynamodb_refused UnknownOperationException NotImplemented
}

# Only ResourceNotFoundException means that a table is not there: $description is empty then.
dynamodb_describe() {
  description='' status=''
  if dynamodb_call dynamodb describe-table --table-name "$1"; then
    description=$(jq -c .Table <<<"$answer")
    status=$(dynamodb_get .TableStatus)
    case $status in
      INACCESSIBLE_ENCRYPTION_CREDENTIALS | ARCHIVING | ARCHIVED | REPLICATION_NOT_AUTHORIZED) die "$1 is $status: it cannot be used; see its key and the table in the console" ;;
    esac
  elif ! dynamodb_refused ResourceNotFoundException; then
    die "aws dynamodb describe-table: $1: $refused"
  fi
}

dynamodb_get() { jq -r "def instant: $DYNAMODB_INSTANT; def name: split(\"/\")[-1]; $1" <<<"$description"; }

# dynamodb_keep FILE: $answer, whole or not at all.
dynamodb_keep() {
  printf '%s\n' "$answer" >"$1.new"
  mv "$1.new" "$1"
}

# dynamodb_changed CALL...: a change that AWS may not be ready for; then the next round tries again.
dynamodb_changed() {
  if dynamodb_call "$@"; then return 0; fi
  dynamodb_refused ResourceInUseException TableInUseException BackupInUseException ContinuousBackupsUnavailableException LimitExceededException ConcurrentUpdateException TableAlreadyExistsException \
    || die "aws $1 $2: $table: $refused"
  return "$DYNAMODB_NOT_YET"
}

# --- rounds

# dynamodb_rounds WHAT FUNCTION TABLE...: calls the function for every table, again for those that answer DYNAMODB_NOT_YET.
dynamodb_rounds() {
  local what=$1 work=$2 table moved=$SECONDS told=$SECONDS lane failed=
  local -a open=("${@:3}") next=() lanes=()
  say "$what: ${#open[@]} $( ((${#open[@]} == 1)) && printf table || printf tables)"
  rm -f "$DYNAMODB_WORK"/ended.*
  while ((${#open[@]} > 0)); do
    plan_led
    dynamodb_list_backups
    lanes=()
    for ((lane = 0; lane < DYNAMODB_LANES && lane < ${#open[@]}; lane++)); do
      dynamodb_lane "$work" "$lane" "${open[@]}" &
      lanes+=("$!")
    done
    for lane in "${lanes[@]}"; do wait "$lane"; done
    next=()
    for table in "${open[@]}"; do
      case $(cat "$DYNAMODB_WORK/ended.$table" 2>/dev/null || echo none) in
        0) ;;
        "$DYNAMODB_NOT_YET") next+=("$table") ;;
        *) failed+=" $table" ;;
      esac
    done
    [[ ! $failed ]] || die "$what: stopped at:$failed"
    ((${#next[@]} == ${#open[@]})) || moved=$SECONDS
    ((SECONDS - moved < DYNAMODB_STUCK)) || die "$what: for a day nothing has moved: ${next[*]}"
    if ((${#next[@]} > 0)); then
      if ((SECONDS - told >= 60)); then
        told=$SECONDS
        say "$what: $(($# - 2 - ${#next[@]})) of $(($# - 2)) done, waiting for ${next[*]:0:5}$( ((${#next[@]} <= 5)) || printf ' and %d more' $((${#next[@]} - 5)))"
      fi
      sleep "${POLL:-$DYNAMODB_EVERY}" &
      wait "$!"
    fi
    open=("${next[@]}")
  done
}

# Every DYNAMODB_LANES-th table, one after the other, each in a shell of its own whose end is noted.
dynamodb_lane() {
  local work=$1 table i
  local -a tables=("${@:3}")
  trap - ERR
  trap 'for i in $(jobs -pr); do kill "$i" 2>/dev/null || true; done; exit 143' HUP INT TERM
  set +e
  for ((i = $2; i < ${#tables[@]}; i += DYNAMODB_LANES)); do
    table=${tables[i]}
    (
      set -e
      "$work" "$table"
    ) &
    wait "$!"
    printf '%s\n' "$?" >"$DYNAMODB_WORK/ended.$table"
  done
}

# --- what is there

dynamodb_copy_of() { printf '%s-%s' "${DYNAMODB[run]}" "$1"; }
dynamodb_target_of() {
  if [[ ${DYNAMODB[mode]} == prefix ]]; then printf '%s%s' "${DYNAMODB[new_prefix]}" "${1#"${DYNAMODB[prefix]:-}"}"; else printf '%s' "$1"; fi
}
dynamodb_is_system() { [[ $1 == "${DYNAMODB[metadata]}.metadata" || $1 == "${DYNAMODB[metadata]}.namespaces" ]]; }

# One list of all backups since the restore point says how far each is.
dynamodb_list_backups() {
  dynamodb_must dynamodb list-backups --backup-type USER --time-range-lower-bound "${DYNAMODB[epoch]}"
  dynamodb_keep "$DYNAMODB_WORK/backups.json"
}

# dynamodb_backups TABLE NAME FILTER: of the backups with this name.
dynamodb_backups() {
  jq -r --arg table "$1" --arg name "$2" "[.BackupSummaries[]? | select(.TableName == \$table and .BackupName == \$name)] | $3" "$DYNAMODB_WORK/backups.json"
}
DYNAMODB_AVAILABLE='map(select(.BackupStatus == "AVAILABLE")) | .[0].BackupArn // empty'

# The available backup of a table's copy: the restore point, safe from everything that happens to tables.
dynamodb_copy_backup() { dynamodb_backups "$(dynamodb_copy_of "$1")" "$(dynamodb_copy_of "$1")" "$DYNAMODB_AVAILABLE"; }
dynamodb_before_backup() { dynamodb_backups "$1" "$(dynamodb_copy_of "$1")-before" "$DYNAMODB_AVAILABLE"; }

# What stands under a table's name: nothing, the original, or what this plan has restored. Needs $description.
dynamodb_origin() {
  local saved=$DYNAMODB_DIR/capture/$1/table.json id first
  if [[ ! $description ]]; then
    printf 'nothing\n'
    return
  fi
  # By the ARN of its backup, which may be deleted by now. Restored from a backup of its own: somebody has gone back.
  case $(dynamodb_get '.RestoreSummary.SourceBackupArn // "" | split("/")[1] // empty') in
    "$(dynamodb_copy_of "$1")")
      printf 'restored\n'
      return
      ;;
    "$1")
      printf 'original\n'
      return
      ;;
  esac
  id=$(dynamodb_get '.TableId // empty')
  first=$(dynamodb_backups "$1" "$(dynamodb_copy_of "$1")-before" '.[0].TableId // empty')
  [[ $first || ! -e $DYNAMODB_DIR/replacing ]] || first=$(jq -r '.TableId // empty' "$saved" 2>/dev/null) || first=
  [[ ! $first || $first == "$id" ]] || die "$1 is neither the original nor restored by this plan: something has made it anew, on $(dynamodb_get '.CreationDateTime | instant | todate'). \
Stop what does (a server, a schema loader), see what is in it, and delete it; then run this again"
  printf 'original\n'
}

# --- tables

# dynamodb_set_tables TABLE...: those that are known to belong.
dynamodb_set_tables() {
  DYNAMODB_TABLES=("$@")
  printf '%s\n' "$@" >"$DYNAMODB_DIR/tables.new"
  mv "$DYNAMODB_DIR/tables.new" "$DYNAMODB_DIR/tables"
}

# Today's list is not that of the restore point: ScalarDB's own list is copied at the restore point, and read there.
dynamodb_find_tables() {
  local own=${DYNAMODB[metadata]} metadata namespaces table
  metadata=$own.metadata
  namespaces=$own.namespaces
  local -a found=()
  if ((${#DYNAMODB_TABLES[@]} > 0)); then
    say "the ${#DYNAMODB_TABLES[@]} tables of the restore point were found by an earlier run"
    return
  fi
  dynamodb_rounds 'checking ScalarDB'\''s list of tables' dynamodb_check "$metadata"
  dynamodb_rounds 'copying ScalarDB'\''s list of tables' dynamodb_copy "$metadata"
  dynamodb_must dynamodb scan --table-name "$(dynamodb_wanted "$metadata")" --projection-expression '#t' --expression-attribute-names '{"#t":"table"}'
  mapfile -t found < <(jq -r --arg from "${DYNAMODB[prefix]:-}" --arg to "${DYNAMODB[new_prefix]:-}" \
    "$DYNAMODB_WRITTEN"' .Items[].table.S | if written then $from + .[($to | length):] else . end' <<<"$answer")
  for table in "${found[@]}"; do
    [[ $table =~ ^[a-zA-Z0-9_.-]+$ ]] || die "$metadata lists a table with a name that cannot be: $(printf '%q' "$table")"
  done
  ((${#found[@]} > 0)) || die "at the restore point $metadata lists no table: is this the right region, account and prefix?"
  found+=("$metadata")
  dynamodb_describe "$namespaces"
  [[ ! $description ]] || found+=("$namespaces")
  mapfile -t found < <(printf '%s\n' "${found[@]}" | LC_ALL=C sort -u)
  dynamodb_set_tables "${found[@]}"
  say "tables of the restore point: ${found[*]}"
}

# Tables that ScalarDB lists today and did not at the restore point are left alone, and named.
dynamodb_tell_left_out() {
  local metadata=${DYNAMODB[metadata]}.metadata table
  if dynamodb_call dynamodb scan --table-name "$metadata" --projection-expression '#t' --expression-attribute-names '{"#t":"table"}'; then
    while IFS= read -r table; do
      [[ " ${DYNAMODB_TABLES[*]} " == *" $table "* ]] \
        || say "WARNING: $table is in today's $metadata and not among the tables of this restore point: it stays as it is, and ScalarDB will not know it afterwards"
    done < <(jq -r '.Items[].table.S' <<<"$answer")
  elif ! dynamodb_refused ResourceNotFoundException; then
    die "aws dynamodb scan: $metadata: $refused"
  fi
}

# --- check

dynamodb_check_all() {
  local names
  dynamodb_rounds "checking" dynamodb_check "${DYNAMODB_TABLES[@]}"
  dynamodb_tell_left_out
  dynamodb_must dynamodb list-tables
  names=$(jq '.TableNames | length' <<<"$answer")
  ((names + ${#DYNAMODB_TABLES[@]} <= 2500)) || say "WARNING: $names tables are there, and ${#DYNAMODB_TABLES[@]} are to come: the quota is 2500 unless it was raised (AWS)"
}

# Can this table be brought back? Its description is captured on the way, unless a table may have been replaced already.
dynamodb_check() {
  local table=$1 saved=$DYNAMODB_DIR/capture/$1 copy origin account
  copy=$(dynamodb_copy_of "$table")
  ((${#copy} + 7 <= 255)) || die "$table: $copy-before is too long for the name of a backup (255)"
  dynamodb_describe "$table"
  # An earlier run has begun to delete it: what this one finds is decided when it is gone.
  [[ $status != DELETING ]] || return "$DYNAMODB_NOT_YET"
  origin=$(dynamodb_origin "$table")
  printf '%s\n' "$origin" >"$DYNAMODB_WORK/origin.$table"
  if [[ $origin != original ]]; then
    [[ $origin == restored || $(dynamodb_copy_backup "$table") ]] || die "there is no table $table in ${DYNAMODB[region]}, and no available backup of its copy $copy. \
If it was deleted, AWS may keep its last moment: aws dynamodb list-backups --backup-type SYSTEM; that is not the restore point"
    [[ -e $saved/table.json ]] || dynamodb_do_without_capture
    return
  fi
  account=$(dynamodb_get '.TableArn | split(":")[4]')
  [[ ! ${DYNAMODB[account]:-} || ${DYNAMODB[account]} == "$account" ]] || die "these credentials lead to the account $account, and $table is in ${DYNAMODB[account]}"
  if [[ ${DYNAMODB[mode]} == same-name && $(dynamodb_get '.Replicas // [] | length') != 0 ]]; then
    die "$table is a global table, with replicas in $(dynamodb_get '.Replicas | map(.RegionName) | join(", ")'): a restored table is none, and its replicas must be removed before it is deleted. \
Restore beside it (--mode prefix, or copies alone: --mode copy-only), or remove the replicas first"
  fi
  if [[ ${DYNAMODB[mode]} == prefix && ${DYNAMODB[indexes]:-} != recreate && $(dynamodb_get '.GlobalSecondaryIndexes // [] | length') != 0 ]]; then
    die "$table has global secondary indexes, whose names hold the table's: they must be made anew under the new prefix. To have that done: --database kind=dynamodb,indexes=recreate"
  fi
  if [[ ! -e $DYNAMODB_DIR/replacing || ! -e $saved/table.json ]]; then
    mkdir -p "$saved"
    dynamodb_see_key
    answer=$description
    dynamodb_keep "$saved/table.json"
  fi
  dynamodb_check_window
}

# The settings of a replaced table are on the machine that has replaced it. When that is lost, its capacity is still that of its copy.
dynamodb_do_without_capture() {
  [[ -e $DYNAMODB_DIR/lost ]] || die "$table was replaced by a run on another machine, which has captured its settings: copy the directory $STATE from there. \
If that is lost: touch $(printf '%q' "$DYNAMODB_DIR/lost"), and run this again"
  [[ $origin == restored ]] || dynamodb_describe "$copy"
  [[ $description ]] || die "$copy is gone too, so that nothing tells the capacity of $table. Restore it by hand: aws dynamodb restore-table-from-backup"
  [[ $status == ACTIVE ]] || return "$DYNAMODB_NOT_YET"
  say "WARNING: $table: its settings are lost: only capacity, auto scaling and point-in-time recovery will be there. Set the others by hand"
  mkdir -p "$saved"
  dynamodb_see_key
  dynamodb_capture_into "$saved" "$(dynamodb_get .TableName)" "$(dynamodb_get .TableArn)"
  answer=$(jq '.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus = "ENABLED"' "$saved/recovery.json")
  dynamodb_keep "$saved/recovery.json"
  answer=$description
  dynamodb_keep "$saved/table.json"
}

# AWS's own key for DynamoDB is not to be named to a restore, and a customer's is (AWS, SSESpecification); its ARN does not tell which it is.
dynamodb_see_key() {
  local key
  key=$(dynamodb_get '.SSEDescription | select(.SSEType == "KMS") | .KMSMasterKeyArn // empty')
  [[ $key ]] || return 0
  if dynamodb_call kms describe-key --key-id "$key"; then
    description=$(jq -c --arg manager "$(jq -r .KeyMetadata.KeyManager <<<"$answer")" '. + {KeyManager: $manager}' <<<"$description")
  elif dynamodb_refused AccessDeniedException AccessDenied NotFoundException; then
    say "WARNING: $table: its key $key cannot be looked at, and is taken for one of your own"
  else
    die "aws kms describe-key: $key: $refused"
  fi
}

# The restore point must lie in the table's window, unless it is in a copy or a backup already.
dynamodb_check_window() {
  local original=$description state earliest latest
  [[ ! $(dynamodb_copy_backup "$table") ]] || return 0
  dynamodb_describe "$(dynamodb_wanted "$table")"
  if [[ $description ]]; then
    dynamodb_is_copy "$table" "$(dynamodb_wanted "$table")"
    return
  fi
  description=$original
  if ! dynamodb_call dynamodb describe-continuous-backups --table-name "$table"; then die "aws dynamodb describe-continuous-backups: $table: $refused"; fi
  read -r state earliest latest < <(jq -r "def instant: $DYNAMODB_INSTANT;"' .ContinuousBackupsDescription.PointInTimeRecoveryDescription
    | [.PointInTimeRecoveryStatus, (.EarliestRestorableDateTime // 0 | instant), (.LatestRestorableDateTime // 0 | instant)] | join(" ")' <<<"$answer")
  [[ $state == ENABLED ]] || die "$table: point-in-time recovery is off, so that it cannot be restored to $RESTORE_POINT. Turned on now it does not reach back"
  ((earliest <= DYNAMODB[epoch])) || die "$table cannot be restored to $RESTORE_POINT: $(dynamodb_why_young "$earliest")"
  if ((latest < DYNAMODB[epoch])); then
    say "$table: restorable up to $(jq -rn "$latest | todate") so far; usually that is about five minutes ago"
    return "$DYNAMODB_NOT_YET"
  fi
}

dynamodb_why_young() {
  local made source
  made=$(dynamodb_get '.CreationDateTime | instant')
  source=$(dynamodb_get '.RestoreSummary | (.SourceBackupArn // .SourceTableArn // empty)')
  if ((made <= DYNAMODB[epoch])); then
    printf 'its point-in-time recovery reaches back to %s only: it was turned on later, or the restore point has left its retention\n' "$(jq -rn "$1 | todate")"
  elif [[ $source ]]; then
    printf 'the table of that time is gone; this one was restored on %s from %s. Copies or backups of that restore may hold what is looked for; of the deleted table only its last moment is kept (aws dynamodb list-backups --backup-type SYSTEM --table-name %s)\n' \
      "$(jq -rn "$made | todate")" "$source" "$table"
  else
    printf 'it was created on %s, later. If it did not exist then, leave it out (--tables); if it was deleted and made anew, only the last moment of the old one is kept (aws dynamodb list-backups --backup-type SYSTEM --table-name %s)\n' \
      "$(jq -rn "$made | todate")" "$table"
  fi
}

# --- capture

dynamodb_capture_all() {
  local -a tables=()
  local table
  if [[ -e $DYNAMODB_DIR/replacing ]]; then
    say "tables may have been replaced already: the settings that were captured before that count ($DYNAMODB_DIR/capture)"
  fi
  for table in "${DYNAMODB_TABLES[@]}"; do
    [[ $(<"$DYNAMODB_WORK/origin.$table") != original || (-e $DYNAMODB_DIR/replacing && -e $DYNAMODB_DIR/capture/$table/insights.json) ]] || tables+=("$table")
  done
  [[ -e $DYNAMODB_DIR/replacing && -e $DYNAMODB_DIR/capture/scheduled-actions.json ]] || dynamodb_capture_scaling "$DYNAMODB_DIR/capture"
  ((${#tables[@]} > 0)) || return 0
  dynamodb_rounds 'capturing settings' dynamodb_capture "${tables[@]}"
  say "captured in $DYNAMODB_DIR/capture"
}

dynamodb_capture_scaling() {
  local what
  for what in scalable-targets scaling-policies scheduled-actions; do
    dynamodb_must application-autoscaling "describe-$what" --service-namespace dynamodb
    dynamodb_keep "$1/$what.json"
  done
}

dynamodb_capture() {
  local table=$1
  [[ $(jq 'has("DeletionProtectionEnabled")' "$DYNAMODB_DIR/capture/$1/table.json") == true ]] \
    || say "WARNING: $1: this AWS CLI does not show deletion protection: see for yourself whether it is on, before and after"
  dynamodb_capture_into "$DYNAMODB_DIR/capture/$1" "$1" "$(jq -r .TableArn "$DYNAMODB_DIR/capture/$1/table.json")"
}

# dynamodb_capture_into DIRECTORY TABLE ARN: all that a restore does not bring back, but for the description.
dynamodb_capture_into() {
  local arn=$3
  dynamodb_look "$1/recovery.json" describe-continuous-backups --table-name "$2"
  dynamodb_look "$1/ttl.json" describe-time-to-live --table-name "$2"
  dynamodb_look "$1/tags.json" list-tags-of-resource --resource-arn "$arn"
  dynamodb_look "$1/policy.json" get-resource-policy --resource-arn "$arn"
  dynamodb_look "$1/kinesis.json" describe-kinesis-streaming-destination --table-name "$2"
  dynamodb_look "$1/insights.json" list-contributor-insights --table-name "$2"
}

# What this CLI or endpoint does not know is told once per run, and not asked for again.
dynamodb_look() {
  answer=null
  if [[ ! -e $DYNAMODB_WORK/unknown.$2 ]] && ! dynamodb_call dynamodb "${@:2}"; then
    if dynamodb_unknown; then
      ! mkdir "$DYNAMODB_WORK/unknown.$2" 2>/dev/null || say "WARNING: this AWS CLI or endpoint does not know $2: if a table has such a setting, note it before it is replaced, and set it again by hand"
    elif ! dynamodb_refused PolicyNotFoundException; then
      die "aws dynamodb $2: $table: $refused"
    fi
    answer=null
  fi
  dynamodb_keep "$1"
}

# --- copies

# The table that the restore point is restored to: a copy, or with a new prefix the new table itself.
dynamodb_wanted() { if [[ ${DYNAMODB[mode]} == prefix ]]; then dynamodb_target_of "$1"; else dynamodb_copy_of "$1"; fi; }

# dynamodb_is_copy TABLE COPY: stops unless $description is of a copy of this table at the restore point.
dynamodb_is_copy() {
  local source at
  source=$(dynamodb_get '.RestoreSummary.SourceTableArn // "" | name')
  at=$(dynamodb_get '.RestoreSummary.RestoreDateTime // 0 | instant')
  [[ $source == "$1" && $at == "${DYNAMODB[epoch]}" && $(dynamodb_get '.RestoreSummary.SourceBackupArn // empty') == '' ]] \
    || die "the name $2 is taken by a table that is no copy of $1 at $RESTORE_POINT. See what it is; delete or keep it, but it is in the way"
}

# May another restore begin? As many as AWS allows at the same time.
dynamodb_restore() {
  local -a under_way=("$DYNAMODB_WORK"/restoring/*)
  local overrides
  [[ -e ${under_way[0]} ]] || under_way=()
  ((${#under_way[@]} < DYNAMODB_RESTORES)) || return "$DYNAMODB_NOT_YET"
  overrides=$(jq -c "$DYNAMODB_OVERRIDES" "$DYNAMODB_DIR/capture/$table/table.json")
  [[ ${DYNAMODB[mode]} != prefix ]] || overrides=$(jq -c 'if .GlobalSecondaryIndexOverride then .GlobalSecondaryIndexOverride = [] else . end' <<<"$overrides")
  dynamodb_changed dynamodb "$@" --cli-input-json "$overrides"
  printf '%s\n' "$1" >>"$DYNAMODB_WORK/begun.$table"
  (($(wc -l <"$DYNAMODB_WORK/begun.$table") <= 4)) || die "$table: a restore was begun several times, and its table is never there: see the console"
  : >"$DYNAMODB_WORK/restoring/$table"
  say "$table: restoring ${*: -1}"
}

# dynamodb_copy TABLE: one step towards a copy of this table at the restore point that is ACTIVE.
dynamodb_copy() {
  local table=$1 copy
  copy=$(dynamodb_wanted "$table")
  dynamodb_describe "$copy"
  if [[ ! $description ]]; then
    dynamodb_restore restore-table-to-point-in-time --source-table-name "$table" --no-use-latest-restorable-time --restore-date-time "$RESTORE_POINT" --target-table-name "$copy"
    return "$DYNAMODB_NOT_YET"
  fi
  dynamodb_is_copy "$table" "$copy"
  [[ $status == ACTIVE ]] || return "$DYNAMODB_NOT_YET"
  rm -f "$DYNAMODB_WORK/restoring/$table"
}

dynamodb_copy_all() {
  DYNAMODB_QUIET_SINCE=$SECONDS
  case ${DYNAMODB[mode]} in
    same-name) dynamodb_rounds "copying at $RESTORE_POINT, and backing up" dynamodb_copy_and_back_up "${DYNAMODB_TABLES[@]}" ;;
    *) dynamodb_rounds "copying at $RESTORE_POINT" dynamodb_copy "${DYNAMODB_TABLES[@]}" ;;
  esac
}

# The copy and its backup, and a backup of the original as it is now: each goes on by itself.
dynamodb_copy_and_back_up() {
  local table=$1 one other
  set +e
  (
    set -e
    dynamodb_copy_then_back_up
  )
  one=$?
  (
    set -e
    dynamodb_back_up_original
  )
  other=$?
  set -e
  ((one == 0 || one == DYNAMODB_NOT_YET)) || return "$one"
  ((other == 0)) || return "$other"
  return "$one"
}

dynamodb_copy_then_back_up() {
  local copy there
  copy=$(dynamodb_copy_of "$table")
  [[ $(<"$DYNAMODB_WORK/origin.$table") != restored && ! $(dynamodb_copy_backup "$table") ]] || return 0
  there=$(dynamodb_backups "$copy" "$copy" 'map(select(.BackupStatus == "CREATING")) | length')
  if ((there == 0)) && [[ ! -e $DYNAMODB_WORK/backup.$table ]]; then
    dynamodb_copy "$table"
    dynamodb_back_up "$copy" "$copy" backup
  fi
  return "$DYNAMODB_NOT_YET"
}

# Each run makes one: whoever ran this before may have started the servers in between.
dynamodb_back_up_original() {
  [[ $(<"$DYNAMODB_WORK/origin.$table") == original ]] || return 0
  if [[ ! -e $DYNAMODB_WORK/before.$table ]]; then
    jq -en --argjson since "$DYNAMODB_QUIET_SINCE" --argjson now "$SECONDS" --argjson quiet "$DYNAMODB_QUIET" '$now - $since >= $quiet' >/dev/null || return "$DYNAMODB_NOT_YET"
    dynamodb_back_up "$table" "$(dynamodb_copy_of "$table")-before" before
  fi
  [[ $(dynamodb_new_before "$table") ]] || return "$DYNAMODB_NOT_YET"
}

# dynamodb_back_up TABLE NAME NOTE: begins a backup, and notes its ARN for this run.
dynamodb_back_up() {
  dynamodb_changed dynamodb create-backup --table-name "$1" --backup-name "$2"
  answer=$(jq -r .BackupDetails.BackupArn <<<"$answer")
  dynamodb_keep "$DYNAMODB_WORK/$3.$table"
  say "$table: backing up $1"
}

# dynamodb_new_before TABLE [ID]: the available backup that this run has made of it, of the very table with this id.
dynamodb_new_before() {
  local arn
  [[ -e $DYNAMODB_WORK/before.$1 ]] || return 0
  arn=$(<"$DYNAMODB_WORK/before.$1")
  jq -r --arg arn "$arn" --arg table "$1" --arg id "${2:-}" '.BackupSummaries[]? | select(.BackupArn == $arn and .BackupStatus == "AVAILABLE" and .TableName == $table)
    | select($id == "" or .TableId == $id) | .BackupArn' "$DYNAMODB_WORK/backups.json"
}

# Asks the copies for half-done rows: those with a tx_version (tables of coordinator and metadata have none) whose tx_state is
# not 3, COMMITTED. Of a large table as many pages as can be read in a minute.
dynamodb_verify_copies() {
  dynamodb_rounds 'looking for half-done rows' dynamodb_count "${DYNAMODB_TABLES[@]}"
  if cat "$DYNAMODB_WORK"/unfinished.* >"$DYNAMODB_DIR/unfinished" 2>/dev/null; then
    say "WARNING: rows that are not committed: $(tr '\n' ' ' <"$DYNAMODB_DIR/unfinished"). At a restore point inside a pause there are none, but for leftovers of earlier crashes, which ScalarDB recovers when they are read"
  else
    say 'no half-done row was found'
  fi
}

dynamodb_count() {
  local table=$1 copy key='' rows=0 asked=0 began=$SECONDS
  local -a from=()
  ! dynamodb_is_system "$table" || return 0
  copy=$(dynamodb_wanted "$table")
  dynamodb_describe "$copy"
  if [[ ! $description ]]; then
    say "$table: its copy has been deleted, so that its rows cannot be asked"
    return
  fi
  dynamodb_is_copy "$table" "$copy"
  while true; do
    if ! dynamodb_call dynamodb scan --table-name "$copy" --no-paginate --select COUNT --filter-expression 'attribute_exists(tx_version) AND tx_state <> :committed' \
      --expression-attribute-values '{":committed":{"N":"3"}}' "${from[@]}"; then
      dynamodb_refused ProvisionedThroughputExceededException ThrottlingException RequestLimitExceeded || die "aws dynamodb scan: $copy: $refused"
      say "$table: asked $asked rows, and left the others: the read capacity of $copy does not suffice"
      break
    fi
    rows=$((rows + $(jq .Count <<<"$answer")))
    asked=$((asked + $(jq .ScannedCount <<<"$answer")))
    key=$(jq -c '.LastEvaluatedKey // empty' <<<"$answer")
    [[ $key ]] || break
    if ((SECONDS - began >= 60)); then
      say "$table: asked $asked rows in a minute, and left the others"
      break
    fi
    from=(--exclusive-start-key "$key")
  done
  rm -f "$DYNAMODB_WORK/unfinished.$table"
  ((rows == 0)) || printf '%s: %d of %d\n' "$table" "$rows" "$asked" >"$DYNAMODB_WORK/unfinished.$table"
}

# --- replacing

# The barrier: nothing is deleted before every table has its copy and its last state in available backups.
dynamodb_safety() {
  local table
  dynamodb_list_backups
  for table in "${DYNAMODB_TABLES[@]}"; do dynamodb_is_safe "$table"; done
  say "the backups of all ${#DYNAMODB_TABLES[@]} tables are AVAILABLE, at the restore point and as they are now"
}

# What is there as it was last must be backed up; of what is gone already, a missing backup keeps nothing.
dynamodb_is_safe() {
  local origin
  origin=$(<"$DYNAMODB_WORK/origin.$1")
  [[ $origin == restored || $(dynamodb_copy_backup "$1") ]] || die "there is no available backup $(dynamodb_copy_of "$1")"
  if [[ $origin == original ]]; then
    [[ $(dynamodb_new_before "$1") ]] || die "there is no available backup $(dynamodb_copy_of "$1")-before of $1 as it was last"
  elif [[ ! $(dynamodb_before_backup "$1") ]]; then
    say "WARNING: $1 as it was last is gone, and there is no available backup $(dynamodb_copy_of "$1")-before: it can only be brought to $RESTORE_POINT"
  fi
}

dynamodb_replace_all() {
  dynamodb_safety
  : >"$DYNAMODB_DIR/replacing"
  dynamodb_rounds 'replacing' dynamodb_replace "${DYNAMODB_TABLES[@]}"
}

# dynamodb_replace TABLE: one step from the original to the restored table with its settings.
dynamodb_replace() {
  local table=$1 origin
  dynamodb_describe "$table"
  origin=$(dynamodb_origin "$table")
  case $origin:$status in
    nothing:*)
      dynamodb_restore restore-table-from-backup --backup-arn "$(dynamodb_copy_backup "$table")" --target-table-name "$table"
      return "$DYNAMODB_NOT_YET"
      ;;
    original:ACTIVE)
      dynamodb_delete
      return "$DYNAMODB_NOT_YET"
      ;;
    restored:ACTIVE)
      rm -f "$DYNAMODB_WORK/restoring/$table"
      dynamodb_settle "$table" "$table"
      ;;
    *) return "$DYNAMODB_NOT_YET" ;;
  esac
}

dynamodb_delete() {
  dynamodb_is_safe "$table"
  [[ $(dynamodb_new_before "$table" "$(dynamodb_get .TableId)") ]] \
    || die "$table is not the table that this run has backed up: somebody has brought it back meanwhile. Run this again, so that it is backed up as it is now"
  if [[ $(dynamodb_get .DeletionProtectionEnabled) == true ]]; then
    dynamodb_changed dynamodb update-table --table-name "$table" --no-deletion-protection-enabled
    return "$DYNAMODB_NOT_YET"
  fi
  if ! dynamodb_call dynamodb delete-table --table-name "$table"; then
    [[ $refused != *'protected against deletion'* ]] || die "$table is protected against deletion, and this AWS CLI is too old to see that and to end it: \
end it in the console or with a newer AWS CLI (aws dynamodb update-table --no-deletion-protection-enabled), run this again, and turn it on again afterwards"
    dynamodb_refused ResourceInUseException ResourceNotFoundException LimitExceededException || die "aws dynamodb delete-table: $table: $refused"
    return "$DYNAMODB_NOT_YET"
  fi
  say "$table: deleting"
}

# dynamodb_settle TABLE TARGET: gives the target what its restore has left out, as captured. $description is the target's.
dynamodb_settle() {
  local table=$1 target=$2
  local -a change=()
  mapfile -t change < <(dynamodb_next_change)
  if ((${#change[@]} > 0)); then
    dynamodb_changed dynamodb update-table --table-name "$target" "${change[@]}"
    return "$DYNAMODB_NOT_YET"
  fi
  # An index that is made anew is there, and filled, before it is scaled and queried.
  [[ $(dynamodb_get '[.GlobalSecondaryIndexes[]? | select((.IndexStatus // "ACTIVE") != "ACTIVE")] | length') == 0 ]] || return "$DYNAMODB_NOT_YET"
  [[ -e $DYNAMODB_WORK/settled.$table ]] || dynamodb_settle_around
  say "$target: restored, with its settings"
}

# One update of a table at a time: streams, class, an index, and protection last.
dynamodb_next_change() {
  jq -r --argjson now "$description" --arg mode "${DYNAMODB[mode]}" --arg table "$table" --arg target "$target" '. as $was
    | def class: .TableClassSummary.TableClass // "STANDARD";
    def protected: .DeletionProtectionEnabled // false;
    def missing: ($now.GlobalSecondaryIndexes // [] | map(.IndexName)) as $there | ($was.GlobalSecondaryIndexes // []
      | map(.IndexName |= if startswith($table + ".") then $target + .[($table | length):] else . end) | map(select(.IndexName as $name | $there | index($name) | not)) | .[0]);
    if $was.StreamSpecification.StreamEnabled and ($now.StreamSpecification.StreamEnabled | not) then
      "--stream-specification", ($was.StreamSpecification | {StreamEnabled, StreamViewType} | tojson)
    elif ($was | class) != ($now | class) then "--table-class", ($was | class)
    elif $mode == "prefix" and missing then
      "--attribute-definitions", ($was.AttributeDefinitions | tojson),
      "--global-secondary-index-updates", ([{Create: (missing | {IndexName, KeySchema, Projection}
        + if ($was.BillingModeSummary.BillingMode // "PROVISIONED") == "PROVISIONED" then {ProvisionedThroughput: (.ProvisionedThroughput | {ReadCapacityUnits, WriteCapacityUnits})} else {} end)}] | tojson)
    elif ($was | protected) != ($now | protected) then (if ($was | protected) then "--deletion-protection-enabled" else "--no-deletion-protection-enabled" end)
    else empty end' "$DYNAMODB_DIR/capture/$table/table.json"
}

# What is set by calls of its own; each may be repeated.
dynamodb_settle_around() {
  local saved=$DYNAMODB_DIR/capture/$table arn words each
  arn=$(dynamodb_get .TableArn)
  words=$(jq -r '.ContinuousBackupsDescription.PointInTimeRecoveryDescription | select(.PointInTimeRecoveryStatus == "ENABLED")
    | "PointInTimeRecoveryEnabled=true" + if .RecoveryPeriodInDays then ",RecoveryPeriodInDays=\(.RecoveryPeriodInDays)" else "" end' "$saved/recovery.json")
  [[ ! $words ]] || dynamodb_changed dynamodb update-continuous-backups --table-name "$target" --point-in-time-recovery-specification "$words"
  words=$(jq -c '[.Tags[]? | select(.Key | startswith("aws:") | not)] | select(length > 0)' "$saved/tags.json")
  [[ ! $words ]] || dynamodb_changed dynamodb tag-resource --resource-arn "$arn" --tags "$words"
  words=$(jq -r '.TimeToLiveDescription | select(.TimeToLiveStatus == ("ENABLED", "ENABLING")) | {Enabled: true, AttributeName} | tojson' "$saved/ttl.json")
  [[ ! $words ]] || dynamodb_set_ttl "$words"
  words=$(jq -r --arg from "table/$table" --arg to "table/$target" '.Policy // empty | split($from) | join($to)' "$saved/policy.json")
  [[ ! $words ]] || dynamodb_changed dynamodb put-resource-policy --resource-arn "$arn" --policy "$words"
  while IFS= read -r each; do
    dynamodb_call dynamodb enable-kinesis-streaming-destination --table-name "$target" --stream-arn "$each" \
      || dynamodb_refused ResourceInUseException || [[ $refused == *'must be DISABLED or ENABLE_FAILED'* ]] || die "aws dynamodb enable-kinesis-streaming-destination: $target: $refused"
  done < <(jq -r '.KinesisDataStreamDestinations[]? | select(.DestinationStatus == ("ACTIVE", "ENABLING")) | .StreamArn' "$saved/kinesis.json")
  while IFS= read -r each; do
    dynamodb_changed dynamodb update-contributor-insights --table-name "$target" --contributor-insights-action ENABLE ${each:+--index-name "$each"}
  done < <(jq -r --arg table "$table" --arg target "$target" '.ContributorInsightsSummaries[]? | select(.ContributorInsightsStatus == ("ENABLED", "ENABLING")) | .IndexName // ""
    | if startswith($table + ".") then $target + .[($table | length):] else . end' "$saved/insights.json")
  dynamodb_scale scalable-targets register-scalable-target .ScalableTargets '{MinCapacity, MaxCapacity, SuspendedState}'
  dynamodb_scale scaling-policies put-scaling-policy .ScalingPolicies '{PolicyName, PolicyType, TargetTrackingScalingPolicyConfiguration}'
  dynamodb_scale scheduled-actions put-scheduled-action .ScheduledActions '{ScheduledActionName, Schedule, Timezone, StartTime, EndTime, ScalableTargetAction}'
  : >"$DYNAMODB_WORK/settled.$table"
}

dynamodb_set_ttl() {
  if ! dynamodb_call dynamodb update-time-to-live --table-name "$target" --time-to-live-specification "$1"; then
    [[ $refused != *'already enabled'* ]] || return 0
    dynamodb_refused ResourceInUseException LimitExceededException || die "aws dynamodb update-time-to-live: $target: $refused"
    return "$DYNAMODB_NOT_YET"
  fi
}

# dynamodb_scale CAPTURE COMMAND LIST FIELDS: auto scaling of the table and its indexes, under the target's name.
dynamodb_scale() {
  local input
  while IFS= read -r input; do
    dynamodb_changed application-autoscaling "$2" --cli-input-json "$input"
  done < <(jq -c --arg table "$table" --arg target "$target" "$3[]? | select(.ResourceId == \"table/\" + \$table or (.ResourceId | startswith(\"table/\" + \$table + \"/index/\")))
    | {ServiceNamespace, ResourceId, ScalableDimension} + $4 | del(..|nulls)
    | if \$table == \$target then . else walk(if type == \"string\" then split(\$table) | join(\$target) else . end) end" "$DYNAMODB_DIR/capture/$1.json")
}

# --- afterwards

# Captures the settings once more, and says what differs from before.
dynamodb_compare_all() {
  local after=$DYNAMODB_DIR/after
  mkdir -p "$after"
  dynamodb_capture_scaling "$after"
  dynamodb_rounds 'comparing settings' dynamodb_compare "${DYNAMODB_TABLES[@]}"
}

dynamodb_compare() {
  local table=$1 target after=$DYNAMODB_DIR/after/$1 old new
  target=$(dynamodb_target_of "$1")
  mkdir -p "$after"
  dynamodb_describe "$target"
  [[ $status == ACTIVE ]] || return "$DYNAMODB_NOT_YET"
  answer=$description
  dynamodb_keep "$after/table.json"
  dynamodb_capture_into "$after" "$target" "$(dynamodb_get .TableArn)"
  old=$(dynamodb_summary "$DYNAMODB_DIR/capture" "$table" "$table")
  new=$(dynamodb_summary "$DYNAMODB_DIR/after" "$table" "$target")
  [[ $old == "$new" ]] || say "WARNING: $target is not as it was before (<) but (>):
$(diff <(printf '%s\n' "$old") <(printf '%s\n' "$new") | grep '^[<>]')"
}

# dynamodb_summary DIRECTORY TABLE NAME: its settings, one a line, in an order of their own and without what must differ.
dynamodb_summary() {
  jq -n -r --arg name "$3" --slurpfile table "$1/$2/table.json" --slurpfile recovery "$1/$2/recovery.json" --slurpfile ttl "$1/$2/ttl.json" --slurpfile tags "$1/$2/tags.json" \
    --slurpfile policy "$1/$2/policy.json" --slurpfile kinesis "$1/$2/kinesis.json" --slurpfile insights "$1/$2/insights.json" \
    --slurpfile targets "$1/scalable-targets.json" --slurpfile policies "$1/scaling-policies.json" --slurpfile actions "$1/scheduled-actions.json" '
    def mine: select(.ResourceId == "table/" + $name or (.ResourceId | startswith("table/" + $name + "/index/")));
    def units: .ProvisionedThroughput // {} | "\(.ReadCapacityUnits // 0) read, \(.WriteCapacityUnits // 0) write";
    $table[0] | . as $t | [
      "billing: \(.BillingModeSummary.BillingMode // "PROVISIONED"), \(units)",
      (.GlobalSecondaryIndexes // [] | sort_by(.IndexName)[] | "index \(.IndexName): \(units)"),
      "on-demand limits: \(.OnDemandThroughput // {} | tojson)",
      "encryption: \(.SSEDescription.KMSMasterKeyArn // "default")",
      "stream: \(if .StreamSpecification.StreamEnabled then .StreamSpecification.StreamViewType else "none" end)",
      "class: \(.TableClassSummary.TableClass // "STANDARD")",
      "deletion protection: \(.DeletionProtectionEnabled // false)",
      ($recovery[0].ContinuousBackupsDescription.PointInTimeRecoveryDescription // {} | "point-in-time recovery: \(.PointInTimeRecoveryStatus), \(.RecoveryPeriodInDays // "?") days"),
      ($ttl[0].TimeToLiveDescription // {} | "time to live: \(.AttributeName // "none")"),
      "tags: \([$tags[0].Tags[]? | select(.Key | startswith("aws:") | not)] | sort_by(.Key) | map("\(.Key)=\(.Value)") | join(", "))",
      "policy: \($policy[0].Policy // "none")",
      "Kinesis: \([$kinesis[0].KinesisDataStreamDestinations[]? | select(.DestinationStatus == ("ACTIVE", "ENABLING")) | .StreamArn] | sort | join(", "))",
      "Contributor Insights: \([$insights[0].ContributorInsightsSummaries[]? | select(.ContributorInsightsStatus == ("ENABLED", "ENABLING")) | .IndexName // "table"] | sort | join(", "))",
      ([$targets[0].ScalableTargets[]? | mine | "scaling \(.ResourceId) \(.ScalableDimension): \(.MinCapacity) to \(.MaxCapacity)"] | sort[]),
      ([$policies[0].ScalingPolicies[]? | mine | "scaling policy \(.PolicyName) \(.ScalableDimension): \(.TargetTrackingScalingPolicyConfiguration | tojson)"] | sort[]),
      ([$actions[0].ScheduledActions[]? | mine | "scheduled \(.ScheduledActionName): \(.Schedule) \(.ScalableTargetAction | tojson)"] | sort[])
    ] | map(split($name) | join("TABLE"))[]'
}

# --- under a new prefix

# For jq: is this name one under the new prefix, which an earlier run has written?
DYNAMODB_WRITTEN='def written: $to != "" and startswith($to) and (($from | startswith($to) | not) or (startswith($from) | not));'

# Rows of metadata and namespaces name tables and namespaces with their prefix (ScalarDB, DynamoAdmin).
dynamodb_rename_all() {
  dynamodb_rename_rows "${DYNAMODB[metadata]}.metadata" table
  [[ " ${DYNAMODB_TABLES[*]} " != *" ${DYNAMODB[metadata]}.namespaces "* ]] || dynamodb_rename_rows "${DYNAMODB[metadata]}.namespaces" namespace_name
}

# The rows as they were are kept in a file, out of which this can be done again.
dynamodb_rename_rows() {
  local target rows batch=$DYNAMODB_WORK/batch.json key=$2
  target=$(dynamodb_target_of "$1")
  rows=$DYNAMODB_DIR/rows.$1.json
  if [[ ! -e $rows ]]; then
    dynamodb_must dynamodb scan --table-name "$target" --consistent-read
    dynamodb_keep "$rows"
  fi
  while IFS= read -r answer; do
    while [[ $answer ]]; do
      dynamodb_keep "$batch"
      dynamodb_must dynamodb batch-write-item --request-items "file://$batch"
      answer=$(jq -c '.UnprocessedItems // {} | select(length > 0)' <<<"$answer")
    done
  done < <(jq -c --arg target "$target" --arg key "$key" --arg from "${DYNAMODB[prefix]:-}" --arg to "${DYNAMODB[new_prefix]}" --args '
    '"$DYNAMODB_WRITTEN"'
    $ARGS.positional as $tables | [.Items[] | .[$key].S as $name
      | any($tables[]; if $key == "table" then . == $name else startswith($name + ".") end) as $brought
      | select($brought or ($name | written | not))
      | {name: $name, item: (if $brought or $key != "table" then .[$key].S = $to + $name[($from | length):] else null end)}]
    | map(.item | values | .[$key].S) as $kept
    | [.[] | (.item | values | {PutRequest: {Item: .}}), (.name | select(. as $name | $kept | index($name) | not) | {DeleteRequest: {Key: {($key): {S: .}}}})]
    | range(0; length; 25) as $i | {($target): .[$i:$i + 25]}' "${DYNAMODB_TABLES[@]}" <"$rows")
  say "$target: its rows name the tables under the prefix ${DYNAMODB[new_prefix]}"
}

dynamodb_settle_all() { dynamodb_rounds 'setting up' dynamodb_settle_new "${DYNAMODB_TABLES[@]}"; }

dynamodb_settle_new() {
  local target
  target=$(dynamodb_target_of "$1")
  dynamodb_describe "$target"
  [[ $status == ACTIVE ]] || return "$DYNAMODB_NOT_YET"
  dynamodb_settle "$1" "$target"
}
