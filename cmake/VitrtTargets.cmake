# vitrt_library(NAME SOURCES ... DEPS ... [PRIVATE_DEPS ...]): one static library per folder; include paths start at the root.
function(vitrt_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/runtime/include)
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS} vitrt_warnings)
endfunction()

# vitrt_test(NAME SOURCES ... DEPS ...): a doctest program under tests/ of the build folder; every case is a ctest entry.
# A case that cannot run here calls Skip() of tests/skip.h and is counted as skipped.
function(vitrt_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/bin)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} vitrt_doctest_main vitrt_warnings)
  target_compile_definitions(${name} PRIVATE VITRT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  doctest_discover_tests(${name} TEST_PREFIX "${name}: " PROPERTIES SKIP_RETURN_CODE 77)
endfunction()
