#!/usr/bin/env bash
# setup_test.sh CASE: one case of the set-up scripts. They run in a copy of scripts/ whose PATH holds only
# stand-ins (which write their calls to $calls) and the few system tools that the scripts use.
set -euo pipefail
source_root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clone=$work/clone bin=$work/bin calls=$work/calls
for name in $(compgen -e | grep -E '^FACEGAN_|^CMAKE_PREFIX_PATH$|^CXX$'); do unset "$name"; done

flunk() {
  printf 'FAILED: %s\n' "$*" >&2
  for file in out err calls; do [[ ! -s $work/$file ]] || sed "s/^/$file: /" "$work/$file" >&2; done
  exit 1
}
has() { grep -qF -- "$2" "$work/$1" || flunk "no '$2' in $1"; }
lacks() { ! grep -qF -- "$2" "$work/$1" || flunk "'$2' in $1"; }

# call EXPECTED_STATUS SCRIPT ARGUMENTS...: runs with the stand-ins from another folder.
call() {
  local expected=$1 status=0
  shift
  : >"$calls"
  (cd "$work/elsewhere" && HOME=$work/home PATH=$bin CALLS=$calls "$clone/$1" "${@:2}") \
    >"$work/out" 2>"$work/err" </dev/null || status=$?
  ((status == expected)) || flunk "'$*' gave $status, not $expected"
}

stand_in() {
  # shellcheck disable=SC2016
  { printf '#!%s\necho "%s $*" >>"$CALLS"\n' "$BASH" "$1" && cat; } >"$bin/$1"
  chmod +x "$bin/$1"
}

fake_libtorch() { # FOLDER MINOR
  mkdir -p "$1/lib" "$1/include/ATen/core" "$1/include/torch/headeronly"
  touch "$1/lib/libtorch_cpu.so" "$1/lib/libc10.so" "$1/include/ATen/core/Tensor.h"
  printf '#define TORCH_VERSION_%s\n' 'MAJOR 2' "MINOR $2" 'PATCH 0' >"$1/include/torch/headeronly/version.h"
}

prepare() {
  mkdir -p "$clone" "$bin" "$work/home" "$work/elsewhere"
  cp -r "$source_root/scripts" "$source_root/CMakePresets.json" "$clone"
  local tool
  for tool in awk bash cat chmod cp cut df dirname env find flock grep ls mkdir mv nproc paste readlink \
    realpath rm sed sha256sum sort stat tail touch tr uname; do
    ln -s "$(command -v "$tool")" "$bin/$tool"
  done
  stand_in ninja <<<''
  stand_in ldd <<<''
  stand_in ctest <<<''
  stand_in g++ <<'END'
[[ $1 != -dumpversion ]] || { echo 12; exit; }
grep '^missing ' | grep -F -- "${MISSING:-nothing is missing}" || true
END
  stand_in cmake <<'END'
case $1 in
  --version) echo 'cmake version 3.25.1' ;;
  --fresh) mkdir -p "build/$3" && touch "build/$3/build.ninja" ;;
  --build)
    [[ ! -e $2/facegan ]] || { echo 'ninja: no work to do.'; exit; }
    echo '[1/1] Linking'
    {
      echo "#!$BASH"
      echo 'printf "%s\n" "in $PWD" "arguments $*" "cache ${FACEGAN_CACHE:-}" "settings ${FACEGAN_LIBTORCH:-}"'
      echo '[[ $1 != fail ]] || exit 5'
    } >"$2/facegan"
    chmod +x "$2/facegan"
    ;;
esac
END
  fake_libtorch "$work/wheels/torch" 11
  stand_in python3 <<END
[[ "\$*" != *--version* ]] || exit 0
[[ "\$*" == *--target* ]] || exit 1
while [[ \$1 != --target ]]; do shift; done
mkdir -p "\$2"
cp -r "$work/wheels/torch" "\$2"
[[ -z \${PIP_FAILS:-} ]] || { rm "\$2/torch/lib/libc10.so"; exit 2; }
END
}

case_first_call() {
  call 5 scripts/facegan fail 'two words'
  [[ $(paste -sd, "$work/out") == "in $work/elsewhere,arguments fail two words,cache ,settings " ]] || flunk "output"
  has calls '-r '"$clone/scripts/lib/wheels-cpu.txt"
  has calls 'cmake --fresh --preset release'
  has err 'to fetch'
  call 0 scripts/facegan list
  lacks calls pip
  lacks calls --fresh
  has calls 'cmake --build'
  [[ ! -s $work/err ]] || flunk "the second call is not quiet"
  FACEGAN_CACHE=$work/roomy call 0 scripts/facegan list
  grep -qx "cache $work/roomy" "$work/out" || flunk "the program does not use the cache folder"
  # A variable of the program: it steers no set-up.
  lacks calls pip
  lacks calls --fresh
  call 0 scripts/facegan list
  grep -qx "cache " "$work/out" || flunk "the cache folder of one call sticks"
}

case_failed_fetch() {
  PIP_FAILS=1 call 1 scripts/facegan list
  has err 'libtorch.log'
  [[ ! -s $work/out ]] || flunk "set-up wrote to standard output"
  [[ ! -e $work/home/.cache/facegan/libtorch-2.11.0-cpu ]] || flunk "half a LibTorch looks whole"
  call 0 scripts/facegan list
  [[ $(find "$work/home/.cache/facegan" -name '*.part*') == '' ]] || flunk "leftovers"
}

