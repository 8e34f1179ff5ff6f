# ./dev test. Sourced by ./dev.

passed=0 failed=0 skipped=0

# The counts of a ctest run, from the attributes of its JUnit report.
count_ctest() {
  local n; n() { sed -n "s/^[[:space:]]*$1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1; }
  local all fail skip
  all=$(n tests "$1") fail=$(n failures "$1") skip=$(( $(n skipped "$1") + $(n disabled "$1") ))
  passed=$((passed + all - fail - skip)) failed=$((failed + fail)) skipped=$((skipped + skip))
}

# end_to_end NAME COMMAND...: checks of the programs, end to end, by a script that ends with "N passed, N failed[, N skipped]"
# and whose exit status says the same. One that dies before its closing line is one failure.
end_to_end() {
  local name=$1 status=0 counts; shift
  say "$name"
  "$@" 2>&1 | tee .deps/end_to_end.log || status=$?
  counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' .deps/end_to_end.log | tail -n 1 | tr -dc '0-9 ')
  read -r -a counts <<<"${counts:-0 0}"
  [ "$status" = 0 ] || [ "${counts[1]}" != 0 ] || counts[1]=1
  passed=$((passed + counts[0])) failed=$((failed + counts[1])) skipped=$((skipped + ${counts[2]:-0}))
  [ "${counts[1]}" = 0 ] || printf 'FAILED: %s\n' "$name"
}

cmd_test() {
  local preset=release full=false qemu=false package=false
  while [ $# -gt 0 ]; do
    case $1 in
      --full) full=true ;;
      --qemu) qemu=true ;;
      --package) package=true ;;
      --asan) preset=asan-ubsan ;;
      --tsan) preset=tsan ;;
      --without-onednn) preset=without-onednn ;;
      *) die "test: unknown option $1" ;;
    esac
    shift
  done
  export VITRT_SHARED=${VITRT_SHARED:-$(cd .. && pwd)/shared}
  build "$preset"
  need_references python
  local folder python=.deps/python/bin/python; folder=$(folder_of "$preset")

  say "testing $folder"
  rm -f "$folder/ctest.xml"
  ctest --preset "$preset" --output-junit ctest.xml || true
  [ -f "$folder/ctest.xml" ] || die "ctest did not run"
  count_ctest "$folder/ctest.xml"

  end_to_end "the models package" "$python" tests/models/run.py
  if $qemu; then
    need_packages qemu
    end_to_end "emulated CPUs" "$python" tests/emulated_cpus.py "$folder" tests/golden/vit_layer_scale_ts17.onnx
  fi
  end_to_end "ONNX Runtime" "$python" tests/compare_onnxruntime.py "$folder" tests/golden
  local multi_exit=() four_exits=()
  mapfile -t multi_exit < <(find models/dyn_perceiver models/early_exit_vit -name '*.onnx' | sort)
  mapfile -t four_exits < <(find models -name 'dynp_*.onnx' | sort)
  end_to_end "exits in batches" "$python" tests/compare_exits.py "$folder" "${multi_exit[@]}"
  end_to_end "generated models of several outputs" "$python" tests/compare_outputs.py "$folder"
  end_to_end "official threshold sweep" "$python" tests/compare_official_sweep.py "$folder" "${four_exits[@]}"
  if $full; then
    need_references torchvision --no-deps
    need_references torch
    end_to_end "full-size exports" "$python" tests/full_size.py "$folder" .deps/full
    need_references wheel
    CMAKE_PREFIX_PATH=$PWD/.deps/onednn:$PWD/.deps/libspng-dev \
      end_to_end "Python wheel" "$python" tests/compare_python.py "$folder" --wheel
    need_references ray
    need_onnx_tests
    end_to_end "ONNX node tests up to opset 27" "$folder/onnx_node_tests" .deps/onnx-tests/onnx/backend/test/data/node \
      tests/onnx/node_tests_1.22.txt
  fi
  if $package; then
    need_packages wine
    need_references auditwheel
    cmd_package --with-windows-tests
    end_to_end "what is packaged" "$python" tests/package/portable.py dist "$folder"
    end_to_end "what is packaged, in hard places" "$python" tests/hard_places.py "dist/vitrt-$(version_of_tree)-linux-x86_64.tar.xz"
    end_to_end "what is packaged for Windows, under Wine" "$python" tests/package/wine.py dist "$folder" build-windows
    end_to_end "what is packaged, in bare systems" "$python" tests/package/roots.py dist .deps/roots
  fi
  end_to_end "monitoring" "$python" tests/compare_monitoring.py "$folder"
  end_to_end "Python module" "$python" tests/compare_python.py "$folder"
  end_to_end "the server" "$python" tests/compare_serve.py "$folder"
  end_to_end "the line" "$python" tests/compare_line.py "$folder"
  end_to_end "a Ray cluster" "$python" tests/compare_ray.py "$folder"
  end_to_end "fault injection" "$python" tests/fault_injection.py "$folder"
  end_to_end "hard places" "$python" tests/hard_places.py "$folder"
  if [ -f "$VITRT_SHARED/contract/check_cli.py" ]; then
    end_to_end "command-line contract" "$python" "$VITRT_SHARED/contract/check_cli.py" "$folder"
  else
    say "command-line contract: skipped, $VITRT_SHARED/contract is not there"
    skipped=$((skipped + 1))
  fi

  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" = 0 ]
}
