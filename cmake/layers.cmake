# The layers, each an object library that may include only those below it (tests/lint/layers.sh).
function(tare_layer name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c)
  if(NOT sources)
    return()
  endif()
  add_library(tare_${name} OBJECT ${sources})
  target_link_libraries(tare_${name} PUBLIC tare_flags ${ARGN})
  target_sources(tare_core PRIVATE $<TARGET_OBJECTS:tare_${name}>)
endfunction()

add_library(tare_core STATIC)
set_target_properties(tare_core PROPERTIES LINKER_LANGUAGE C)

file(GLOB ocispec_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/libocispec/src/*.c)
add_library(ocispec STATIC ${ocispec_sources})
target_link_libraries(ocispec PUBLIC tare_flags lib_yajl)
target_include_directories(ocispec PUBLIC ${CMAKE_SOURCE_DIR}/libocispec)

tare_layer(base)
tare_layer(sys lib_nl)
tare_layer(host lib_cap)
tare_layer(cgroup)
tare_layer(check ocispec lib_cap lib_seccomp)
tare_layer(compile ocispec lib_cap lib_seccomp)
tare_layer(container ocispec)
tare_layer(cli ocispec lib_seccomp)
# The families of errors of the lower layers (src/base/error.h); a file of the others names its own.
target_compile_definitions(tare_host PRIVATE ERROR_CODE=CODE_HOST)
target_compile_definitions(tare_cgroup PRIVATE ERROR_CODE=CODE_CGROUP)
target_compile_definitions(tare_compile PRIVATE ERROR_CODE=CODE_SCHEMA)
# The commit: git archive has put it into a release (cmake/tarball.sh), which may lie within somebody else's
# repository; in a clone git is asked.
file(STRINGS ${CMAKE_SOURCE_DIR}/cmake/commit TARE_COMMIT LIMIT_COUNT 1)
if(TARE_COMMIT MATCHES "Format:")
  set(TARE_COMMIT "")
  execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} rev-parse HEAD
    OUTPUT_VARIABLE TARE_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
string(SUBSTRING "${TARE_COMMIT}" 0 12 TARE_COMMIT)
if(NOT TARE_COMMIT)
  set(TARE_COMMIT "unknown")
endif()
target_compile_definitions(tare_cli PRIVATE TARE_VERSION="${PROJECT_VERSION}" TARE_COMMIT="${TARE_COMMIT}")
target_link_libraries(tare_core PUBLIC ocispec lib_yajl lib_seccomp lib_cap lib_nl tare_flags)

include(systemd)
include(criu)
include(init) # tare-init, and the object that embeds it

add_executable(tare src/main.c)
target_link_libraries(tare PRIVATE tare_core)
if(TARE_STATIC)
  # Not PIE: relocation costs start-up time and the binary maps nothing of the container's.
  target_link_options(tare PRIVATE -static -no-pie)
  target_sources(tare PRIVATE src/no_resolver.c)
endif()
