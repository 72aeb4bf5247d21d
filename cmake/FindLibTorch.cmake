# LibTorch without its own CMake package, which wants a CUDA toolkit as soon as the libraries were
# built with CUDA, and links the CUDA libraries into every program. facegan links torch_cpu and c10
# alone; the CUDA back end is opened at run time when it is there.
#
# Looks at FACEGAN_LIBTORCH (CMake or environment variable), then CMAKE_PREFIX_PATH; for a wheel where
# packaging/build_facts.py says.
# Gives LibTorch::cpu, LibTorch_VERSION, LIBTORCH_ROOT, and LIBTORCH_CUDA_INCLUDE_DIR when the CUDA
# headers of the wheels lie beside it.
if(SKBUILD AND NOT FACEGAN_LIBTORCH)
  execute_process(COMMAND "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/packaging/build_facts.py"
    OUTPUT_VARIABLE FACEGAN_LIBTORCH OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_VARIABLE _why RESULT_VARIABLE _failed)
  if(_failed)
    message(FATAL_ERROR "${_why}")
  endif()
endif()
set(_hints "${FACEGAN_LIBTORCH}" "$ENV{FACEGAN_LIBTORCH}")
# A prefix path may name torch/share/cmake, as torch.utils.cmake_prefix_path does.
foreach(_prefix IN LISTS CMAKE_PREFIX_PATH)
  list(APPEND _hints "${_prefix}" "${_prefix}/../..")
endforeach()
find_path(LIBTORCH_INCLUDE_DIR ATen/core/Tensor.h HINTS ${_hints} PATH_SUFFIXES include)
get_filename_component(LIBTORCH_ROOT "${LIBTORCH_INCLUDE_DIR}" DIRECTORY)
find_library(LIBTORCH_CPU_LIBRARY torch_cpu HINTS "${LIBTORCH_ROOT}/lib" NO_DEFAULT_PATH)
find_library(LIBTORCH_C10_LIBRARY c10 HINTS "${LIBTORCH_ROOT}/lib" NO_DEFAULT_PATH)

foreach(_header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(NOT LibTorch_VERSION AND EXISTS "${LIBTORCH_INCLUDE_DIR}/${_header}")
    file(STRINGS "${LIBTORCH_INCLUDE_DIR}/${_header}" _lines REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH)")
    string(REGEX MATCHALL "[0-9]+" _numbers "${_lines}")
    list(JOIN _numbers "." LibTorch_VERSION)
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LIBTORCH_CPU_LIBRARY LIBTORCH_C10_LIBRARY LIBTORCH_INCLUDE_DIR
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "Set FACEGAN_LIBTORCH to the folder 'torch' of a PyTorch wheel or to an unpacked LibTorch.")

if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  add_library(LibTorch::cpu INTERFACE IMPORTED)
  target_include_directories(LibTorch::cpu SYSTEM INTERFACE
    "${LIBTORCH_INCLUDE_DIR}" "${LIBTORCH_INCLUDE_DIR}/torch/csrc/api/include")
  target_link_libraries(LibTorch::cpu INTERFACE "${LIBTORCH_CPU_LIBRARY}" "${LIBTORCH_C10_LIBRARY}")
  # libtorch_cpu finds libcudart and libcupti by its own run path; the linker need not.
  target_link_options(LibTorch::cpu INTERFACE "LINKER:--allow-shlib-undefined")
  find_path(LIBTORCH_CUDA_INCLUDE_DIR cuda_runtime_api.h
    HINTS "${LIBTORCH_ROOT}/../nvidia/cu13/include" "${LIBTORCH_ROOT}/../nvidia/cuda_runtime/include"
          "$ENV{CUDA_HOME}/include" /usr/local/cuda/include)
endif()
mark_as_advanced(LIBTORCH_INCLUDE_DIR LIBTORCH_CPU_LIBRARY LIBTORCH_C10_LIBRARY LIBTORCH_CUDA_INCLUDE_DIR)
