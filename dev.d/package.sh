# ./dev package. Sourced by ./dev.

need_zig() {
  stale .deps/zig/stamp packages/portable/zig.txt || return 0
  need_python
  say "fetching the cross compiler into .deps/zig"
  rm -rf .deps/zig
  quietly zig .deps/python/bin/pip install --no-deps --only-binary :all: --target "$PWD/.deps/zig" -r packages/portable/zig.txt
  stamped .deps/zig/stamp packages/portable/zig.txt
}

# use_libraries Linux|Windows: whose libraries, wrappers and toolchain the next functions mean.
use_libraries() {
  export VITRT_PORTABLE_SYSTEM=$1
  export VITRT_PORTABLE_ROOT=$PWD/.deps/portable
  [ "$1" = Linux ] || export VITRT_PORTABLE_ROOT=$PWD/.deps/windows
}

# The libraries that are linked in, built once for each content of packages/portable.
need_portable_libraries() {
  local inputs=(packages/portable/sources.txt packages/portable/zig.txt packages/portable/libraries.sh packages/portable/toolchain.cmake)
  stale "$VITRT_PORTABLE_ROOT/stamp" "${inputs[@]}" || return 0
  need_references python
  VITRT_ONNX_PROTO=$(.deps/python/bin/python -c 'import onnx, pathlib; print(pathlib.Path(onnx.__file__).parent / "onnx-ml.proto")')
  export VITRT_ONNX_PROTO
  say "building the libraries of packages/portable/sources.txt for $VITRT_PORTABLE_SYSTEM into ${VITRT_PORTABLE_ROOT#"$PWD/"}"
  rm -rf "$VITRT_PORTABLE_ROOT/prefix" "$VITRT_PORTABLE_ROOT/build"
  quietly portable-libraries packages/portable/libraries.sh "$VITRT_PORTABLE_SYSTEM" "$PWD/.deps/zig/ziglang/zig"
  stamped "$VITRT_PORTABLE_ROOT/stamp" "${inputs[@]}"
}

# build-portable/stage: the installed tree that goes into the archives, and its licences in build-portable/licences.
build_portable() {
  local root=$VITRT_PORTABLE_ROOT stage=$PWD/build-portable/stage component
  export ZIG_GLOBAL_CACHE_DIR=$root/zig-cache ZIG_LOCAL_CACHE_DIR=$root/zig-cache
  say "building build-portable with Zig"
  quietly configure-portable cmake -G Ninja -S . -B build-portable -D CMAKE_BUILD_TYPE=Release \
    -D CMAKE_TOOLCHAIN_FILE="$PWD/packages/portable/toolchain.cmake" -D VITRT_KERNEL_LAUNCHER="$PWD/packages/portable/kernel_compiler.sh" -D VITRT_TESTS=OFF -D VITRT_WERROR=OFF -D VITRT_PCH=OFF \
    -D CMAKE_CXX_STANDARD_LIBRARIES="-L$root/prefix/lib -ltiff -ljpeg -lz -lm" -D CMAKE_CXX_FLAGS="-ffile-prefix-map=$PWD=. -ffile-prefix-map=$root=." \
    -D DNNL_INCLUDE_DIR="$PWD/.deps/onednn/include" -D DNNL_LIBRARY= -D FLATC="$(command -v flatc)" \
    -D Protobuf_PROTOC_EXECUTABLE="$(command -v protoc)" -D ONNX_INCLUDE_DIR="$root/prefix/include"
  cmake --build build-portable
  rm -rf "$stage"
  for component in runtime converter development; do
    cmake --install build-portable --strip --prefix "$stage" --component "$component" >/dev/null
  done
  cmake --install build-portable --prefix "$stage/python" --component python >/dev/null
  # Zig writes debug information unasked, and CMake strips only what it installs as targets.
  strip --strip-unneeded "$stage/python/vitrt/libvitrt.so.0" "$stage/python/vitrt/bin/vitrt-convert"
  strip --strip-debug "$stage/lib/libvitrt.a"
  rm -rf build-portable/licences
  cp -r "$root/prefix/licences" build-portable/licences
  cp LICENSE build-portable/licences/vitrt
  cp .deps/zig/ziglang/LICENSE build-portable/licences/zig 2>/dev/null || cp .deps/zig/ziglang-*/licenses/LICENSE build-portable/licences/zig
  local library
  for library in libcxx libcxxabi libunwind; do
    [ ! -e ".deps/zig/ziglang/lib/$library/LICENSE.TXT" ] || cp ".deps/zig/ziglang/lib/$library/LICENSE.TXT" "build-portable/licences/$library"
  done
}

