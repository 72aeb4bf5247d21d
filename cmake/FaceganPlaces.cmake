# Where the parts of the program lie, and where they look for LibTorch.
#
#                 the program   libfacegan.so, modules   LibTorch
#   installed     bin           lib                      where it was linked
#   wheel         .             .                        in the package torch beside this one, or where it was linked
#   portable      .             .                        in torch/lib here, or in the package torch beside this folder
#
# Scripts that it names in messages lie in share/facegan/scripts, or scripts. What shells and man read lies in share,
# with a wheel in that of the environment.
set(FACEGAN_LIBTORCH_PLACES "${LIBTORCH_ROOT}/lib")
set(FACEGAN_INSTALL_BIN bin)
set(FACEGAN_INSTALL_LIB lib)
set(FACEGAN_INSTALL_SCRIPTS share/facegan/scripts)
set(FACEGAN_INSTALL_CMAKE lib/cmake/facegan)
set(FACEGAN_INSTALL_SHARE share)
if(SKBUILD OR FACEGAN_PORTABLE)
  set(FACEGAN_INSTALL_BIN .)
  set(FACEGAN_INSTALL_LIB .)
  set(FACEGAN_INSTALL_SCRIPTS scripts)
  list(PREPEND FACEGAN_LIBTORCH_PLACES "$ORIGIN/../torch/lib")
endif()
if(SKBUILD)
  set(FACEGAN_INSTALL_SHARE "${SKBUILD_DATA_DIR}/share")
endif()
if(FACEGAN_PORTABLE)
  set(FACEGAN_LIBTORCH_PLACES "$ORIGIN/torch/lib" "$ORIGIN/../torch/lib")
  # Sources are named in messages; where they lay is nobody's business.
  target_compile_options(facegan_flags INTERFACE
    "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=." "-ffile-prefix-map=${LIBTORCH_ROOT}=torch"
    "-ffile-prefix-map=${LIBTORCH_CUDA_INCLUDE_DIR}=cuda")
  # So that it runs where it is built.
  file(CREATE_LINK "${LIBTORCH_ROOT}" "${PROJECT_BINARY_DIR}/torch" SYMBOLIC)
  file(CREATE_LINK "${LIBTORCH_ROOT}/../nvidia" "${PROJECT_BINARY_DIR}/nvidia" SYMBOLIC)
  # What is linked in statically says so in the prefix that scripts/make-deps built.
  get_filename_component(_include "${XXHASH_INCLUDE_DIR}" REALPATH)
  install(DIRECTORY "${_include}/../share/licenses" DESTINATION .
    PATTERN googletest EXCLUDE PATTERN gloo EXCLUDE PATTERN nccl EXCLUDE)
endif()

install(PROGRAMS "${PROJECT_SOURCE_DIR}/scripts/features" DESTINATION ${FACEGAN_INSTALL_SCRIPTS})

# facegan_part(NAME): a piece of the program, which looks for the others in its own folder.
function(facegan_part name)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}" LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}"
    INSTALL_RPATH "${FACEGAN_LIBTORCH_PLACES}")
  if(FACEGAN_PORTABLE)
    set_target_properties(${name} PROPERTIES INSTALL_RPATH_USE_LINK_PATH OFF)
  endif()
  if(name STREQUAL facegan_program)
    set(export EXPORT facegan)  # it is a library for other programs, too
  endif()
  install(TARGETS ${name} ${export}
    RUNTIME DESTINATION ${FACEGAN_INSTALL_BIN} LIBRARY DESTINATION ${FACEGAN_INSTALL_LIB})
endfunction()
