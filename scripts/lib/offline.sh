# shellcheck shell=bash
# FACEGAN_OFFLINE=FOLDER: C++ libraries from FOLDER/deps.tar.xz, LibTorch from its wheels or from this
# machine; neither apt nor a package index is touched. CMake unpacks, so xz, unzip and Python are not needed.

# offline_setup VARIANT: sets libtorch and prefix_path.
offline_setup() {
  local missing
  [[ -d $FACEGAN_OFFLINE ]] || fail "FACEGAN_OFFLINE=$FACEGAN_OFFLINE is not a folder"
  mapfile -t missing < <(missing_tools)
  ((${#missing[@]} == 0)) ||
    fail "FACEGAN_OFFLINE is set, so install by hand: ${missing[*]} (g++ >= $compiler_minimum," \
      "CMake >= $cmake_minimum, Ninja)"
  lock_cache
  unpack_libraries
  if [[ -n ${FACEGAN_LIBTORCH:-} ]] || ! unpack_wheels; then
    locate_libtorch "$1" || python_libtorch ||
      fail "no LibTorch: put the wheel of torch $libtorch_pinned (and what wheels-$1.txt names) into" \
        "$FACEGAN_OFFLINE, or set FACEGAN_LIBTORCH"
  fi
  unlock_cache
}

unpack_libraries() {
  local archive=$FACEGAN_OFFLINE/deps.tar.xz sum folder
  [[ -f $archive ]] || { say "no $archive: the system's own libraries are used" && return; }
  sum=$(sha256sum "$archive")
  [[ -f $archive.sha256 ]] || fail "$archive.sha256 is missing: it must hold the archive's checksum"
  [[ $(cat "$archive.sha256") == "${sum%% *}"* ]] ||
    fail "$archive does not have the checksum in $archive.sha256"
  folder=$cache/deps-${sum:0:16}
  if [[ ! -d $folder ]]; then
    step offline-deps "C++ libraries from $archive: 35 MB on disk in $folder" unpack "$folder" "$archive"
  fi
  prefix_path=$folder/deps${prefix_path:+;$prefix_path}
}

# unpack_wheels: 1 when the folder holds no torch wheel.
unpack_wheels() {
  local wheels sum folder
  mapfile -t wheels < <(find "$FACEGAN_OFFLINE" -maxdepth 1 -name '*.whl' \
    \( -name 'torch-*' -o -name 'nvidia_*' -o -name 'cuda_*' \) | sort)
  [[ " ${wheels[*]} " == */torch-* ]] || return 1
  # Names and sizes are enough to tell one set of wheels from another; hashing 2.5 GB each time is not.
  sum=$(cd "$FACEGAN_OFFLINE" && stat -c '%n %s' -- "${wheels[@]##*/}" | sha256sum)
  folder=$cache/libtorch-offline-${sum:0:16}
  if [[ ! -d $folder ]]; then
    step offline-libtorch "LibTorch from ${#wheels[@]} wheels: 1.2 to 4 GB on disk in $folder" \
      unpack "$folder" "${wheels[@]}"
  fi
  check_libtorch "$folder/torch"
  libtorch=$folder/torch
}

# unpack FOLDER ARCHIVE...: a folder of the final name is always whole.
unpack() {
  local folder=$1 archive
  shift
  rm -rf "$folder.part" && mkdir -p "$folder.part" && cd "$folder.part" || return 1
  for archive in "$@"; do
    echo "unpacking $archive"
    cmake -E tar xf "$archive" || return 1
  done
  mv "$folder.part" "$folder"
}

# python_libtorch: a torch among Python's packages, found without importing it.
python_libtorch() {
  local search='import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])'
  libtorch=$(python3 -c "$search" 2>/dev/null) || return 1
  [[ -z $(libtorch_defect "$libtorch") ]]
}
