#!/usr/bin/env bash
# Kills a run again and again at random moments and resumes it; in the end it equals an unbroken one.
#   kill_test.sh FACEGAN [KILLS] [SEED]
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$(readlink -f "$0")")/lib.sh" "$1"
kills=${2:-100}
RANDOM=${3:-1}

# A process killed before its first checkpoint leaves nothing to resume: that one is let be.
train_tiny --epochs 100000 --max-steps 1 --out broken || fail "no run"
for ((i = 1; i <= kills; ++i)); do
  "$program" train --quiet --resume broken --max-steps 0 >>out.txt 2>>err.txt &
  pid=$!
  delay=$((RANDOM % 1200 + 200))  # ms; from before the first step to some hundred steps
  sleep "$(printf "%d.%03d" $((delay / 1000)) $((delay % 1000)))"
  kill -KILL $pid 2>/dev/null || fail "the run has ended by itself before kill $i"
  wait $pid 2>/dev/null
done
step=$(find broken/checkpoints -name 'step_*' | sort | tail -n 1 | sed 's/.*step_0*\([0-9]*\)\..*/\1/')
((step > kills)) || fail "no progress: step $step after $kills kills"
end=$((step + 13))  # within an epoch
# Broken pieces had no end, so their signs are those of a long run: 25,000 pictures. The unbroken one is to be long, too.
((end * 8 >= 25000)) || end=3133
"$program" train --quiet --resume broken --max-steps $end >>out.txt 2>>err.txt || fail "no resume"
train_tiny --epochs 100000 --max-steps $end --out whole || fail "no unbroken run"
unbroken=$(digest whole)
expect_unbroken broken "$kills kills"
echo "passed: $kills kills, $end steps"
