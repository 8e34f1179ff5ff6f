# Building. Sourced by ./dev.

folder_of() { [ "$1" = release ] && echo build || echo "build-$1"; }

# build PRESET [TARGET...]: configures if needed, then compiles everything, or the targets, into the preset's folder.
build() {
  need_packages build
  need_onednn
  local folder; folder=$(folder_of "$1")
  export CXX=${CXX:-g++-12}
  local cc=${CXX/clang++/clang}; export CC=${CC:-${cc/g++/gcc}}
  if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
  if [ ! -f "$folder/build.ninja" ] || [ CMakePresets.json -nt "$folder/build.ninja" ]; then
    say "configuring $folder with $CXX"
    quietly "configure-$1" cmake --preset "$1"
  fi
  say "building $folder"
  cmake --build "$folder" ${2:+--target "${@:2}"}
}

cmd_build() {
  case "${1:-}" in
    '') build release vitrt vitrt-convert; say "built $(cd build && du -h vitrt vitrt-convert | tr '\t\n' '  ')" ;;
    --debug) build dev vitrt vitrt-convert ;;
    *) die "build: unknown option $1" ;;
  esac
}
