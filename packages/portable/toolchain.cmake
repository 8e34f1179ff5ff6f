# The cross compilers of ./dev package, for x86-64 without extensions: Zig's Clang and its C libraries for glibc 2.17, MinGW-w64
# for Windows. The wrappers that it names are written by libraries.sh, which says what they call; PORTABLE is the folder of
# all this, .deps/portable or .deps/windows.
set(PORTABLE $ENV{VITRT_PORTABLE_ROOT})
set(CMAKE_SYSTEM_NAME $ENV{VITRT_PORTABLE_SYSTEM})
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER ${PORTABLE}/bin/cross-cc)
set(CMAKE_CXX_COMPILER ${PORTABLE}/bin/cross-c++)
set(CMAKE_AR ${PORTABLE}/bin/cross-ar CACHE FILEPATH "")
set(CMAKE_RANLIB ${PORTABLE}/bin/cross-ranlib CACHE FILEPATH "")
if(CMAKE_SYSTEM_NAME STREQUAL "Windows")
  set(CMAKE_RC_COMPILER ${PORTABLE}/bin/cross-windres)
  # No DLL but the system's: GCC's libraries and threads are linked in.
  set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
  set(CMAKE_SHARED_LINKER_FLAGS_INIT -static)
endif()
set(CMAKE_FIND_ROOT_PATH ${PORTABLE}/prefix)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${PORTABLE}/prefix/lib/pkgconfig)
set(ENV{PKG_CONFIG_PATH} "")
