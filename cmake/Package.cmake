# What is installed: the library with its public headers, the two programs, the CMake package and the pkg-config module.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/vitrt)

install(TARGETS vitrt_lib EXPORT vitrtTargets)
install(DIRECTORY runtime/include/vitrt TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(FILES LICENSE TYPE DOC)
foreach(program vitrt vitrt_convert_cli)
  if(TARGET ${program})
    install(TARGETS ${program})
  endif()
endforeach()

if(VITRT_ONEDNN)
  install(IMPORTED_RUNTIME_ARTIFACTS DNNL::dnnl)  # beside the programs, for servers that have nothing else
endif()

install(EXPORT vitrtTargets NAMESPACE vitrt:: DESTINATION ${package_dir})
configure_package_config_file(cmake/vitrtConfig.cmake.in vitrtConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(vitrtConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/vitrtConfig.cmake ${PROJECT_BINARY_DIR}/vitrtConfigVersion.cmake DESTINATION ${package_dir})

if(NOT BUILD_SHARED_LIBS)
  set(PC_REQUIRES_PRIVATE "${SPNG_MODULE_NAME} libjpeg libtiff-4 libxxhash")
  set(PC_LIBS_PRIVATE "-fopenmp -lstdc++ -lm")
  if(VITRT_ONEDNN)
    get_target_property(onednn_library DNNL::dnnl LOCATION)
    string(PREPEND PC_LIBS_PRIVATE "${onednn_library} ")
  endif()
endif()
configure_file(cmake/vitrt.pc.in vitrt.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/vitrt.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
