# cmake -DFILE=... -DOLD=... -DNEW=... -P ChangeRunPath.cmake: gives a binary a run path that is no longer than its own.
file(RPATH_CHANGE FILE "${FILE}" OLD_RPATH "${OLD}" NEW_RPATH "${NEW}")
