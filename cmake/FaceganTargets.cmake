add_library(facegan_flags INTERFACE)
target_compile_options(facegan_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers)
if(FACEGAN_WARNINGS_AS_ERRORS)
  target_compile_options(facegan_flags INTERFACE -Werror)
endif()
if(FACEGAN_SANITIZE)
  target_compile_options(facegan_flags INTERFACE -fsanitize=${FACEGAN_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(facegan_flags INTERFACE -fsanitize=${FACEGAN_SANITIZE})
endif()

# facegan_headers(NAME HEADERS <FILE>... [DEPENDS ...]): headers that a build parses once for the targets of
# facegan_precompiled(TARGET NAME). Their sources include them all the same: FACEGAN_PRECOMPILE may be off.
function(facegan_headers name)
  cmake_parse_arguments(arg "" "" "HEADERS;DEPENDS" ${ARGN})
  if(FACEGAN_PRECOMPILE)
    file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}_headers.cpp" CONTENT "")
    add_library(facegan_${name}_headers OBJECT "${CMAKE_CURRENT_BINARY_DIR}/${name}_headers.cpp")
    target_precompile_headers(facegan_${name}_headers PRIVATE ${arg_HEADERS})
    target_link_libraries(facegan_${name}_headers PRIVATE facegan_flags ${arg_DEPENDS})
  endif()
endfunction()
function(facegan_precompiled target name)
  if(FACEGAN_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM facegan_${name}_headers)
    # g++ 12 takes parsed headers of the standard library for ours, and warns of what it inlines from them.
    target_compile_options(${target} PRIVATE "$<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-stringop-overflow>")
  endif()
endfunction()

# facegan_library(NAME [EXCEPT REGEX...] [GENERATED FILE...] [DEPENDS ...] [PRIVATE_DEPENDS ...]): the library
# of one folder of src/, which is all sources in it (looked for again by each build) but for those of EXCEPT.
function(facegan_library name)
  cmake_parse_arguments(arg "" "" "EXCEPT;GENERATED;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" "*.cpp")
  foreach(pattern IN LISTS arg_EXCEPT)
    list(FILTER sources EXCLUDE REGEX "${pattern}")
  endforeach()
  add_library(facegan_${name} STATIC ${sources} ${arg_GENERATED})
  add_library(facegan::${name} ALIAS facegan_${name})
  target_include_directories(facegan_${name}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>
    PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_definitions(facegan_${name} PRIVATE FACEGAN_VERSION="${PROJECT_VERSION}")
  target_link_libraries(facegan_${name} PUBLIC ${arg_DEPENDS} PRIVATE facegan_flags ${arg_PRIVATE_DEPENDS})
  if("LibTorch::cpu" IN_LIST arg_PRIVATE_DEPENDS)
    facegan_precompiled(facegan_${name} torch)
  endif()
endfunction()

# facegan_embed(VARIABLE NAMESPACE FUNCTION FILE...): a source file that gives these files' texts, made again when
# one is edited; its name goes into VARIABLE, for GENERATED of facegan_library.
function(facegan_embed variable namespace function)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp")
  list(JOIN ARGN "," inputs)
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${output}" "-DINPUTS=${inputs}" -DNAMESPACE=${namespace} -DFUNCTION=${function}
            -P "${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake"
    DEPENDS ${ARGN} "${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake"
    COMMENT "Embedding the files of ${function}"
    VERBATIM)
  set(${variable} "${output}" PARENT_SCOPE)
endfunction()
