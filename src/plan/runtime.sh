# What every step may use: say, die, run, wait_until, confirm, by_hand, and $STATE, a directory of this plan's own that
# survives its runs. POLL=SECONDS shortens every wait between two looks.

say() {
  local seconds=$((SECONDS - plan_began)) line
  while IFS= read -r line; do printf '[%3dm%02ds] %s\n' $((seconds / 60)) $((seconds % 60)) "$line" >&2; done <<<"$*"
}

die() {
  plan_failed=
  say "$*"
  exit 1
}

# Shows a command and runs it. Not for commands with a secret among their words.
run() {
  plan_running=$(printf '%q ' "$@")
  plan_running=${plan_running% }
  say "\$ $plan_running"
  "$@"
  plan_running=
}

# wait_until SECONDS LIMIT WHAT COMMAND...: runs the command again and again until it succeeds; its words on stderr are shown
# now and then, its output never.
wait_until() {
  local every=${POLL:-$1} limit=$2 what=$3 began=$SECONDS told=$SECONDS status words
  shift 3
  say "waiting until $what"
  while true; do
    # As the condition of an if, set -e would be off inside the command.
    set +e
    words=$(set -e; { "$@"; } 2>&1 >/dev/null)
    status=$?
    set -e
    [[ $status != 0 ]] || break
    ((SECONDS - began < limit)) || die "gave up after $(plan_spell "$limit") of waiting until $what${words:+; the last look said: ${words##*$'\n'}}"
    if ((SECONDS - told >= 60)); then
      told=$SECONDS
      say "still waiting, for $(plan_spell $((SECONDS - began))), until $what${words:+ (${words##*$'\n'})}"
    fi
    # In the background, so that a signal ends it at once.
    sleep "$every" &
    wait "$!"
  done
}

plan_spell() {
  if (($1 >= 3600)); then printf '%dh%02dm' $(($1 / 3600)) $(($1 % 3600 / 60)); else printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); fi
}

# confirm QUESTION ANSWER: goes on only when a person types the answer, or with --yes.
confirm() {
  local answer
  say "$1"
  if [[ $plan_yes ]]; then
    say 'confirmed by --yes'
    return
  fi
  [[ -t 0 ]] || die 'there is no terminal to ask: add --yes to go on without a question'
  printf 'Type %s to go on: ' "$2" >&2
  read -r answer || answer=
  [[ $answer == "$2" ]] || die 'not confirmed: nothing of this step was done'
}

# by_hand STEP TEXT: what only a person can do. --yes does not say that it is done, --done STEP does.
by_hand() {
  local answer
  printf '\n    %s\n\n' "${2//$'\n'/$'\n    '}" >&2
  plan_tell_names "$2"
  if [[ " $plan_done " == *" $1 "* ]]; then
    say "done, says --done $1"
    return
  fi
  [[ -t 0 ]] || die "this needs a person: do it, then run this script again with --done $1"
  printf 'Type done when it is: ' >&2
  read -r answer || answer=
  [[ $answer == 'done' ]] || die 'not done: run this script again when it is'
}

# plan_held STATUS COMMAND: a list whose first part fails does not end a script under set -e; its status does.
plan_held() { [[ $1 == 0 ]] || die "this does not hold: $2"; }

# plan_tell_names TEXT: for another shell, the values of the names that the commands in a text use.
plan_tell_names() {
  [[ $1 == *'$'* && ${#PLAN_NAMES[@]} != 0 ]] || return 0
  declare -p "${PLAN_NAMES[@]}" >"$STATE/names.sh" 2>/dev/null || true
  say "the names in it have their values after: . $(printf '%q' "$STATE/names.sh")"
}

# False where the servers run again on the restored databases, which must not be touched any more.
plan_acts() { [[ -z $plan_past ]]; }

plan_skip() { say "already there: $1"; }

# plan_need TOOL LEAST HOW: stops when a program is missing or too old.
plan_need() {
  local found
  command -v "$1" >/dev/null || die "$1 is not installed. $3"
  [[ $2 ]] || return 0
  case $1 in
    kubectl) found=$(kubectl version --client 2>&1) ;;
    helm) found=$(helm version --short 2>&1) ;;
    *) found=$("$1" --version 2>&1) ;;
  esac || die "cannot ask $1 for its version: ${found%%$'\n'*}"
  [[ $found =~ [0-9]+(\.[0-9]+)+ ]] || die "cannot read the version of $1 from: ${found%%$'\n'*}"
  plan_at_least "${BASH_REMATCH[0]}" "$2" || die "$1 is ${BASH_REMATCH[0]}, and $2 or newer is needed. $3"
}

