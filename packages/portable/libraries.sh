#!/usr/bin/env bash
# Builds what sources.txt lists into $VITRT_PORTABLE_ROOT/prefix, as static libraries: libraries.sh Linux ZIG, for glibc 2.17
# with Zig as the compiler, or libraries.sh Windows, with Debian's MinGW-w64. Every source is fetched by apt, checked against
# sources.txt, and patched as Debian patches it.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$VITRT_PORTABLE_ROOT prefix=$VITRT_PORTABLE_ROOT/prefix
jobs=${VITRT_JOBS:-$(nproc)}
export VITRT_PORTABLE_SYSTEM=$1  # toolchain.cmake reads it
export ZIG_GLOBAL_CACHE_DIR=$root/zig-cache ZIG_LOCAL_CACHE_DIR=$root/zig-cache PATH=$root/bin:$PATH
mkdir -p "$root/bin" "$root/sources" "$root/build" "$prefix/lib/pkgconfig" "$prefix/include" "$prefix/licences"

# The tools have the same names whatever they are.
wrapper() { printf '#!/bin/sh\nexec %s "$@"\n' "$2" >"$root/bin/$1" && chmod +x "$root/bin/$1"; }
case $1 in
  Linux)
    host=x86_64-linux-gnu
    target='-target x86_64-linux-gnu.2.17 -mcpu=x86_64 -fno-sanitize=undefined -ffp-contract=off'
    wrapper cross-cc "'$2' cc $target"
    wrapper cross-c++ "'$2' c++ $target"
    wrapper cross-ar "'$2' ar"
    wrapper cross-ranlib "'$2' ranlib" ;;
  Windows)
    host=x86_64-w64-mingw32
    target='-ffp-contract=off -D__USE_MINGW_ANSI_STDIO=1'  # printf as C99 has it
    wrapper cross-cc "$host-gcc-posix $target"
    wrapper cross-c++ "$host-g++-posix $target"
    wrapper cross-ar $host-ar
    wrapper cross-ranlib $host-ranlib
    wrapper cross-windres $host-windres ;;
esac

