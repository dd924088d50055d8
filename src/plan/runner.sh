# How the script goes through its steps. What it is about is in PLAN, RESTORE_POINT and the arrays PLAN_*.

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
  local i at last
  if [[ -z $plan_yes && ! -t 0 && "${PLAN_NO_RETURN[*]}" == *yes* ]]; then
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
  for ((at = 0; at < ${#PLAN_IDS[@]}; at = last + 1)); do
    last=$(plan_group "$at")
    if ((last > at)); then plan_beside "$at" "$last"; else plan_step "$at"; fi
  done
  date -u +%Y-%m-%dT%H:%M:%SZ >"$STATE/finished"
  say 'all steps are done'
  printf '\n%s\n' "$PLAN_LATER"
  plan_tell_names "$PLAN_LATER"
}

plan_step() {
  plan_at=$1
  plan_place
  if [[ $plan_past ]]; then
    if [[ ${PLAN_LOOKS[plan_at]} ]]; then "step_$((plan_at + 1))"; fi
    return 0
  fi
  plan_ask_once
  plan_do
}

plan_do() {
  say "step $((plan_at + 1)) of ${#PLAN_IDS[@]}: ${PLAN_TITLES[plan_at]}"
  "step_$((plan_at + 1))"
}

plan_ask_once() {
  if [[ ${PLAN_NO_RETURN[plan_at]} && -z $plan_asked ]]; then
    confirm "point of no return: the next step (${PLAN_TITLES[plan_at]}) cannot simply be undone" "$RESTORE_POINT"
    plan_asked=1
  fi
}

# The last of the steps that go side by side from here on: long ones of several databases, none of which asks a person.
plan_group() {
  local i last=$1 several=
  if [[ " ${PLAN_BESIDE[*]} " == *" ${PLAN_PHASES[$1]} "* && ! -e $STATE/restored ]]; then
    for ((i = $1; i < ${#PLAN_IDS[@]}; i++)); do
      [[ ${PLAN_PHASES[i]} == "${PLAN_PHASES[$1]}" && -z ${PLAN_ASKS[i]} ]] || break
      [[ ${PLAN_DATABASES[i]} == "${PLAN_DATABASES[$1]}" ]] || several=1
      last=$i
    done
  fi
  if [[ $several ]]; then printf '%s' "$last"; else printf '%s' "$1"; fi
}

# plan_beside FIRST LAST: each database goes through its steps in order, all databases at once.
plan_beside() {
  local i id code status=0 ids=' '
  local -a children=()
  for ((i = $1; i <= $2; i++)); do
    plan_at=$i
    plan_ask_once
    id=${PLAN_DATABASES[i]}
    [[ $ids == *" $id "* ]] || ids+="$id "
  done
  rm -f "$STATE"/stopped.*
  for id in $ids; do
    (plan_chain "$id" "$1" "$2") &
    children+=("$!")
  done
  for i in "${children[@]}"; do
    code=0
    wait "$i" || code=$?
    [[ $status != 0 ]] || status=$code
  done
  if [[ $status != 0 ]]; then
    for i in "$STATE"/stopped.*; do [[ ! -e $i ]] || { read -r plan_at; plan_failed=$(cat); } <"$i"; done
    exit "$status"
  fi
  # What they have looked up was theirs alone.
  plan_past=1
  for ((i = $1; i <= $2; i++)); do
    plan_at=$i
    if [[ ${PLAN_LOOKS[i]} ]]; then "step_$((i + 1))"; fi
  done
}

plan_chain() {
  plan_who="$1: "
  trap 'plan_chain_exit' EXIT
  trap 'exit 143' TERM
  for ((plan_at = $2; plan_at <= $3; plan_at++)); do
    if [[ ${PLAN_DATABASES[plan_at]} == "$1" ]]; then plan_do; fi
  done
}

plan_chain_exit() {
  local status=$?
  trap - EXIT ERR
  plan_end_children
  if [[ $status != 0 ]]; then
    printf '%s\n%s\n' "$plan_at" "${plan_running:-$plan_failed}" >"$STATE/stopped.${PLAN_DATABASES[plan_at]}"
    [[ $status == 143 ]] || say "stopped with exit code $status; the other databases finish what they have begun"
  fi
  exit "$status"
}

# Waits for what is under way: the lock must not go before.
plan_end_children() {
  local child
  for child in $(jobs -pr); do kill "$child" 2>/dev/null || true; done
  wait || true
}

# From the first start of a server on, only what comes after is done again: the databases may have new data.
plan_place() {
  plan_past=
plan_asked=
plan_who=
  if [[ ${PLAN_PHASES[plan_at]} == scale-out && ! -e $STATE/restored ]]; then date -u +%Y-%m-%dT%H:%M:%SZ >"$STATE/restored"; fi
  if [[ -e $STATE/restored && ! ${PLAN_PHASES[plan_at]} =~ ^(scale-out|verify)$ ]]; then
    plan_past=1
    [[ $plan_at != 0 ]] || say "the databases were restored by $(<"$STATE/restored"), and are left alone now. To restore them once more: rm $(printf '%q' "$STATE/restored")"
  fi
}

# Where it stopped, how to go on, how to go back.
plan_exit() {
  local status=$? i
  trap - EXIT ERR
  plan_end_children
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
plan_asked=
plan_who=
