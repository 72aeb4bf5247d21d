#!/usr/bin/env bash
# with_python.sh MODULE SCRIPT ARGUMENTS...: runs a script of this folder by the Python of
# $FACEGAN_TOOLS_PYTHON (default: python3), or skips (77) when that has no MODULE.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
python=${FACEGAN_TOOLS_PYTHON:-python3}
if ! "$python" -c "import $1" 2>/dev/null; then
  echo "skipped: $python cannot import $1 (tests/tools/README.md says how to get it)"
  exit 77
fi
unset FACEGAN_TOOLS_PYTHON # the program would say that it is no setting
exec "$python" "$here/$2" "${@:3}"
