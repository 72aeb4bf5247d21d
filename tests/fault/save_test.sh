#!/usr/bin/env bash
# Breaks a save at each of its system calls, once for every way in which it can break: the process is killed
# there, or the call fails (ENOSPC, EIO), or it claims to have written what it has not. Each time the run is
# resumed and has to end with the bytes of an unbroken one.
#   save_test.sh FACEGAN
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$(readlink -f "$0")")/lib.sh" "$1"
needs_strace

# Saves at steps 20 and 24 by their epochs and ends; one checkpoint stays, so that each save removes one.
train_tiny --keep 1 --max-steps 19 --out prepared || fail "no run"
cp -r prepared whole
"$program" train --quiet --resume whole --max-steps 24 >>out.txt 2>>err.txt || fail "no unbroken run"
unbroken=$(digest whole)

# traced INJECTION PATH...: goes on with the run `broken`; calls that touch one of its paths can be made to
# fail. PID in a path is the process. -D: the program stays this process and gives its exit code.
traced() {
  local injection=$1
  shift
  rm -f trace.txt
  (
    paths=()
    for path in "$@"; do local whole=broken/${path//PID/$BASHPID}
      paths+=(-P "$whole" -P "$PWD/$whole" -P "$(basename "$whole")")
    done
    exec strace -D -f -o trace.txt "${paths[@]}" -e trace="${injection%%:*}" -e inject="$injection" \
      "$program" train --quiet --resume broken --max-steps 24
  ) >>out.txt 2>err_traced.txt
}

# Whether the last traced call was hit; the tracer may end a moment after the program.
was_hit() {
  for _ in {1..100}; do
    if grep -q '^[0-9]* +++ ' trace.txt 2>/dev/null; then break; fi
    sleep 0.02
  done
  grep -q 'INJECTED' trace.txt
}

points=0
# break_at WAY CALL PATH CODES: N = 1, 2, ... until the call is made less than N times.
break_at() {
  local way=$1 call=$2 path=$3 codes=$4 n code label
  for ((n = 1; n < 100; ++n)); do
    label="$way at call $n of $call on $path"
    rm -rf broken
    cp -r prepared broken
    traced "$call:$way:when=$n" "$path" 2>/dev/null
    code=$?
    grep -v '^strace: ' err_traced.txt >>err.txt
    if [[ $way == signal=KILL ]]; then
      ((code == 137)) || break
    else
      was_hit || break
    fi
    [[ " $codes " == *" $code "* ]] || fail "exit code $code instead of $codes: $label"
    find broken/checkpoints -name 'step_*' | grep -q . || fail "no checkpoint left: $label"
    "$program" train --quiet --resume broken --max-steps 24 >>out.txt 2>>err.txt || fail "no resume: $label"
    expect_unbroken broken "$label"
    points=$((points + 1))
  done
  ((code == 0)) || fail "exit code $code without a fault: $label"
  ((n > 1)) || [[ $way != signal=KILL ]] || fail "no such call: $label"
}

for step in 20 24; do
  temporary=checkpoints/.step_000000$step.safetensors.PID.tmp
  final=checkpoints/step_000000$step.safetensors
  # The way of the file: made, filled, synced, named, and its folder synced; read back; the old one removed.
  old=checkpoints/step_000000$((step == 20 ? 19 : 20)).safetensors
  for point in "openat $temporary" "write $temporary" "fsync $temporary" "renameat $temporary" \
    "fsync checkpoints" "openat $final" "pread64 $final" "close $final" "unlinkat $old" \
    "fsync metrics.jsonl" "write metrics.jsonl"; do
    read -r call path <<<"$point"
    break_at signal=KILL "$call" "$path" 137
  done
  # A failed last save is told by the exit code; an earlier one is made good by the last.
  code=$((step == 20 ? 0 : 6))
  for error in ENOSPC EIO EDQUOT EROFS; do
    for point in "openat $temporary" "write $temporary" "fsync $temporary" "renameat $temporary"; do
      read -r call path <<<"$point"
      break_at "error=$error" "$call" "$path" "$code"
    done
    # Calls are counted by thread, and each save has its own: both saves fail.
    break_at "error=$error" fsync checkpoints 6
  done
  break_at error=EIO pread64 "$final" "$code"
  break_at error=EIO unlinkat "$old" 0
  # A disk that lies: bytes are missing in the file. Reading it back finds out.
  for bytes in 1 1000; do break_at "retval=$bytes" write "$temporary" "$code 0"; done
done
for error in ENOSPC EIO; do
  break_at "error=$error" write metrics.jsonl "0 6"
  break_at "error=$error" fsync metrics.jsonl "0 6"
done
echo "passed: $points points"
