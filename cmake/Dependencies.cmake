# Every third-party library, and why it is here. No network access happens at configure time.
find_package(Threads REQUIRED)                # through runtime/base/thread_team.cc only
find_package(Eigen3 3.4 REQUIRED NO_MODULE)   # reference algebra, never in per-ISA objects
find_package(FlatBuffers REQUIRED NAMES FlatBuffers Flatbuffers)  # tables of the plan; 1.12 spells itself the second way
find_package(PkgConfig REQUIRED)
find_package(JPEG REQUIRED)                   # libjpeg-turbo
find_package(TIFF REQUIRED)
pkg_search_module(SPNG REQUIRED IMPORTED_TARGET spng libspng)
find_package(Boost 1.71 REQUIRED)             # headers only. Math: binomial tails and beta functions of promises; Asio and
                                              # Beast: HTTP of `vitrt serve`, without a thread for each connection
find_package(CLI11 REQUIRED)                  # command line
find_package(nlohmann_json REQUIRED)          # JSON output and recipes
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)  # checksums of plan sections
pkg_check_modules(LIBMD REQUIRED IMPORTED_TARGET libmd)       # SHA-256 of plans and models
find_package(OpenSSL QUIET)                   # HTTPS of `vitrt serve`; without it, plain HTTP only
pkg_check_modules(MOSQUITTO QUIET IMPORTED_TARGET libmosquitto)  # --mqtt; without it, the option says so
pkg_check_modules(MODBUS QUIET IMPORTED_TARGET libmodbus)        # --modbus; likewise
find_program(FLATC flatc REQUIRED)

if(VITRT_ONEDNN)
  find_path(DNNL_INCLUDE_DIR oneapi/dnnl/dnnl.hpp REQUIRED)  # oneDNN 3: headers to build, the library only to run
  find_library(DNNL_LIBRARY NAMES libdnnl.so.3 libdnnl.so)     # what the build tree runs with, and packages add
  if(DNNL_LIBRARY)
    get_filename_component(CMAKE_BUILD_RPATH ${DNNL_LIBRARY} DIRECTORY)
  endif()
endif()
if(VITRT_CONVERTER)
  find_package(Protobuf REQUIRED)             # ONNX files
  find_path(ONNX_INCLUDE_DIR onnx/onnx_pb.h REQUIRED)
  find_library(ONNX_PROTO_LIBRARY onnx_proto REQUIRED)
endif()
if(VITRT_TESTS)
  if(WIN32)                                 # among the headers of packages/portable/libraries.sh
    find_path(DOCTEST_INCLUDE_DIR doctest/doctest.h REQUIRED)
    add_library(doctest::doctest INTERFACE IMPORTED)
    target_include_directories(doctest::doctest SYSTEM INTERFACE ${DOCTEST_INCLUDE_DIR})
  else()
    find_package(doctest REQUIRED)
    include(${doctest_DIR}/doctest.cmake)   # doctest_discover_tests
  endif()
  add_library(vitrt_doctest_main STATIC tests/doctest_main.cc)
  target_include_directories(vitrt_doctest_main PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(vitrt_doctest_main PUBLIC doctest::doctest)
endif()
