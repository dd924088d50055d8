# What every step may use: say, die, run, wait_until, confirm, by_hand, and $STATE, a directory of this plan's own that
# survives its runs. POLL=SECONDS shortens every wait between two looks. A loop that lasts calls plan_led in each round.

say() {
  local seconds=$((SECONDS - plan_began)) line
  while IFS= read -r line; do printf '[%3dm%02ds] %s%s\n' $((seconds / 60)) $((seconds % 60)) "$plan_who" "$line" >&2; done <<<"$*"
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
  plan_led
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
    plan_led
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

# What runs beside the script ends when the script is killed: nobody would know of it.
plan_led() { [[ $BASHPID == "$$" ]] || kill -0 "$$" 2>/dev/null || exit 1; }

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
