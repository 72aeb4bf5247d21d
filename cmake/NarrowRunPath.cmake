# cmake -DFILE=... -P NarrowRunPath.cmake
# Takes from a portable binary's run path what lies outside of its own folder.
file(RPATH_CHANGE FILE "${FILE}" OLD_RPATH "$ORIGIN/torch/lib:$ORIGIN/../torch/lib" NEW_RPATH "$ORIGIN/torch/lib")
