# shellcheck shell=bash
# LibTorch: one that is already there, or the wheels of wheels-*.txt in the cache. Sets libtorch.

libtorch_minimum=2.7
libtorch_pinned=2.11.0

# locate_libtorch VARIANT: FACEGAN_LIBTORCH, then CMAKE_PREFIX_PATH, then the cache. 1 when there is none.
locate_libtorch() {
  local prefix folder reason
  if [[ -n ${FACEGAN_LIBTORCH:-} ]]; then
    libtorch=$(cd "$FACEGAN_LIBTORCH" 2>/dev/null && pwd -P) ||
      fail "FACEGAN_LIBTORCH=$FACEGAN_LIBTORCH is not a folder"
    reason=$(libtorch_defect "$libtorch")
    [[ -z $reason ]] || fail "FACEGAN_LIBTORCH=$FACEGAN_LIBTORCH $reason; give the folder 'torch' of a" \
      "PyTorch wheel or an unpacked LibTorch, $libtorch_minimum or newer"
    return
  fi
  while IFS= read -r prefix; do
    # A prefix may be torch/share/cmake, as Python's torch.utils.cmake_prefix_path gives it.
    for folder in "$prefix" "$prefix/../.."; do
      [[ -e $folder/lib/libtorch_cpu.so && -z $(libtorch_defect "$folder") ]] || continue
      libtorch=$(cd "$folder" && pwd -P)
      return
    done
  done < <(prefix_path_lines)
  libtorch=$cache/libtorch-$libtorch_pinned-$1/torch
  [[ -z $(libtorch_defect "$libtorch") ]]
}

# libtorch_defect FOLDER: what keeps this LibTorch from being used, or nothing.
libtorch_defect() {
  local version file absent
  for file in lib/libtorch_cpu.so lib/libc10.so include/ATen/core/Tensor.h; do
    [[ -e $1/$file ]] || { echo "has no $file" && return; }
  done
  version=$(libtorch_version "$1")
  at_least "${version:-0}" "$libtorch_minimum" || { echo "is version ${version:-unknown}" && return; }
  absent=$(LC_ALL=C ldd "$1/lib/libtorch_cpu.so" 2>/dev/null |
    sed -n 's/^\s*\(\S*\) => not found.*/\1/p' | sort -u | paste -sd" ")
  [[ -z $absent ]] || echo "lacks the libraries $absent"
}

libtorch_version() {
  local header
  for header in torch/headeronly/version.h torch/csrc/api/include/torch/version.h; do
    [[ -e $1/include/$header ]] || continue
    sed -nE 's/^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+).*/\2/p' "$1/include/$header" | paste -sd.
    return
  done
}

# find_pip: sets python to an interpreter that has pip. 1 when there is none.
find_pip() {
  for python in python3 /usr/bin/python3; do
    if "$python" -m pip --version >/dev/null 2>&1; then return; fi
  done
  return 1
}

# fetch_libtorch VARIANT: installs the wheels into the cache; a folder of the final name is always whole.
fetch_libtorch() {
  local folder=$cache/libtorch-$libtorch_pinned-$1 cost='0.55 GB to fetch, 1.2 GB on disk' needed_gb=2
  if [[ $1 == cuda ]]; then cost='2.5 GB to fetch, 4 GB on disk' needed_gb=7; fi
  [[ $(uname -sm) == 'Linux x86_64' ]] ||
    fail "LibTorch is fetched for Linux on x86-64 only, this is $(uname -sm): set FACEGAN_LIBTORCH"
  lock_cache
  if [[ -n $(libtorch_defect "$folder/torch") ]]; then
    require_space "$needed_gb"
    step libtorch "LibTorch $libtorch_pinned ($1): $cost in $folder" \
      install_wheels "$folder" "$setup_lib/wheels-$1.txt"
    check_libtorch "$folder/torch"
  fi
  unlock_cache
}

# Only the C++ libraries are used, so one fixed Python version serves every machine and one hash every wheel.
# The user's pip settings stay in force (index, proxy, certificates) but for those that --target contradicts.
install_wheels() {
  local folder=$1 part=$1.part index=()
  [[ -z ${FACEGAN_INDEX_URL:-} ]] || index=(--index-url "$FACEGAN_INDEX_URL")
  rm -rf "$part" && mkdir -p "$part/tmp" &&
    TMPDIR=$part/tmp PIP_USER=false PIP_REQUIRE_VIRTUALENV=false PIP_DISABLE_PIP_VERSION_CHECK=1 \
      "$python" -m pip install "${index[@]}" --no-cache-dir --no-deps --no-compile --progress-bar off \
      --python-version 3.11 --only-binary=:all: --target "$part/wheels" -r "$2" &&
    rm -rf "$folder" && mv "$part/wheels" "$folder" && rm -rf "$part"
}

check_libtorch() {
  local reason
  reason=$(libtorch_defect "$1")
  [[ -z $reason ]] || fail "LibTorch in $1 $reason"
}

# One set-up at a time changes the cache, whatever clone it runs in.
lock_cache() {
  mkdir -p "$cache" || fail "cannot write to $cache: set FACEGAN_SETUP_CACHE to another folder"
  exec 8>"$cache/.lock" || fail "cannot write to $cache: set FACEGAN_SETUP_CACHE to another folder"
  flock -n 8 || { say "waiting for another set-up that fills $cache" && flock 8; }
}

unlock_cache() { exec 8>&-; }

# require_space GIGABYTES: downloads and unpacked files lie side by side for a moment.
require_space() {
  local free_gb
  free_gb=$(($(df -Pk "$cache" | awk 'NR == 2 {print $4}') / 1000000))
  ((free_gb >= $1)) || fail "$cache has $free_gb GB free, $1 GB are needed: make room or set FACEGAN_SETUP_CACHE"
}
