# shellcheck shell=bash
# Compiler, build tools and C++ libraries: what is missing, and apt to install it.

# Debian's package, and the header that shows that the library is there, from whatever source.
library_headers=(
  'libopencv-core-dev opencv2/core.hpp'
  'libopencv-imgproc-dev opencv2/imgproc.hpp'
  'libcli11-dev CLI/CLI.hpp'
  'libspdlog-dev spdlog/spdlog.h'
  'libyaml-cpp-dev yaml-cpp/yaml.h'
  'nlohmann-json3-dev nlohmann/json.hpp'
  'libgif-dev gif_lib.h'
  'libarchive-dev archive.h'
  'libpng-dev png.h'
  'libjpeg-dev jpeglib.h'
  'libtiff-dev tiffio.h'
  'libwebp-dev webp/decode.h'
  'libxxhash-dev xxhash.h'
  'zlib1g-dev zlib.h'
  'libgloo-dev gloo/rendezvous/store.h'
)
# Without it there is no MP4; all else works, so it may be missing.
optional_headers=('libopencv-videoio-dev opencv2/videoio.hpp')
test_headers=('libgtest-dev gtest/gtest.h')
compiler_minimum=12
cmake_minimum=3.25

# missing_tools: packages of the tools that are absent or too old.
missing_tools() {
  local compiler=${CXX:-g++}
  if ! command -v "$compiler" >/dev/null; then
    echo g++
  elif [[ $compiler == *g++* ]] && ! at_least "$("$compiler" -dumpversion)" "$compiler_minimum"; then
    echo g++
  fi
  if ! command -v cmake >/dev/null || ! at_least "$(tool_version cmake)" "$cmake_minimum"; then echo cmake; fi
  command -v ninja >/dev/null || echo ninja-build
}

tool_version() { "$1" --version 2>/dev/null | sed -nE '1s/.*[^0-9.]([0-9]+(\.[0-9]+)+).*/\1/p'; }

# missing_libraries ENTRY...: packages whose header the compiler does not find.
missing_libraries() {
  local entry folder include=()
  if ! command -v "${CXX:-g++}" >/dev/null; then
    printf '%s\n' "${@%% *}"
    return
  fi
  for folder in /usr /usr/local $(prefix_path_lines); do
    include+=("-I$folder/include/opencv4")
    [[ $folder == /usr* ]] || include+=("-I$folder/include")
  done
  for entry in "$@"; do
    printf '#if !__has_include(<%s>)\nmissing %s\n#endif\n' "${entry#* }" "${entry%% *}"
  done | "${CXX:-g++}" "${include[@]}" -E -P -x c++ - | sed -n 's/^missing //p'
}

# The environment's CMAKE_PREFIX_PATH, one entry a line.
prefix_path_lines() { sed 's/[:;]/\n/g' <<<"${CMAKE_PREFIX_PATH:-}" | sed '/^$/d'; }

# missing_packages TESTS: everything that building needs (with the tests when TESTS is 1).
missing_packages() {
  missing_tools
  missing_libraries "${library_headers[@]}"
  if [[ $1 == 1 ]]; then missing_libraries "${test_headers[@]}"; fi
}

# ensure_packages TESTS EXTRA...: installs what is missing, and the packages named in EXTRA.
ensure_packages() {
  local tests=$1 packages optional
  shift
  mapfile -t packages < <(missing_packages "$tests"; printf '%s\n' "$@" | sed '/^$/d')
  mapfile -t optional < <(missing_libraries "${optional_headers[@]}")
  if ((${#packages[@]} > 0)); then
    command -v apt-get >/dev/null || explain_platform "there is no apt-get here" "${packages[@]}"
    install_packages "${packages[@]}" "${optional[@]}"
    mapfile -t packages < <(missing_packages "$tests")
    ((${#packages[@]} == 0)) || explain_platform "the installed packages are not enough" "${packages[@]}"
  elif ((${#optional[@]} > 0)); then
    command -v apt-get >/dev/null && (install_packages "${optional[@]}") ||
      say "going on without ${optional[*]}: MP4 animations cannot be written"
  fi
}

install_packages() { # PACKAGE...
  become_root "$@"
  step apt-update "package lists: some 10 MB to fetch" update_lists
  check_candidate cmake "$cmake_minimum" "$@"
  check_candidate g++ "$compiler_minimum" "$@"
  step apt-install "packages: $*$(apt_cost "$@")" \
    "${as_root[@]}" apt-get install -q -y --no-install-recommends "$@"
}

# become_root PACKAGE...: sets as_root. Proxies go through sudo by name, since it clears the environment.
become_root() {
  local name settings=(DEBIAN_FRONTEND=noninteractive LC_ALL=C)
  for name in http_proxy https_proxy ftp_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [[ -z ${!name:-} ]] || settings+=("$name=${!name}")
  done
  if ((EUID == 0)); then
    as_root=(env "${settings[@]}")
  elif command -v sudo >/dev/null; then
    say "sudo is used to install: $*"
    sudo true >&2 || fail "sudo refused; as root: apt-get install --no-install-recommends $*"
    as_root=(sudo env "${settings[@]}")
  else
    fail "not root and no sudo; as root: apt-get install --no-install-recommends $*"
  fi
}

# A list that cannot be fetched (a dead third-party source) matters only if a package is then not found.
update_lists() { "${as_root[@]}" apt-get update -q || echo 'going on with the lists there are'; }

# check_candidate TOOL MINIMUM PACKAGE...: this distribution's version suffices, if it is to be installed.
check_candidate() {
  local tool=$1 minimum=$2 candidate
  shift 2
  [[ " $* " == *" $tool "* ]] || return 0
  candidate=$(LC_ALL=C apt-cache policy "$tool" | sed -nE 's/^ *Candidate: ([0-9]+:)?//p')
  at_least "${candidate:-0}" "$minimum" ||
    explain_platform "its $tool is ${candidate:-not there}, $minimum is the least that works" "$@"
}

# apt_cost PACKAGE...: ": 38.5 MB to fetch, 173 MB on disk", or nothing when apt does not say.
apt_cost() {
  { "${as_root[@]}" apt-get install -q --no-install-recommends --assume-no "$@" 2>&1 || true; } | sed -nE '
    s/^Need to get ([^ ]+ [kMG]?B).*/: \1 to fetch/p
    s/^After this operation, ([^ ]+ [kMG]?B) of additional.*/, \1 on disk/p' | tr -d '\n'
}

# explain_platform REASON PACKAGE...: for a system that this script cannot install on.
explain_platform() {
  local reason=$1 system
  shift
  system=$(sed -nE 's/^PRETTY_NAME="?([^"]*)"?$/\1/p' /etc/os-release 2>/dev/null || true)
  say "error: cannot install on ${system:-this system}: $reason."
  cat >&2 <<END
  facegan installs by itself on Debian 12 and newer and on Ubuntu 24.04 and newer. Here, install:
    g++ $compiler_minimum or newer, CMake $cmake_minimum or newer, Ninja, Python 3 with pip,
    and the development files of OpenCV 4 (core, imgproc), CLI11, spdlog, yaml-cpp, nlohmann-json 3,
    giflib, libarchive, libpng, libjpeg-turbo, libtiff 4.5 or newer, libwebp, xxHash, zlib, and GoogleTest
    for the tests; for MP4 animations also OpenCV's videoio with FFmpeg.
  Not found (names of Debian packages): $*
  Then run this again. Libraries in a folder of their own are found through CMAKE_PREFIX_PATH.
END
  exit 1
}
