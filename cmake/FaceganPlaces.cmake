# Where the parts of the program lie, and where they look for LibTorch.
#
#                 the program   libfacegan.so, modules   LibTorch
#   installed     bin           lib                      where it was linked
#   portable      .             lib                      torch/lib beside the program, or beside its folder
#   wheel         .             .                        the torch that lies beside this package (or as above)
set(FACEGAN_LIBTORCH_PLACES "${LIBTORCH_ROOT}/lib")
set(FACEGAN_INSTALL_BIN bin)
set(FACEGAN_INSTALL_LIB lib)
if(FACEGAN_PORTABLE)
  set(FACEGAN_LIBTORCH_PLACES "$ORIGIN/torch/lib" "$ORIGIN/../torch/lib")
  set(FACEGAN_INSTALL_BIN .)
endif()
if(SKBUILD)
  if(FACEGAN_PORTABLE)
    set(FACEGAN_LIBTORCH_PLACES "$ORIGIN/../torch/lib")
  else()
    list(PREPEND FACEGAN_LIBTORCH_PLACES "$ORIGIN/../torch/lib")
  endif()
  set(FACEGAN_INSTALL_BIN .)
  set(FACEGAN_INSTALL_LIB .)
endif()

if(FACEGAN_PORTABLE)
  # Sources are named in messages; where they lay is nobody's business.
  target_compile_options(facegan_flags INTERFACE
    "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=." "-ffile-prefix-map=${LIBTORCH_ROOT}=torch"
    "-ffile-prefix-map=${LIBTORCH_CUDA_INCLUDE_DIR}=cuda")
  target_link_options(facegan_flags INTERFACE LINKER:--strip-debug)
endif()

# facegan_part(NAME): a piece of the program, which looks for the others in its own folder.
function(facegan_part name)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}" LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}"
    INSTALL_RPATH "${FACEGAN_LIBTORCH_PLACES}")
  if(FACEGAN_PORTABLE)
    set_target_properties(${name} PROPERTIES INSTALL_RPATH_USE_LINK_PATH OFF)
  endif()
  install(TARGETS ${name} RUNTIME DESTINATION ${FACEGAN_INSTALL_BIN} LIBRARY DESTINATION ${FACEGAN_INSTALL_LIB})
endfunction()