# apt-get as this machine has it set up, but for the sources of its releases; its lists stay in $root.
apt_sources() {
  local apt=$root/apt
  if [ ! -f "$apt/ready" ]; then
    mkdir -p "$apt/lists/partial" "$apt/parts" "$apt/cache"
    local file
    for file in /etc/apt/sources.list.d/*.sources; do
      [ -e "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt/parts/$(basename "$file")"
    done
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
      [ -e "$file" ] && sed -n 's/^deb /deb-src /p' "$file" >"$apt/parts/$(basename "$file" .list).list"
    done
    apt_get update
    touch "$apt/ready"
  fi
}
apt_get() {
  apt-get -o "Dir::State::Lists=$root/apt/lists" -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$root/apt/parts" \
    -o "Dir::Cache=$root/apt/cache" -o APT::Sandbox::User=root "$@"
}

# source_of NAME: its patched source in $root/build/NAME, its licence in $prefix/licences/NAME.
source_of() {
  local name=$1 version sum dsc
  read -r version sum < <(awk -v n="$name" '$1 == n { print $2, $3 }' "$here/sources.txt")
  dsc=${name}_${version#*:}.dsc
  if [ ! -f "$root/sources/$dsc" ]; then
    apt_sources
    (cd "$root/sources" && apt_get source --download-only "$name=$version")
  fi
  echo "$sum  $root/sources/$dsc" | sha256sum --check --quiet
  rm -rf "$root/build/$name"
  (cd "$root/sources" && dpkg-source --no-check -x "$dsc" "$root/build/$name" >/dev/null &&
    sed -n '/^Checksums-Sha256:/,/^[A-Z]/s/^ \([0-9a-f]*\) [0-9]* \(.*\)/\1  \2/p' "$dsc" | sha256sum --check --quiet --ignore-missing)
  cp "$root/build/$name/debian/copyright" "$prefix/licences/$name"
}

cmake_build() { # NAME SUBFOLDER OPTION...
  local name=$1 folder=$root/build/$1/$2; shift 2
  cmake -G Ninja -S "$folder" -B "$root/build/$name/out" -D CMAKE_TOOLCHAIN_FILE="$here/toolchain.cmake" -D CMAKE_BUILD_TYPE=Release \
    -D CMAKE_INSTALL_PREFIX="$prefix" -D CMAKE_INSTALL_LIBDIR:PATH=lib -D BUILD_SHARED_LIBS=OFF -D BUILD_TESTING=OFF \
    -D CMAKE_POSITION_INDEPENDENT_CODE=ON \
    -D CMAKE_C_FLAGS="-ffile-prefix-map=$root=." -D CMAKE_CXX_FLAGS="-ffile-prefix-map=$root=." "$@"
  cmake --build "$root/build/$name/out" --target install -- -j"$jobs"
}

pkg_config() { # NAME LIBRARY [FLAG]
  printf 'prefix=%s\nName: %s\nDescription: %s\nVersion: 0\nCflags: -I%s/include %s\nLibs: -L%s/lib -l%s\n' \
    "$prefix" "$1" "$1" "$prefix" "${3:-}" "$prefix" "$2" >"$prefix/lib/pkgconfig/$1.pc"
}

build_zlib() {
  (cd "$root/build/zlib" && CC=cross-cc AR=cross-ar RANLIB=cross-ranlib CFLAGS='-O3 -fPIC' ./configure --static --prefix="$prefix" &&
    make -j"$jobs" libz.a install)
}
build_libjpeg-turbo() { cmake_build libjpeg-turbo . -D ENABLE_SHARED=OFF -D WITH_TURBOJPEG=OFF -D REQUIRE_SIMD=ON; }
build_tiff() {
  cmake_build tiff . -D tiff-tools=OFF -D tiff-tests=OFF -D tiff-contrib=OFF -D tiff-docs=OFF -D lzma=OFF -D zstd=OFF -D webp=OFF \
    -D lerc=OFF -D jbig=OFF -D libdeflate=OFF -D cxx=OFF
}
build_libspng() {  # its CMake project wants the shared library
  cross-cc -O3 -fPIC -DSPNG_STATIC -I"$prefix/include" -c "$root/build/libspng/spng/spng.c" -o "$root/build/libspng/spng.o"
  cross-ar rcs "$prefix/lib/libspng.a" "$root/build/libspng/spng.o"
  cp "$root/build/libspng/spng/spng.h" "$prefix/include"
  pkg_config spng spng -DSPNG_STATIC
}
build_xxhash() {
  cross-cc -O3 -fPIC -c "$root/build/xxhash/xxhash.c" -o "$root/build/xxhash/xxhash.o"
  cross-ar rcs "$prefix/lib/libxxhash.a" "$root/build/xxhash/xxhash.o"
  cp "$root/build/xxhash"/xx*.h "$prefix/include"
  pkg_config libxxhash xxhash
}
build_libmd() {
  (cd "$root/build/libmd" && ./configure CC=cross-cc AR=cross-ar RANLIB=cross-ranlib CFLAGS='-O2 -fPIC' --host=$host --disable-shared \
    --prefix="$prefix" && make -j"$jobs" -C src install && make -C include install)
  pkg_config libmd md
}
build_eigen3() { cmake_build eigen3 . -D EIGEN_BUILD_DOC=OFF -D CMAKE_DISABLE_FIND_PACKAGE_CUDA=ON; }
build_flatbuffers() {
  cmake_build flatbuffers . -D FLATBUFFERS_BUILD_FLATC=OFF -D FLATBUFFERS_BUILD_FLATHASH=OFF -D FLATBUFFERS_BUILD_TESTS=OFF \
    -D FLATBUFFERS_BUILD_FLATLIB=ON
}
build_cli11() { cmake_build cli11 . -D CLI11_BUILD_EXAMPLES=OFF -D CLI11_BUILD_DOCS=OFF -D CLI11_BUILD_TESTS=OFF; }
build_nlohmann-json3() { cmake_build nlohmann-json3 . -D JSON_BuildTests=OFF; }
# vitrt-convert reads messages and runs nothing else of protobuf. The messages of ONNX are made here, by the protoc of the same
# release, from the .proto that the onnx wheel of packages/python.txt holds.
build_protobuf() {
  cmake_build protobuf . -D protobuf_BUILD_TESTS=OFF -D protobuf_BUILD_PROTOC_BINARIES=OFF -D protobuf_WITH_ZLIB=OFF
  local onnx=$root/build/onnx file
  mkdir -p "$onnx/onnx"
  cp "$VITRT_ONNX_PROTO" "$onnx/onnx/onnx-ml.proto"
  (cd "$onnx" && protoc --cpp_out=. onnx/onnx-ml.proto)
  cross-c++ -std=c++17 -O2 -fPIC -I"$onnx" -I"$prefix/include" "-ffile-prefix-map=$root=." -c "$onnx/onnx/onnx-ml.pb.cc" -o "$onnx/onnx-ml.o"
  cross-ar rcs "$prefix/lib/libonnx_proto.a" "$onnx/onnx-ml.o"
  mkdir -p "$prefix/include/onnx"
  cp "$onnx/onnx/onnx-ml.pb.h" "$prefix/include/onnx"
  echo '#include "onnx/onnx-ml.pb.h"' >"$prefix/include/onnx/onnx_pb.h"
}

while read -r name _; do
  case $name in '' | '#'*) continue ;; esac
  [ ! -f "$root/build/$name.done" ] || continue
  echo "== $name"
  source_of "$name"
  "build_$name"
  touch "$root/build/$name.done"
done <"$here/sources.txt"

# Templates only: the headers that the distribution's packages hold. Boost's source would be 100 MB; the others are for tests.
for headers in boost doctest simde; do
  ln -sfn "/usr/include/$headers" "$prefix/include/$headers"
done
cp /usr/share/doc/libboost-dev/copyright "$prefix/licences/boost"