plan_at_least() {
  local -a have want
  local i
  IFS=. read -ra have <<<"$1"
  IFS=. read -ra want <<<"$2"
  for i in "${!want[@]}"; do
    ((10#${have[i]:-0} == 10#${want[i]})) || { ((10#${have[i]:-0} > 10#${want[i]})); return; }
  done
}

# Two runs of one plan exclude each other. The lock of a run that died is taken over, by one who alone may remove it.
plan_lock() {
  local holder tries=0
  printf '%s %s %s\n' "$$" "$HOSTNAME" "$(date +%s)" >"$STATE/lock.$$"
  until ln "$STATE/lock.$$" "$STATE/lock" 2>/dev/null; do
    holder=$(cat "$STATE/lock" 2>/dev/null) || continue
    if plan_alive "$holder" || ((++tries > 5)); then
      rm "$STATE/lock.$$"
      die "another run of this plan is under way (process ${holder%% *}); if it is not: rm $(printf '%q' "$STATE/lock")"
    fi
    if mkdir "$STATE/died.${holder//[^[:alnum:]]/-}" 2>/dev/null; then rm -f "$STATE/lock"; else sleep 1; fi
  done
  plan_locked=1
  rm "$STATE/lock.$$"
}

# Who holds a lock on another machine cannot be looked at, and counts as alive.
plan_alive() {
  local process host
  read -r process host _ <<<"$1"
  [[ $host != "$HOSTNAME" ]] || kill -0 "$process" 2>/dev/null
}

plan_usage() {
  cat <<END
Restores to $RESTORE_POINT. Safe to run again: it goes on where the databases stand.

  --dry-run     print what would be run, run nothing
  --list        print the steps
  --yes         do not ask at the point of no return
  --done STEP   what STEP asks a person to do is done; repeatable
  --help        print this
END
}

plan_main() {
  local way=
  while (($# > 0)); do
    case $1 in
      --yes) plan_yes=1 ;;
      --done)
        (($# > 1)) || { printf 'error: --done needs the name of a step, see --list\n' >&2; exit 2; }
        shift
        [[ " ${PLAN_IDS[*]} " == *" $1 "* ]] || { printf 'error: no step is called %s, see --list\n' "$1" >&2; exit 2; }
        plan_done+=" $1"
        ;;
      --dry-run | --list) way=$1 ;;
      --help | -h) plan_usage; exit ;;
      *) printf 'error: unknown argument %s, see --help\n' "$1" >&2; exit 2 ;;
    esac
    shift
  done
  case $way in
    --list) plan_list ;;
    --dry-run) plan_dry_run ;;
    *) plan_run ;;
  esac
}

plan_list() {
  local i
  for i in "${!PLAN_IDS[@]}"; do printf '%3d  %-11s %-24s %s\n' $((i + 1)) "${PLAN_PHASES[i]}" "${PLAN_IDS[i]}" "${PLAN_TITLES[i]}"; done
}

plan_dry_run() {
  local i
  for i in "${!PLAN_IDS[@]}"; do
    [[ -z ${PLAN_NO_RETURN[i]} ]] || printf '\n# POINT OF NO RETURN: asks for %s\n' "$RESTORE_POINT"
    printf '\n# %d. %s\n' $((i + 1)) "${PLAN_TITLES[i]}"
    declare -f "step_$((i + 1))" | sed '1,2d;$d'
  done
  printf '\n%s\n' "$PLAN_LATER"
}

