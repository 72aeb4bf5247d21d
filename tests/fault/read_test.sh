#!/usr/bin/env bash
# Pictures that cannot be read for a while, or any more: no run learns from fewer of them.
#   read_test.sh FACEGAN
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$(readlink -f "$0")")/lib.sh" "$1"
needs_strace

train_tiny --max-steps 2 --out maker || fail "no run"
"$program" sample --quiet --from ./maker --each --count 45 --out pictures/ >>out.txt 2>>err.txt || fail "no pictures"

# The program, traced or not, trains with a folder of pictures; its first grid takes four of them.
call=("$program" train --preset dcgan --dataset folder --data pictures --size 16 --width 8 --z 16 --batch 8 --grid 2x2
  --log-every 2 --threads 1 --workers 1 --seed 5 --device cpu --epochs 3)
export FACEGAN_CACHE=$work/cache
"${call[@]}" --out whole >>out.txt 2>>err.txt || fail "no unbroken run"
unbroken=$(digest whole)
paths=()
for picture in pictures/*.png; do paths+=(-P "$picture"); done

# broken CALL ERROR WHEN: calls are counted by thread, so the loader's are meant from the fifth on.
broken() {
  rm -rf broken
  strace -D -f -o trace.txt "${paths[@]}" -e trace="$1" -e inject="$1:error=$2:when=$3" "${call[@]}" --out broken \
    >>out.txt 2>err_broken.txt
}

points=0
for fault in "openat EIO" "openat EMFILE" "openat ENOMEM" "openat ESTALE" "pread64 EIO"; do
  read -r name error <<<"$fault"
  for when in 5..7 9; do
    label="$error at calls $when of $name"
    broken "$name" "$error" "$when" || fail "exit code $?: $label: $(tail -n 1 err_broken.txt)"
    grep -q INJECTED trace.txt || fail "no fault: $label"
    expect_unbroken broken "$label"
    grep -q 'trying again' err_broken.txt || fail "not a word: $label"
    grep -q 'could not be used' err_broken.txt && fail "a picture is missing: $label"
    points=$((points + 1))
  done
done

# For good: an end that can be gone on from.
broken openat EIO 20+
code=$?
((code == 6)) || fail "exit code $code: $(tail -n 1 err_broken.txt)"
grep -q 'saved at step [0-9]*; go on with --resume broken' err_broken.txt || fail "no advice: $(tail -n 1 err_broken.txt)"
"$program" train --quiet --resume broken >>out.txt 2>>err.txt || fail "no resume"
expect_unbroken broken "a disk that was away"
echo "passed: $((points + 1)) points"
