# vitrt_library(NAME SOURCES ... DEPS ... [PRIVATE_DEPS ...]): one static library per folder; include paths start at the root.
function(vitrt_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/runtime/include)
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS} vitrt_warnings)
endfunction()

# vitrt_test(NAME SOURCES ... DEPS ...): a doctest program; every case is a ctest entry.
function(vitrt_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} vitrt_doctest_main vitrt_warnings)
  target_compile_definitions(${name} PRIVATE VITRT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  doctest_discover_tests(${name} TEST_PREFIX "${name}: ")
endfunction()
