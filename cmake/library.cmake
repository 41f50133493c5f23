# libtare: the layers once more, position-independent and hidden, below src/lib. The program tare is
# linked from objects of its own and knows nothing of this.
if(TARE_STATIC)
  set(TARE_LIBRARY_DEFAULT ON)
else()
  set(TARE_LIBRARY_DEFAULT OFF)
endif()
option(TARE_LIBRARY "build libtare, shared and static" ${TARE_LIBRARY_DEFAULT})

# Also where libtare is not built: the lints look at what is in the compilation database of the asan preset.
file(GLOB lib_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/lib/*.c)
add_library(tare_lib OBJECT EXCLUDE_FROM_ALL ${lib_sources})
target_compile_definitions(tare_lib PRIVATE TARE_VERSION="${PROJECT_VERSION}")
target_link_libraries(tare_lib PRIVATE tare_flags lib_yajl lib_seccomp lib_cap lib_nl)

if(NOT TARE_LIBRARY OR TARE_SANITIZE OR CMAKE_CROSSCOMPILING)
  return()
endif()

set(TARE_PIC_OBJECTS "")
# Sources and definitions of a layer, compiled for the library.
function(tare_pic_layer name)
  get_target_property(sources ${name} SOURCES)
  get_target_property(definitions ${name} COMPILE_DEFINITIONS)
  get_target_property(includes ${name} INCLUDE_DIRECTORIES)
  add_library(pic_${name} OBJECT ${sources})
  set_target_properties(pic_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  if(definitions)
    target_compile_definitions(pic_${name} PRIVATE ${definitions})
  endif()
  if(includes)
    target_include_directories(pic_${name} PRIVATE ${includes})
  endif()
  target_compile_definitions(pic_${name} PRIVATE TARE_LIBRARY)
  target_link_libraries(pic_${name} PRIVATE tare_flags lib_yajl lib_seccomp lib_cap lib_nl)
  list(APPEND TARE_PIC_OBJECTS $<TARGET_OBJECTS:pic_${name}>)
  set(TARE_PIC_OBJECTS ${TARE_PIC_OBJECTS} PARENT_SCOPE)
endfunction()

target_include_directories(ocispec PRIVATE ${CMAKE_SOURCE_DIR}/libocispec)
foreach(layer ocispec tare_base tare_sys tare_host tare_cgroup tare_check tare_compile tare_container tare_lib)
  tare_pic_layer(${layer})
endforeach()
list(APPEND TARE_PIC_OBJECTS $<TARGET_OBJECTS:tare_init_image>)

# The shared one uses the shared libraries, whatever the program was linked with.
set(TARE_SHARED_LIBS "")
foreach(name yajl seccomp cap nl-3)
  find_library(shared_${name}_LIB NAMES lib${name}.so)
  if(NOT shared_${name}_LIB)
    message(FATAL_ERROR "lib${name}.so was not found; without it configure with -DTARE_LIBRARY=OFF")
  endif()
  list(APPEND TARE_SHARED_LIBS ${shared_${name}_LIB})
endforeach()
add_library(libtare SHARED ${TARE_PIC_OBJECTS})
set_target_properties(libtare PROPERTIES OUTPUT_NAME tare VERSION ${PROJECT_VERSION} SOVERSION 0
  LINKER_LANGUAGE C)
target_link_libraries(libtare PRIVATE tare_flags ${TARE_SHARED_LIBS})
target_link_options(libtare PRIVATE -Wl,-z,defs)

# One object, whose hidden symbols are local: they cannot collide with those of a program.
set(archive ${CMAKE_BINARY_DIR}/libtare.a)
add_custom_command(
  OUTPUT ${archive}
  COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -o libtare.o ${TARE_PIC_OBJECTS}
  COMMAND ${CMAKE_OBJCOPY} --localize-hidden libtare.o
  COMMAND ${CMAKE_COMMAND} -E rm -f ${archive}
  COMMAND ${CMAKE_AR} rcsD ${archive} libtare.o
  DEPENDS ${TARE_PIC_OBJECTS}
  COMMAND_EXPAND_LISTS VERBATIM)
add_custom_target(libtare-static ALL DEPENDS ${archive})

# By the names of the files that there are: yajl's static library has another than its pkg-config file says.
set(TARE_PC_PRIVATE "")
foreach(library ${lib_yajl_LIB} ${lib_seccomp_LIB} ${lib_cap_LIB} ${lib_nl_LIB})
  get_filename_component(name ${library} NAME_WE)
  string(REGEX REPLACE "^lib" "-l" name ${name})
  string(APPEND TARE_PC_PRIVATE " ${name}")
endforeach()
string(STRIP "${TARE_PC_PRIVATE}" TARE_PC_PRIVATE)
file(RELATIVE_PATH TARE_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(${CMAKE_SOURCE_DIR}/cmake/libtare.pc.in ${CMAKE_BINARY_DIR}/libtare.pc @ONLY)
install(TARGETS libtare LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libtare0
  NAMELINK_COMPONENT libtare-dev)
install(FILES ${archive} DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libtare-dev)
install(FILES ${CMAKE_BINARY_DIR}/libtare.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
  COMPONENT libtare-dev)
install(FILES include/tare/tare.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tare COMPONENT libtare-dev)
install(DIRECTORY docs/examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT libtare-dev)