case_other_platform() {
  MISSING=libgif-dev call 1 scripts/facegan list
  has err 'there is no apt-get here'
  has err 'Not found (names of Debian packages): libgif-dev'
  lacks calls 'pip install'
  lacks err libopencv-videoio-dev
  [[ ! -s $work/out ]] || flunk "set-up wrote to standard output"
  MISSING=libopencv-videoio-dev call 0 scripts/facegan list
  has err 'going on without libopencv-videoio-dev'
}

case_failed_apt() {
  stand_in apt-get <<<'exit 1'
  stand_in apt-cache <<<''
  MISSING=libopencv-videoio-dev call 0 scripts/facegan list
  has err 'going on without libopencv-videoio-dev'
  ((EUID != 0)) || has calls 'apt-get install -q -y --no-install-recommends libopencv-videoio-dev'
  rm -r "$clone/build"
  MISSING=libgif-dev call 1 scripts/facegan list
}

case_own_libtorch() {
  fake_libtorch "$work/old" 6
  FACEGAN_LIBTORCH=$work/old call 1 scripts/facegan list
  has err 'is version 2.6.0'
  fake_libtorch "$work/elsewhere/new" 7
  mkdir -p "$work/elsewhere/new/share/cmake"
  FACEGAN_LIBTORCH=new call 0 scripts/facegan list
  has calls "-DFACEGAN_LIBTORCH=$work/elsewhere/new"
  lacks calls pip
  [[ $(tail -n 1 "$work/out") == 'settings ' ]] || flunk "the program sees the set-up's settings"
  call 0 scripts/facegan list
  lacks calls pip
  lacks calls --fresh
  FACEGAN_LIBTORCH='' CMAKE_PREFIX_PATH=$work/nothing:$work/elsewhere/new/share/cmake \
    call 0 scripts/facegan list
  has calls "-DFACEGAN_LIBTORCH=$work/elsewhere/new"
  lacks calls pip
}

case_offline_checksum() {
  mkdir "$work/offline"
  echo archive >"$work/offline/deps.tar.xz"
  echo "0000  deps.tar.xz" >"$work/offline/deps.tar.xz.sha256"
  FACEGAN_OFFLINE=$work/offline call 1 scripts/facegan list
  has err 'does not have the checksum'
  (cd "$work/offline" && sha256sum deps.tar.xz >deps.tar.xz.sha256)
  FACEGAN_OFFLINE=$work/offline call 1 scripts/facegan list
  has calls "cmake -E tar xf $work/offline/deps.tar.xz"
  has err 'no LibTorch: put the wheel'
  lacks calls 'pip install'
}

case_variant_is_kept() {
  call 0 scripts/facegan --cuda list
  has calls 'wheels-cuda.txt'
  has out 'arguments list'
  call 0 scripts/facegan list
  lacks calls --fresh
  call 0 scripts/facegan --cpu list --cuda
  has calls 'wheels-cpu.txt'
  has calls --fresh
  has out 'arguments list --cuda'
}

case_test_selection() {
  call 0 scripts/test
  has calls '-DFACEGAN_BUILD_TESTS=ON'
  has calls '-LE ^(slow|gpu|tools)$'
  call 0 scripts/test --slow -R name
  has calls '-L ^slow$ -R name'
  lacks calls '-LE'
  call 0 scripts/test -L data
  lacks calls '-LE'
  MISSING=libgtest-dev call 0 scripts/facegan list
  lacks calls --fresh
  MISSING=libgtest-dev call 1 scripts/test --preset ci
}

case_wheel_lists() {
  local lists=$source_root/scripts/lib
  ! grep -qvE '^#|^[a-z0-9-]+==[0-9.]+ --hash=sha256:[0-9a-f]{64}$' "$lists"/wheels-*.txt ||
    flunk "a wheel without version and hash"
  ! grep -v '^#' "$lists/wheels-cpu.txt" | grep -qvxFf "$lists/wheels-cuda.txt" || flunk "cpu not in cuda"
}

# Which LibTorch a wheel is built with, and whether it then depends on the package torch.
case_build_facts() {
  local python own
  python=$(command -v python3) || exit 77
  facts() { # EXPECTED [NAME=VALUE...]
    local told
    told=$(cd "$source_root/packaging" && env HOME="$work/home" "${@:2}" "$python" -c \
      'import build_facts as b; p = b.Provider(); p.state = "wheel"; print(b.libtorch()[0], *p.dependencies())')
    [[ $told == "$1" ]] || flunk "$told instead of $1"
  }
  own=$(cd "$source_root/packaging" && "$python" -c 'import build_facts as b; print(b.own_torch())')
  [[ $own == None ]] || exit 77
  facts "None"
  facts "None torch==2.11.*" FACEGAN_PORTABLE=1
  fake_libtorch "$work/home/.cache/facegan/libtorch-2.11.0-cpu/torch" 11
  facts "$work/home/.cache/facegan/libtorch-2.11.0-cpu/torch"
  facts "/other" FACEGAN_LIBTORCH=/other
  facts "None" FACEGAN_SETUP_CACHE="$work/elsewhere"
  # A Python with torch.
  "$python" -m venv --without-pip "$work/venv" || exit 77
  python=$work/venv/bin/python
  own=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/torch
  fake_libtorch "$own" 9
  facts "$own torch==2.9.*" FACEGAN_SETUP_CACHE="$work/elsewhere"
  facts "$own torch==2.9.*" FACEGAN_LIBTORCH="$own"
}

case_shellcheck() {
  command -v shellcheck >/dev/null || exit 77
  (cd "$source_root" && shellcheck -x scripts/{facegan,test,make-deps,archive,wheel} .ci/run tests/run_paths \
    tests/scripts/setup_test.sh)
}

[[ $1 =~ ^(wheel_lists|shellcheck|build_facts)$ ]] || prepare
"case_$1"
