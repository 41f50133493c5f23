# tare-init: freestanding, static, embedded in tare. The same sources also build hosted, for tests.
file(GLOB init_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/init/*.c)
set(TARE_INIT_FLAGS -ffreestanding -fno-stack-protector -fno-pic -fno-pie -fno-asynchronous-unwind-tables
  -fno-unwind-tables -ffunction-sections -fdata-sections -fno-strict-aliasing -fno-common
  -fcf-protection=none -fno-builtin ${TARE_WARNINGS} -O2)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64")
  list(REMOVE_ITEM TARE_INIT_FLAGS -fcf-protection=none)
  list(APPEND TARE_INIT_FLAGS -mno-outline-atomics)
endif()

add_executable(tare-init ${init_sources})
target_include_directories(tare-init PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
target_compile_definitions(tare-init PRIVATE TARE_INIT_FREESTANDING _GNU_SOURCE)
target_compile_options(tare-init PRIVATE ${TARE_INIT_FLAGS})
target_link_options(tare-init PRIVATE -nostdlib -static -no-pie -Wl,--gc-sections -Wl,-z,noexecstack
  -Wl,-z,norelro -Wl,--build-id=none -Wl,-e,_start -Wl,-z,max-page-size=4096)
add_custom_command(TARGET tare-init POST_BUILD COMMAND ${CMAKE_STRIP} -s $<TARGET_FILE:tare-init>)

set_source_files_properties(${CMAKE_SOURCE_DIR}/src/sys/init_image.S PROPERTIES
  OBJECT_DEPENDS ${CMAKE_BINARY_DIR}/tare-init
  COMPILE_OPTIONS "-DTARE_INIT_FILE=\"${CMAKE_BINARY_DIR}/tare-init\"")
add_library(tare_init_image OBJECT ${CMAKE_SOURCE_DIR}/src/sys/init_image.S)
add_dependencies(tare_init_image tare-init)
target_sources(tare_core PRIVATE $<TARGET_OBJECTS:tare_init_image>)

# Hosted: what unit tests link to call the steps one by one.
add_library(tare_init_hosted STATIC EXCLUDE_FROM_ALL ${init_sources})
target_compile_definitions(tare_init_hosted PRIVATE TARE_INIT_HOSTED)
target_link_libraries(tare_init_hosted PUBLIC tare_flags)
