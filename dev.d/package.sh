# ./dev package. Sourced by ./dev.

need_zig() {
  stale .deps/zig/stamp packages/portable/zig.txt || return 0
  need_python
  say "fetching the cross compiler into .deps/zig"
  rm -rf .deps/zig
  quietly zig .deps/python/bin/pip install --no-deps --only-binary :all: --target "$PWD/.deps/zig" -r packages/portable/zig.txt
  stamped .deps/zig/stamp packages/portable/zig.txt
}

# The libraries that are linked in, built once for each content of packages/portable.
need_portable_libraries() {
  local inputs=(packages/portable/sources.txt packages/portable/zig.txt packages/portable/libraries.sh packages/portable/toolchain.cmake)
  stale "$VITRT_PORTABLE_ROOT/stamp" "${inputs[@]}" || return 0
  need_references python
  VITRT_ONNX_PROTO=$(.deps/python/bin/python -c 'import onnx, pathlib; print(pathlib.Path(onnx.__file__).parent / "onnx-ml.proto")')
  export VITRT_ONNX_PROTO
  say "building the libraries of packages/portable/sources.txt for glibc 2.17 into .deps/portable"
  rm -rf "$VITRT_PORTABLE_ROOT/prefix" "$VITRT_PORTABLE_ROOT/build"
  quietly portable-libraries packages/portable/libraries.sh "$PWD/.deps/zig/ziglang/zig"
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

# archives FOLDER: what dist/ gets of build-portable.
archives() {
  local version; version=$(sed -n 's/^project(vitrt VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
  SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
  export SOURCE_DATE_EPOCH
  mkdir -p "$1"
  .deps/python/bin/python packages/portable/archive.py build-portable/stage "$1" "$version" build-portable/licences \
    .deps/onednn/lib/libdnnl.so.3
}

cmd_package() {
  [ $# = 0 ] || die "package: unknown option $1"
  need_packages build
  need_packages package
  need_onednn
  need_zig
  export VITRT_PORTABLE_ROOT=$PWD/.deps/portable
  need_portable_libraries
  build_portable
  rm -rf dist
  say "archives in dist/"
  archives dist
  build release
  quietly cpack cpack -G DEB --config build/CPackConfig.cmake -B "$PWD/build/debs"
  cp build/debs/*.deb dist
  (cd dist && sha256sum -- *.tar.xz *.whl *.deb *.json >SHA256SUMS && ls -l)
}
