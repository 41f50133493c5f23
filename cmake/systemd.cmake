# tare-systemd: what is asked of systemd over D-Bus. A program of its own, dynamic, so that tare itself
# does not load libsystemd. Without libsystemd it is left out, and --systemd-cgroup says so.
find_library(SYSTEMD_LIB NAMES systemd)
find_path(SYSTEMD_INCLUDE systemd/sd-bus.h)
if(SYSTEMD_LIB AND SYSTEMD_INCLUDE AND NOT CMAKE_CROSSCOMPILING)
  file(GLOB systemd_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/systemd/*.c)
  add_executable(tare-systemd ${systemd_sources})
  target_sources(tare-systemd PRIVATE $<TARGET_OBJECTS:tare_base>)
  target_link_libraries(tare-systemd PRIVATE tare_flags ${SYSTEMD_LIB})
else()
  message(STATUS "libsystemd was not found (apt-get install libsystemd-dev): no tare-systemd")
endif()
