# Dependencies: packages, oneDNN, Python references. Sourced by ./dev.

# apt_packages SECTION: the names in that section of packages/apt.txt.
apt_packages() { awk -v want="[$1]" '/^\[/ { on = ($1 == want) } on && /^[a-z0-9]/ { print $1 }' packages/apt.txt; }

need_packages() {
  local missing=() known=() name
  for name in $(apt_packages "$1"); do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || true)" = installed ] ||
      [ -e ".deps/$name/stamp" ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "this machine has no apt-get; install what packages/apt.txt lists under [$1]"
  local root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "missing packages, and neither root nor sudo; have installed: ${missing[*]}"
    root=(sudo)
    sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; } || die "sudo refused; have installed: ${missing[*]}"
  fi
  say "installing packages: ${missing[*]}"
  quietly apt-update "${root[@]}" apt-get update
  for name in "${missing[@]}"; do
    if apt-cache show "$name" >/dev/null 2>&1; then known+=("$name")
    elif ! declare -F "source_of_$name" >/dev/null; then die "this release has no package $name"; fi
  done
  quietly apt-install "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${known[@]}"
  for name in "${missing[@]}"; do
    [[ " ${known[*]} " = *" $name "* ]] || "source_of_$name"
  done
}

# For Ubuntu 22.04, which has no package of it.
source_of_libspng-dev() {
  local commit=fb768002d4288590083a476af628e51c3f1d47cd  # v0.7.4
  local source=.deps/src/libspng prefix=$PWD/.deps/libspng-dev
  say "building libspng into .deps/libspng-dev"
  rm -rf "$source" "$prefix"
  quietly spng-fetch git clone --depth 1 --branch v0.7.4 https://github.com/randy408/libspng.git "$source"
  [ "$(git -C "$source" rev-parse HEAD)" = "$commit" ] || die "v0.7.4 of libspng is not the commit it should be"
  quietly spng-configure cmake -G Ninja -S "$source" -B "$source/build" -D CMAKE_C_COMPILER=gcc-12 \
    -D CMAKE_BUILD_TYPE=Release -D CMAKE_INSTALL_PREFIX="$prefix" -D SPNG_STATIC=OFF -D BUILD_EXAMPLES=OFF
  quietly spng-build cmake --build "$source/build" --target install
  echo "$commit" >"$prefix/stamp"
}

# True when STAMP does not record this very content of FILES; stamped STAMP FILES... records it.
stale() { [ "$(cat "$1" 2>/dev/null)" != "$(sha256sum "${@:2}")" ]; }
stamped() { sha256sum "${@:2}" >"$1"; }

need_python() {
  [ -x .deps/python/bin/pip ] && .deps/python/bin/python -c '' 2>/dev/null && return 0
  say "making a Python environment in .deps/python"
  rm -rf .deps/python
  quietly venv /usr/bin/python3 -m venv .deps/python
}

need_onednn() {
  stale .deps/onednn/stamp packages/onednn.txt || return 0
  need_python
  say "fetching oneDNN into .deps/onednn"
  rm -rf .deps/onednn
  quietly onednn .deps/python/bin/pip install --no-deps --only-binary :all: --prefix "$PWD/.deps/onednn" \
    -r packages/onednn.txt
  stamped .deps/onednn/stamp packages/onednn.txt
}

# The operator tests of an ONNX release newer than the distribution's; apart from .deps/python, which has another one.
need_onnx_tests() {
  stale .deps/onnx-tests/stamp packages/onnx-tests.txt || return 0
  need_python
  say "fetching the ONNX project's tests into .deps/onnx-tests"
  rm -rf .deps/onnx-tests
  quietly onnx-tests .deps/python/bin/pip install --no-deps --only-binary :all: --target "$PWD/.deps/onnx-tests" \
    -r packages/onnx-tests.txt
  stamped .deps/onnx-tests/stamp packages/onnx-tests.txt
}

# need_references LIST [OPTION...]: Python packages of packages/LIST.txt, which tests compare with; options are pip's.
need_references() {
  need_python
  stale ".deps/python/$1.stamp" "packages/$1.txt" || return 0
  say "installing the Python references of packages/$1.txt into .deps/python"
  quietly "pip-$1" .deps/python/bin/pip install --only-binary :all: "${@:2}" -r "packages/$1.txt"
  stamped ".deps/python/$1.stamp" "packages/$1.txt"
}
