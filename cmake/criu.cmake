# tare-criu: what is asked of CRIU by its RPC. A program of its own, dynamic, so that tare itself does not
# load protobuf. Without its parts it is left out, and checkpoint and restore say so.
find_library(PROTOBUF_C_LIB NAMES protobuf-c)
find_program(PROTOC_C NAMES protoc-c)
find_path(CRIU_PROTO criu/rpc.proto)
if(PROTOBUF_C_LIB AND PROTOC_C AND CRIU_PROTO AND NOT CMAKE_CROSSCOMPILING)
  set(criu_generated ${CMAKE_BINARY_DIR}/generated/criu)
  file(MAKE_DIRECTORY ${criu_generated})
  add_custom_command(
    OUTPUT ${criu_generated}/rpc.pb-c.c ${criu_generated}/rpc.pb-c.h
    COMMAND ${PROTOC_C} --proto_path=${CRIU_PROTO}/criu --c_out=${criu_generated} rpc.proto
    DEPENDS ${CRIU_PROTO}/criu/rpc.proto)
  add_library(tare_criu_rpc OBJECT ${criu_generated}/rpc.pb-c.c)
  file(GLOB criu_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/criu/*.c)
  add_executable(tare-criu ${criu_sources} $<TARGET_OBJECTS:tare_criu_rpc>
                 $<TARGET_OBJECTS:tare_base>)
  target_include_directories(tare-criu SYSTEM BEFORE PRIVATE ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(tare-criu PRIVATE tare_flags ${PROTOBUF_C_LIB})
  add_dependencies(tare-criu tare_criu_rpc)
else()
  message(STATUS "libprotobuf-c or CRIU's rpc.proto was not found (apt-get install libprotobuf-c-dev "
                 "protobuf-c-compiler criu): no tare-criu")
endif()
