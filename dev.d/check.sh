# ./dev fuzz, lint and clean. Sourced by ./dev.

cmd_fuzz() {
  need_packages fuzz
  build fuzz fuzz
  local harness
  for harness in ${1:-image plan tables request kernels onnx recipe}; do
    say "fuzzing $harness; new inputs go to .deps/fuzz/$harness, a finding to crash-*"
    mkdir -p ".deps/fuzz/$harness"
    local seeds=("tests/fuzz/corpus/$harness")
    [ "$harness" != image ] || seeds+=(tests/image/golden)
    [ "$harness" != onnx ] || seeds+=(/usr/share/libonnx-testdata/data/node)  # small models of every operator
    ASAN_OPTIONS=allocator_may_return_null=1 "build-fuzz/fuzz_$harness" -max_total_time="${2:-60}" -timeout=20 \
      -print_final_stats=1 ".deps/fuzz/$harness" "${seeds[@]}"
  done
}

sources() { git ls-files --cached --others --exclude-standard -- '*.cc' '*.h' '*.inl'; }

cmd_lint() {
  need_packages lint
  case "${1:-}" in
    --fix) sources | xargs -r clang-format-14 -i; return ;;
    '' | --all) ;;
    *) die "lint: unknown option $1" ;;
  esac
  say "format"
  local bad=0 files
  sources | xargs -r clang-format-14 --dry-run -Werror || bad=1
  if [ "${1:-}" = --all ]; then
    files=$(sources)
  else
    files=$({ git diff --name-only --diff-filter=d HEAD; git ls-files --others --exclude-standard; } | sort -u)
  fi
  files=$(grep '\.cc$' <<<"$files" || true)
  if [ -n "$files" ]; then
    build lint generated/runtime/plan/plan_generated.h toy_overlay
    say "clang-tidy on $(wc -l <<<"$files") files"
    xargs -r -P "$(nproc)" -n 1 clang-tidy-14 --quiet -p build-lint <<<"$files" || bad=1
  fi
  [ $bad = 0 ] || die "lint found something; './dev lint --fix' corrects the format"
  say "lint: clean"
}

cmd_clean() {
  rm -rf build build-*
  [ "${1:-}" != --all ] || rm -rf .deps
}
