# shellcheck shell=bash
# CMake and Ninja.

# tests_possible PREFIX_PATH: 1 when GoogleTest is there.
tests_possible() {
  if [[ -z $(CMAKE_PREFIX_PATH=$1 missing_libraries "${test_headers[@]}") ]]; then echo 1; else echo 0; fi
}

# configure PRESET LIBTORCH TESTS PREFIX_PATH: with a fresh CMake cache, which would keep the libraries found
# before; object files stay.
configure() {
  local tests=OFF
  [[ $3 == 0 ]] || tests=ON
  step configure "configuring $build with LibTorch $(libtorch_version "$2") from $2" run_in "$root" \
    cmake --fresh --preset "$1" "-DFACEGAN_LIBTORCH=$2" "-DFACEGAN_BUILD_TESTS=$tests" \
      "-DCMAKE_PREFIX_PATH=$4"
}

run_in() { cd "$1" && "${@:2}"; }

# build_target TARGET: says nothing when nothing changed.
build_target() {
  local jobs
  jobs=$(build_jobs)
  quiet_when_idle=1 step build "building $1 with $jobs jobs (the first time 3 to 10 minutes on 2 cores)" \
    cmake --build "$build" --target "$1" --parallel "$jobs"
}

# As many jobs as cores, but 2 GB of memory for each: a unit with LibTorch's headers takes 1.5 GB.
build_jobs() {
  local cores memory_kb limit jobs
  cores=$(nproc)
  memory_kb=$(awk '$1 == "MemAvailable:" {print $2}' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  if [[ $limit != max ]] && ((limit / 1024 < memory_kb)); then memory_kb=$((limit / 1024)); fi
  jobs=$((memory_kb / 2000000))
  if ((jobs > cores)); then jobs=$cores; fi
  echo "$((jobs > 0 ? jobs : 1))"
}
