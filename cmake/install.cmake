# What `cmake --install` puts where, and a Debian package of it (cpack in the build directory). Manual pages
# and completions are what tare itself prints: one table is behind them, its --help and its parser.
include(GNUInstallDirs)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME tare)

set(TARE_LIBEXEC_DIR ${CMAKE_INSTALL_FULL_LIBEXECDIR}/tare)
target_compile_definitions(tare_container PRIVATE TARE_LIBEXEC_DIR="${TARE_LIBEXEC_DIR}")
target_compile_definitions(tare_sys PRIVATE TARE_HELPER_PATH="${TARE_LIBEXEC_DIR}/tare-init")

install(TARGETS tare RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS tare-init RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/tare)
foreach(helper tare-systemd tare-criu)
  if(TARGET ${helper})
    install(TARGETS ${helper} RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/tare)
  endif()
endforeach()

if(NOT CMAKE_CROSSCOMPILING)
  set(pages ${CMAKE_BINARY_DIR}/pages)
  add_custom_command(
    OUTPUT ${pages}/done
    COMMAND ${CMAKE_SOURCE_DIR}/cmake/pages.sh $<TARGET_FILE:tare> ${pages}
    DEPENDS tare ${CMAKE_SOURCE_DIR}/cmake/pages.sh)
  add_custom_target(pages ALL DEPENDS ${pages}/done)
  install(DIRECTORY ${pages}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
  install(FILES ${pages}/bash/tare DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${pages}/zsh/_tare DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${pages}/fish/tare.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
  install(FILES ${pages}/50-tare.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/containers/containers.conf.d)
endif()
install(FILES README.md CHANGELOG.md LICENSE NOTICE docs/engines.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Three packages: the program needs no library, the library no program.
set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGE_NAME tare)
set(CPACK_PACKAGE_CONTACT "the tare project")
set(CPACK_COMPONENT_TARE_DESCRIPTION "OCI runtime that costs what the kernel charges and explains itself")
set(CPACK_COMPONENT_LIBTARE0_DESCRIPTION "OCI runtime as a library")
set(CPACK_COMPONENT_LIBTARE-DEV_DESCRIPTION "OCI runtime as a library: header, static library, example")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_TARE_PACKAGE_NAME tare)
set(CPACK_DEBIAN_LIBTARE0_PACKAGE_NAME libtare0)
set(CPACK_DEBIAN_LIBTARE-DEV_PACKAGE_NAME libtare-dev)
set(CPACK_DEBIAN_TARE_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_LIBTARE0_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBTARE-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_LIBTARE0_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_TARE_PACKAGE_RECOMMENDS "criu, uidmap")
set(CPACK_DEBIAN_LIBTARE-DEV_PACKAGE_DEPENDS
  "libtare0 (= ${PROJECT_VERSION}), libyajl-dev, libseccomp-dev, libcap-dev, libnl-3-dev")
set(CPACK_STRIP_FILES ON)
