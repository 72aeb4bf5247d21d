# shellcheck shell=bash
# What scripts/wheel and scripts/archive share: the preset `portable` on the libraries that make-deps builds.

# portable_setup VARIANT: sets libtorch and prefix_path. Called by set_up for that preset.
portable_setup() {
  local packages made_by FACEGAN_OFFLINE
  made_by=$(sha256sum <"$root/scripts/make-deps")
  FACEGAN_OFFLINE=$cache/offline-${made_by:0:16}
  mapfile -t packages < <(
    missing_tools
    command -v dpkg-source >/dev/null || echo dpkg-dev
    command -v xz >/dev/null || echo xz-utils
    find_pip || echo python3-pip
  )
  if ((${#packages[@]} > 0)); then
    command -v apt-get >/dev/null || explain_platform "there is no apt-get here" "${packages[@]}"
    install_packages "${packages[@]}"
  fi
  find_pip || fail "there is no Python 3 with pip, which fetches LibTorch"
  if [[ ! -f $FACEGAN_OFFLINE/deps.tar.xz ]]; then
    step make-deps "C++ libraries from the distribution's sources, into $FACEGAN_OFFLINE (5 to 10 minutes)" \
      "$root/scripts/make-deps" --out "$FACEGAN_OFFLINE" --jobs "$(build_jobs)"
  fi
  lock_cache
  unpack_libraries
  unlock_cache
  locate_libtorch "$1" || fetch_libtorch "$1"
}

# product_version: of CMakeLists.txt.
product_version() { sed -nE 's/^project\(facegan VERSION ([0-9.]+).*/\1/p' "$root/CMakeLists.txt"; }

# check_portable FOLDER [sealed]: what is in there runs on other machines, and sealed looks for nothing around it.
check_portable() { "$root/tests/run_paths" --portable "$@" >&2 || fail "$1 is not portable"; }