plan_run() {
  local i asked=
  if [[ -z $plan_yes && ! -t 0 && -n ${PLAN_NO_RETURN[*]// /} ]]; then
    die 'there is no terminal to ask at the point of no return: add --yes to go on without a question. Nothing was run'
  fi
  umask 077
  STATE=${XDG_STATE_HOME:-$HOME/.local/state}/kubectl-scalardl/plans/$PLAN
  mkdir -p "$STATE"
  [[ ! -e $STATE/finished ]] || die "this plan was carried out by $(<"$STATE/finished"). To do it once more: rm -f $(printf '%q ' "$STATE/finished" "$STATE/restored")"
  trap plan_exit EXIT
  trap 'plan_failed=$BASH_COMMAND' ERR
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  plan_lock
  plan_check_tools
  for ((i = 0; i < ${#PLAN_WARNINGS[@]}; i++)); do say "WARNING: ${PLAN_WARNINGS[i]}"; done
  for plan_at in "${!PLAN_IDS[@]}"; do
    plan_place
    if [[ $plan_past ]]; then
      if [[ ${PLAN_LOOKS[plan_at]} ]]; then "step_$((plan_at + 1))"; fi
      continue
    fi
    if [[ ${PLAN_NO_RETURN[plan_at]} && -z $asked ]]; then
      confirm "point of no return: the next step (${PLAN_TITLES[plan_at]}) cannot simply be undone" "$RESTORE_POINT"
      asked=1
    fi
    say "step $((plan_at + 1)) of ${#PLAN_IDS[@]}: ${PLAN_TITLES[plan_at]}"
    "step_$((plan_at + 1))"
  done
  date -u +%Y-%m-%dT%H:%M:%SZ >"$STATE/finished"
  say 'all steps are done'
  printf '\n%s\n' "$PLAN_LATER"
  plan_tell_names "$PLAN_LATER"
}

# From the first start of a server on, only what comes after is done again: the databases may have new data.
plan_place() {
  plan_past=
  if [[ ${PLAN_PHASES[plan_at]} == scale-out && ! -e $STATE/restored ]]; then date -u +%Y-%m-%dT%H:%M:%SZ >"$STATE/restored"; fi
  if [[ -e $STATE/restored && ! ${PLAN_PHASES[plan_at]} =~ ^(scale-out|verify)$ ]]; then
    plan_past=1
    [[ $plan_at != 0 ]] || say "the databases were restored by $(<"$STATE/restored"), and are left alone now. To restore them once more: rm $(printf '%q' "$STATE/restored")"
  fi
}

# Where it stopped, how to go on, how to go back.
plan_exit() {
  local status=$? i child
  trap - EXIT ERR
  for child in $(jobs -pr); do kill "$child" 2>/dev/null || true; done
  [[ -z $plan_locked ]] || rm -f "$STATE/lock"
  [[ $status != 0 && $plan_at ]] || exit "$status"
  case $status in
    129 | 130 | 143) say "interrupted in step $((plan_at + 1)) (${PLAN_IDS[plan_at]}: ${PLAN_TITLES[plan_at]})" ;;
    *) say "stopped in step $((plan_at + 1)) (${PLAN_IDS[plan_at]}: ${PLAN_TITLES[plan_at]}), exit code $status${plan_failed:+, after: ${plan_running:-$plan_failed}}" ;;
  esac
  say "to go on, run it again: bash $(printf '%q' "$0")"
  for ((i = plan_at; i >= 0; i--)); do
    [[ -z ${PLAN_UNDO[i]} ]] || say "to go back from step $((i + 1)): ${PLAN_UNDO[i]}"
    [[ -z ${PLAN_NO_RETURN[i]} ]] || break
  done
  exit "$status"
}

plan_began=$SECONDS
plan_yes=
plan_done=
plan_at=
plan_failed=
plan_running=
plan_locked=
plan_past=
