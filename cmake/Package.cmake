# What is installed: the library with its public headers, the programs, the CMake package, the pkg-config module, licences,
# man pages and completions; and how `cpack -G DEB` splits it. Components:
#   runtime       vitrt and libvitrt.so, all that a server needs
#   development   headers, libvitrt.a, what find_package and pkg-config read
#   converter     vitrt-convert
#   onednn        libdnnl.so.3, which nothing needs; `cmake --install BUILD --component onednn` adds it
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/vitrt)

# One export set a kind, so that a user of the shared library needs nothing else to be found.
install(TARGETS vitrt_shared EXPORT vitrt_shared LIBRARY COMPONENT runtime NAMELINK_COMPONENT development)
install(TARGETS vitrt_static EXPORT vitrt_static ARCHIVE COMPONENT development)
foreach(kind shared static)
  install(EXPORT vitrt_${kind} NAMESPACE vitrt:: DESTINATION ${package_dir} FILE vitrt_${kind}.cmake COMPONENT development)
endforeach()
install(FILES LICENSE TYPE DOC COMPONENT runtime)
install(DIRECTORY runtime/include/vitrt TYPE INCLUDE COMPONENT development FILES_MATCHING PATTERN "*.h")

configure_package_config_file(cmake/vitrtConfig.cmake.in vitrtConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(vitrtConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/vitrtConfig.cmake ${PROJECT_BINARY_DIR}/vitrtConfigVersion.cmake DESTINATION ${package_dir}
  COMPONENT development)

# For pkg-config --static only: what libvitrt.a leaves to be linked.
set(PC_REQUIRES_PRIVATE "${SPNG_MODULE_NAME} libjpeg libtiff-4 libxxhash")
set(PC_LIBS_PRIVATE "-pthread -lstdc++ -lm -ldl")
configure_file(cmake/vitrt.pc.in vitrt.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/vitrt.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

if(DNNL_LIBRARY)
  # Under the one name that vitrt asks for: not every package of oneDNN has the others as links.
  get_filename_component(onednn_file ${DNNL_LIBRARY} REALPATH)
  install(FILES ${onednn_file} DESTINATION ${CMAKE_INSTALL_LIBDIR} RENAME libdnnl.so.3 COMPONENT onednn EXCLUDE_FROM_ALL)
  file(GLOB onednn_licences ${DNNL_INCLUDE_DIR}/../share/doc/dnnl/[LT]*)
  install(FILES ${onednn_licences} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/vitrt-onednn COMPONENT onednn EXCLUDE_FROM_ALL)
endif()

# A program, its man pages and its completions, made from its help texts.
find_package(Python3 COMPONENTS Interpreter)
set(zsh_functions site-functions)
if(EXISTS /etc/debian_version)  # Debian's zsh looks for what packages bring in a folder of another name
  set(zsh_functions vendor-completions)
endif()
function(vitrt_install_program target name component)
  install(TARGETS ${target} COMPONENT ${component})
  if(NOT Python3_FOUND OR WIN32)
    return()
  endif()
  set(pages ${PROJECT_BINARY_DIR}/pages/${name})
  add_custom_command(OUTPUT ${pages}/stamp COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/packages/help_pages.py
    $<TARGET_FILE:${target}> ${pages} ${PROJECT_VERSION} COMMAND ${CMAKE_COMMAND} -E touch ${pages}/stamp
    DEPENDS ${target} ${PROJECT_SOURCE_DIR}/packages/help_pages.py)
  add_custom_target(${name}_pages ALL DEPENDS ${pages}/stamp)
  install(DIRECTORY ${pages}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT ${component})
  install(FILES ${pages}/${name}.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${name}
    COMPONENT ${component})
  install(FILES ${pages}/_${name} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${zsh_functions} COMPONENT ${component})
endfunction()
if(TARGET vitrt)
  vitrt_install_program(vitrt vitrt runtime)
endif()
if(TARGET vitrt_convert_cli)
  vitrt_install_program(vitrt_convert_cli vitrt-convert converter)
endif()

# vitrt as a service, and what a Grafana shows of its metrics.
if(TARGET vitrt)
  set(units packages/systemd)
  install(FILES ${units}/vitrt-watch@.service ${units}/vitrt-serve@.service DESTINATION lib/systemd/system COMPONENT runtime)
  install(FILES ${units}/vitrt.conf DESTINATION lib/sysusers.d COMPONENT runtime)
  install(FILES ${units}/example.conf packages/grafana/vitrt.json TYPE DOC COMPONENT runtime)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/${units}/postinst)
endif()

# `cpack -G DEB`: a package a component; what each links is found by dpkg-shlibdeps.
set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime development)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME vitrt)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libvitrt-dev)
set(CPACK_DEBIAN_CONVERTER_PACKAGE_NAME vitrt-convert)
set(CPACK_DEBIAN_ONEDNN_PACKAGE_NAME vitrt-onednn)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "vision transformers with early exits on old x86 servers: vitrt and its library")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "vitrt's headers, static library, CMake package and pkg-config module")
set(CPACK_COMPONENT_CONVERTER_DESCRIPTION "ONNX models to plans for vitrt")
set(CPACK_COMPONENT_ONEDNN_DESCRIPTION "oneDNN for vitrt, loaded only where it is asked for")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
# Whoever links libvitrt.a by pkg-config --static or find_package needs these, and libvitrt.so itself.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "vitrt (= ${PROJECT_VERSION}), libspng-dev, libjpeg-dev, libtiff-dev, libxxhash-dev")
if(VITRT_CONVERTER)
  list(APPEND CPACK_COMPONENTS_ALL converter)
endif()
if(DNNL_LIBRARY)
  list(APPEND CPACK_COMPONENTS_ALL onednn)
endif()
# Debian wants a copyright file in every package's own folder.
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  set(exclude)
  if(component STREQUAL "onednn")
    set(exclude EXCLUDE_FROM_ALL)
  endif()
  install(FILES packages/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME}
    COMPONENT ${component} ${exclude})
endforeach()
set(CPACK_PACKAGE_VENDOR vitrt)
set(CPACK_PACKAGE_CONTACT "vitrt maintainers")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
