# shellcheck shell=bash
# What the set-up says: everything on standard error, because standard output belongs to the program.

say() { printf 'facegan set-up: %s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

# step LOG TEXT COMMAND...: says TEXT, runs the command with its output in the log, says how long it took.
# With quiet_when_idle=1 nothing is said when the command had no work to do.
step() {
  local log=$log_folder/$1.log text=$2 started=$SECONDS status
  shift 2
  [[ ${quiet_when_idle:-0} == 1 ]] || say "$text"
  set +e
  (
    set -e # a function ends with its first failure
    "$@"
  ) </dev/null 2>&1 | follow "$log" "$text"
  status=${PIPESTATUS[0]}
  set -e
  if ((status != 0)); then
    tail -n 30 "$log" >&2
    say "error: that failed; the whole output is in $log"
    exit 1
  fi
  if [[ ${quiet_when_idle:-0} == 0 || $busy == 1 ]]; then say "  done in $((SECONDS - started)) s"; fi
}

# Copies standard input to the log. On a terminal the last line is shown in place, else one every 30 s.
follow() {
  local log=$1 text=$2 line latest='' status started=$SECONDS shown=$SECONDS width=100
  busy=0
  [[ ! -t 2 ]] || width=$(($(tput cols 2>/dev/null || echo 80) - 3))
  : >"$log"
  while true; do
    status=0
    # Work is announced with its first line, or when it has taken a while; then a line every 30 s is enough.
    IFS= read -r -t "$((busy ? 30 : 2))" line || status=$?
    if ((status == 0)); then printf '%s\n' "$line" >>"$log"; else printf '%s' "$line" >>"$log"; fi
    ((status == 0 || status > 128)) || break
    [[ $line != 'ninja: '* && $line != *'Re-checking globbed directories...' ]] || continue
    if [[ ${quiet_when_idle:-0} == 1 && $busy == 0 ]]; then say "$text"; fi
    busy=1
    latest=${line:-$latest}
    if [[ -t 2 ]]; then
      printf '\r\033[K  %s' "${latest:0:$width}" >&2
    elif ((SECONDS - shown >= 30)); then
      shown=$SECONDS
      printf '  %d s: %s\n' "$((SECONDS - started))" "${latest:0:$width}" >&2
    fi
  done
  if [[ -t 2 && $busy == 1 ]]; then printf '\r\033[K' >&2; fi
}

# at_least VERSION MINIMUM
at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | sed -n 1p) == "$2" ]]; }