# build_windows TESTS: build-windows, with the test programs where TESTS is ON, and its licences in build-windows/licences.
build_windows() {
  local root=$VITRT_PORTABLE_ROOT
  say "building build-windows with MinGW-w64"
  quietly configure-windows cmake -G Ninja -S . -B build-windows -D CMAKE_BUILD_TYPE=Release \
    -D CMAKE_TOOLCHAIN_FILE="$PWD/packages/portable/toolchain.cmake" -D VITRT_TESTS="$1" -D VITRT_ONEDNN=OFF -D VITRT_INSTALL=OFF \
    -D VITRT_WERROR=OFF -D CMAKE_CXX_STANDARD_LIBRARIES="-L$root/prefix/lib -ltiff -ljpeg -lz -lm" \
    -D CMAKE_CXX_FLAGS="-ffile-prefix-map=$PWD=. -ffile-prefix-map=$root=." -D FLATC="$(command -v flatc)" \
    -D Protobuf_PROTOC_EXECUTABLE="$(command -v protoc)" -D ONNX_INCLUDE_DIR="$root/prefix/include"
  cmake --build build-windows
  rm -rf build-windows/licences
  cp -r "$root/prefix/licences" build-windows/licences
  cp LICENSE build-windows/licences/vitrt
  cp /usr/share/doc/g++-mingw-w64-x86-64-posix/copyright build-windows/licences/gcc-mingw-w64
  cp /usr/share/doc/mingw-w64-x86-64-dev/copyright build-windows/licences/mingw-w64
}

# commit_time: what archives say of when they were made.
commit_time() {
  SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
  export SOURCE_DATE_EPOCH
}

version_of_tree() { sed -n 's/^project(vitrt VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt; }

# windows_zip FOLDER: what dist/ gets of build-windows.
windows_zip() {
  commit_time
  mkdir -p "$1"
  .deps/python/bin/python packages/portable/windows.py build-windows "$1" "$(version_of_tree)" build-windows/licences x86_64-w64-mingw32-strip
}

# archives FOLDER: what dist/ gets of build-portable.
archives() {
  local version; version=$(version_of_tree)
  commit_time
  mkdir -p "$1"
  .deps/python/bin/python packages/portable/archive.py build-portable/stage "$1" "$version" build-portable/licences \
    .deps/onednn/lib/libdnnl.so.3
}

# ./dev test --package asks for the test programs for Windows, too.
cmd_package() {
  local windows_tests=OFF
  case "${1:-}" in '') ;; --with-windows-tests) windows_tests=ON ;; *) die "package: unknown option $1" ;; esac
  need_packages build
  need_packages package
  need_onednn
  need_zig
  use_libraries Linux
  need_portable_libraries
  build_portable
  use_libraries Windows
  need_portable_libraries
  build_windows "$windows_tests"
  rm -rf dist
  say "archives in dist/"
  archives dist
  windows_zip dist
  build release
  quietly cpack cpack -G DEB --config build/CPackConfig.cmake -B "$PWD/build/debs"
  cp build/debs/*.deb dist
  .deps/python/bin/python packages/portable/sizes.py build-portable .deps/portable/prefix/lib
  (cd dist && sha256sum -- *.tar.xz *.whl *.zip *.deb *.json >SHA256SUMS && ls -l)
}
