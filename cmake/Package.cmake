# What is installed: the library with its public headers, the two programs, the CMake package and the pkg-config module.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/vitrt)

# One export set a kind, so that a user of the shared library needs nothing else to be found.
foreach(kind shared static)
  install(TARGETS vitrt_${kind} EXPORT vitrt_${kind})
  install(EXPORT vitrt_${kind} NAMESPACE vitrt:: DESTINATION ${package_dir} FILE vitrt_${kind}.cmake)
endforeach()
install(DIRECTORY runtime/include/vitrt TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(FILES LICENSE TYPE DOC)
foreach(program vitrt vitrt_convert_cli)
  if(TARGET ${program})
    install(TARGETS ${program})
  endif()
endforeach()

if(VITRT_ONEDNN)
  # Beside the programs, for servers that have nothing else; under the one name that programs look for, because not
  # every package of it has the other names as links.
  install(FILES $<TARGET_FILE:DNNL::dnnl> DESTINATION ${CMAKE_INSTALL_LIBDIR}
    RENAME $<TARGET_SONAME_FILE_NAME:DNNL::dnnl>)
endif()

configure_package_config_file(cmake/vitrtConfig.cmake.in vitrtConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(vitrtConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/vitrtConfig.cmake ${PROJECT_BINARY_DIR}/vitrtConfigVersion.cmake DESTINATION ${package_dir})

# For pkg-config --static only.
set(PC_REQUIRES_PRIVATE "${SPNG_MODULE_NAME} libjpeg libtiff-4 libxxhash")
set(PC_LIBS_PRIVATE "-pthread -lstdc++ -lm")
if(VITRT_ONEDNN)
  get_target_property(onednn_library DNNL::dnnl LOCATION)
  string(PREPEND PC_LIBS_PRIVATE "${onednn_library} -fopenmp ")
endif()
configure_file(cmake/vitrt.pc.in vitrt.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/vitrt.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# `cpack -G DEB`: one package with the library, its headers and both programs; what they link is found by dpkg-shlibdeps.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR vitrt)
set(CPACK_PACKAGE_CONTACT "vitrt maintainers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "vision transformers with early exits on old x86 servers")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
if(VITRT_ONEDNN)
  get_target_property(onednn_library DNNL::dnnl LOCATION)
  get_filename_component(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${onednn_library} DIRECTORY)
endif()
include(CPack)
