# Compiler and linker flags: one set of warnings for all code, hardening for release builds.
add_library(tare_flags INTERFACE)
target_compile_definitions(tare_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
target_include_directories(tare_flags INTERFACE
  ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/libocispec/include
  ${CMAKE_BINARY_DIR}/generated)
set(TARE_WARNINGS -Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Wmissing-prototypes
  -Wstrict-prototypes -Wformat=2 -Wvla -Wundef)
if(TARE_WERROR)
  list(APPEND TARE_WARNINGS -Werror)
endif()
target_compile_options(tare_flags INTERFACE ${TARE_WARNINGS} -fno-strict-aliasing -fno-common)

if(TARE_SANITIZE)
  target_compile_options(tare_flags INTERFACE -fsanitize=${TARE_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(tare_flags INTERFACE -fsanitize=${TARE_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(tare_flags INTERFACE -fstack-protector-strong -fstack-clash-protection
    -ffunction-sections -fdata-sections)
  target_compile_definitions(tare_flags INTERFACE _FORTIFY_SOURCE=2)
  target_link_options(tare_flags INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--gc-sections)
endif()
