# shellcheck shell=bash
# What scripts/facegan and scripts/test share: install what is missing, configure, build.
# Sourced with root set to the clone. Everything slow is skipped while the stamp in the build folder
# matches a hash of these files and of the settings below.
shopt -s lastpipe
setup_lib=$root/scripts/lib
# shellcheck source-path=SCRIPTDIR source=report.sh
source "$setup_lib/report.sh"
# shellcheck source-path=SCRIPTDIR source=packages.sh
source "$setup_lib/packages.sh"
# shellcheck source-path=SCRIPTDIR source=libtorch.sh
source "$setup_lib/libtorch.sh"
# shellcheck source-path=SCRIPTDIR source=offline.sh
source "$setup_lib/offline.sh"
# shellcheck source-path=SCRIPTDIR source=portable.sh
source "$setup_lib/portable.sh"
# shellcheck source-path=SCRIPTDIR source=build.sh
source "$setup_lib/build.sh"

# Explained in docs/install.md. Those not set are taken as the last set-up of the build folder had them, so
# that a later call without them neither fetches nor rebuilds anything.
settings=(FACEGAN_SETUP_CACHE FACEGAN_LIBTORCH FACEGAN_OFFLINE FACEGAN_INDEX_URL CMAKE_PREFIX_PATH CXX)

# set_up PRESET VARIANT TESTS: VARIANT is cpu, cuda or empty (as last time, or by the machine); TESTS 0 or 1.
# Sets build, libtorch and log_folder.
set_up() {
  local preset=$1 variant=$2 wants_tests=$3 stamp prefix_path key tests
  local -A last=()
  build=$root/build/$preset
  log_folder=$build/log
  stamp=$build/set-up.stamp
  mkdir -p "$log_folder" 2>/dev/null || fail "cannot write to $build: clone to a folder of your own"
  lock_build
  read_stamp "$stamp"
  variant=${variant:-${last[variant]:-$(machine_variant)}}
  cache=${FACEGAN_SETUP_CACHE:-${XDG_CACHE_HOME:-${HOME:?set HOME or FACEGAN_SETUP_CACHE}/.cache}/facegan}
  key=$(setup_key "$preset" "$variant")
  libtorch=${last[libtorch]:-}
  if [[ $key == "${last[key]:-}" && ${last[tests]:-0} -ge $wants_tests && -f $build/build.ninja &&
    -e $libtorch/lib/libtorch_cpu.so ]]; then
    return
  fi
  prefix_path=$(prefix_path_lines | paste -sd';')
  if [[ -n ${FACEGAN_OFFLINE:-} ]]; then
    offline_setup "$variant"
  elif [[ $preset == portable ]]; then
    portable_setup "$variant"
  else
    online_setup "$variant" "$wants_tests"
  fi
  # Tests stay configured once they can be, so that the two scripts never undo each other's work.
  tests=$(tests_possible "$prefix_path")
  ((tests >= wants_tests)) || fail "GoogleTest was not found: its headers are needed for the tests"
  configure "$preset" "$libtorch" "$tests" "$prefix_path"
  write_stamp "$stamp"
}

# online_setup VARIANT TESTS: sets libtorch.
online_setup() {
  local pip=''
  if locate_libtorch "$1"; then
    ensure_packages "$2"
    return
  fi
  find_pip || pip=python3-pip
  ensure_packages "$2" "$pip"
  find_pip || fail "there is no Python 3 with pip, which fetches LibTorch"
  fetch_libtorch "$1"
}

machine_variant() {
  if compgen -G '/dev/nvidia[0-9]*' >/dev/null || nvidia-smi -L >/dev/null 2>&1; then
    echo cuda
  else
    echo cpu
  fi
}

# read_stamp FILE: fills last[], and the settings that are not set.
read_stamp() {
  local name value
  [[ ! -f $1 ]] || while IFS='=' read -r name value; do last[$name]=$value; done <"$1"
  for name in "${settings[@]}"; do
    if [[ -z ${!name+set} && -n ${last[$name]:-} ]]; then export "$name=${last[$name]}"; fi
  done
  for name in FACEGAN_SETUP_CACHE FACEGAN_LIBTORCH FACEGAN_OFFLINE; do
    [[ -z ${!name:-} ]] || export "$name=$(realpath -ms "${!name}")"
  done
}

# write_stamp FILE: from the variables of set_up.
write_stamp() {
  local name
  for name in key variant tests libtorch "${settings[@]}"; do
    printf '%s=%s\n' "$name" "${!name:-}"
  done >"$1.part"
  mv "$1.part" "$1"
}

setup_key() {
  local name
  {
    cat "$setup_lib"/* "$root/CMakePresets.json"
    printf '%s\n' "$@"
    for name in "${settings[@]}"; do printf '%s=%s\n' "$name" "${!name:-}"; done
    [[ -z ${FACEGAN_OFFLINE:-} ]] || stat -c '%n %s %Y' -- "$FACEGAN_OFFLINE"/* 2>&1 || true
  } | sha256sum | cut -c 1-64
}

# Two calls at once in one clone: the second waits. end_set_up lets go before the program takes over.
lock_build() {
  exec 9>"$build/set-up.lock"
  flock -n 9 || { say "waiting for another set-up in $build" && flock 9; }
}

# end_set_up: neither the lock nor the settings of the set-up reach the program; but it uses the cache, too.
end_set_up() {
  exec 9>&-
  unset FACEGAN_LIBTORCH FACEGAN_OFFLINE FACEGAN_INDEX_URL FACEGAN_SETUP_CACHE
}
