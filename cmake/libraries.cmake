# The libraries tare stands on: yajl, libseccomp, libcap, libnl-3 (docs/design.md says why each).
# Static by default: the dynamic loader alone costs more than a container (docs/design.md).
function(tare_library target header name)
  if(TARE_STATIC)
    find_library(${target}_LIB NAMES lib${name}.a lib${name}_s.a)
  else()
    find_library(${target}_LIB NAMES ${name})
  endif()
  find_path(${target}_INCLUDE ${header} PATH_SUFFIXES libnl3)
  if(NOT ${target}_LIB OR NOT ${target}_INCLUDE)
    message(FATAL_ERROR "lib${name} (with <${header}>) was not found. On Debian: "
      "apt-get install libyajl-dev libseccomp-dev libcap-dev libnl-3-dev. "
      "Where there is no static library, configure with -DTARE_STATIC=OFF.")
  endif()
  add_library(${target} INTERFACE)
  target_link_libraries(${target} INTERFACE ${${target}_LIB})
  target_include_directories(${target} SYSTEM INTERFACE ${${target}_INCLUDE})
endfunction()

tare_library(lib_yajl yajl/yajl_parse.h yajl)
tare_library(lib_seccomp seccomp.h seccomp)
tare_library(lib_cap sys/capability.h cap)
tare_library(lib_nl netlink/netlink.h nl-3)
