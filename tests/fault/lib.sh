# shellcheck shell=bash disable=SC2154
# What the fault scripts share: source lib.sh FACEGAN. From here on $program is that one, and the current folder
# is a new one that goes away at the end.
set -uo pipefail
program=$(readlink -f "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

needs_strace() {
  strace -f -o /dev/null true 2>/dev/null && return
  echo "skipped: strace is not there, or may not trace"
  exit 77
}

# A network so small that a run takes half a second; 5 steps an epoch.
train_tiny() {
  "$program" train --quiet --preset dcgan --dataset faces --size 16 --width 8 --z 16 --batch 8 --faces-count 45 --grid 2x2 \
    --log-every 2 --threads 1 --workers 1 --seed 5 --device cpu "$@" >>out.txt 2>>err.txt
}

fail() {
  printf 'FAILED: %s\n' "$*"
  printf '%s\n' '--- what the program said last:'
  tail -n 5 err.txt
  exit 1
}

# All that a run computes, without the two keys that depend on time.
digest() {
  local run=$1 last
  last=$(find "$run/checkpoints" -name 'step_*.safetensors' | sort | tail -n 1)
  (
    cd "$run" || exit 1
    sha256sum "checkpoints/$(basename "$last")" training.gif samples/*.png
    sed 's/"images_per_s":.*"elapsed_s":[^,]*,//' metrics.jsonl
  )
}

# Whether a run has ended as the unbroken one did, without a file too many.
expect_unbroken() {
  [[ $(digest "$1") == "$unbroken" ]] || {
    diff <(printf '%s\n' "$unbroken") <(digest "$1")
    fail "$1 differs from the unbroken run after: $2"
  }
  [[ -z $(find "$1" -name '*.tmp' -o -name .lock) ]] || fail "$1 keeps a temporary file after: $2"
}
