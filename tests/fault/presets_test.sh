#!/usr/bin/env bash
# Every preset, stopped within an epoch and resumed with another number of workers, equals its unbroken run.
#   presets_test.sh FACEGAN [PRESET...]
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$(readlink -f "$0")")/lib.sh" "$1"
shift

# The recipe as it is, on drawn faces, with mirrored pictures; 3 steps an epoch.
train_preset() {
  "$program" train --quiet --preset "$1" --dataset faces --faces-count 13 --batch 4 --limit 13 --grid 1x2 --flip \
    --log-every 2 --device cpu "${@:2}" >>out.txt 2>>err.txt
}

if (($# == 0)); then
  mapfile -t names < <("$program" list presets | sed -n 's/^  \([a-z][a-z0-9-]*\) .*/\1/p')
  set -- "${names[@]}"
fi
for preset; do
  rm -rf whole broken
  train_preset "$preset" --max-steps 5 --workers 1 --out whole || fail "no run of $preset"
  train_preset "$preset" --max-steps 2 --workers 3 --out broken || fail "no run of $preset"
  "$program" train --quiet --resume broken --max-steps 5 --workers 1 >>out.txt 2>>err.txt || fail "no resume of $preset"
  unbroken=$(digest whole)
  expect_unbroken broken "a stop of $preset"
done
echo "passed: $# presets"
