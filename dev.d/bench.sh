# ./dev bench. Sourced by ./dev.

# Random weights, into .deps/full; what is there already stays.
export_full_size() {
  say "exporting full-size models into .deps/full"
  quietly export-full .deps/python/bin/python tests/full_size.py --export .deps/full --only "$@"
}

# The three models with published checkpoints, at full size with random weights, and the trained ones that are shipped.
bench_exits() {
  local python=.deps/python/bin/python models=.deps/exits more=() full
  full=(.deps/full/dyn_perceiver_{reg800m,resnet50_0375,mobilenetV3_0x75}_perceiver_t128_ts17)
  local data=${VITRT_SHARED:-$(cd .. && pwd)/shared}/data/magnetic-tile/val
  export_full_size "${full[@]##*/}"
  [ -d "$models/defects" ] || quietly generate-defects "$python" -m models.defects --out "$models/defects" --count 600 --seed 5
  more=(--trained models/dyn_perceiver/dynp_defects.onnx "$models/defects")
  if [ -d "$data" ]; then
    more+=(--trained models/dyn_perceiver/dynp_magnetic_tile.onnx "$data")
  else
    say "magnetic tiles: left out, $data is not there"
  fi
  "$python" bench/exits/exits.py build --out bench/results --forced "${full[@]/%/.onnx}" "${more[@]}"
}

cmd_bench() {
  case "${1:-}" in
    kernels)
      build release bench_kernels bench_rows
      if [[ " $* " = *" --assert "* ]]; then build/bench/bench_rows "${@:2}"; else build/bench/bench_kernels "${@:2}"; fi
      ;;
    peers)
      build release vitrt vitrt-convert
      local set models
      need_references torchvision --no-deps
      for set in python peers torch; do need_references "$set"; done
      mkdir -p .deps/plans bench/results
      if [ -z "${2:-}" ]; then
        mapfile -t models < <(sed -n 's/.*"file": "\([^"]*\).onnx".*/\1/p' bench/peers/workloads.json | sort -u)
        export_full_size "${models[@]}"
        quietly export-resolutions .deps/python/bin/python bench/peers/resolutions.py .deps/full
      fi
      .deps/python/bin/python bench/peers/peers.py build "${2:-.deps/full}" --plans .deps/plans --json bench/results/peers.json
      .deps/python/bin/python bench/peers/alone.py build "${2:-.deps/full}" bench/results/peers.json --plans .deps/plans
      .deps/python/bin/python bench/peers/report.py bench/results/peers.json bench/results
      ;;
    exits)
      build release vitrt vitrt-convert
      need_references python
      need_references torch
      bench_exits
      ;;
    scan)
      build release vitrt vitrt-convert
      need_references python
      .deps/python/bin/python bench/scan/scan.py build .deps/scan bench/results
      ;;
    serve)
      build release vitrt vitrt-convert
      need_references python
      need_references serve
      .deps/python/bin/python bench/serve/serve.py build bench/results --requests 100000 --peer .deps/python/bin/python
      ;;
    ray)
      build release vitrt vitrt-convert vitrt_shared
      need_references python
      need_references torch
      need_references ray
      export_full_size vit_small16_ts17
      .deps/python/bin/python bench/ray/scaling.py build bench/results models/dyn_perceiver/dynp_magnetic_tile.onnx \
        .deps/full/vit_small16_ts17.onnx
      ;;
    tune)
      build release vitrt vitrt-convert
      need_references python
      need_references torch
      local full=({dyn_perceiver_{reg800m,resnet50_0375,mobilenetV3_0x75}_perceiver_t128,vit_small16,swin_tiny}_ts17)
      export_full_size "${full[@]}"
      full=("${full[@]/#/.deps/full/}")
      .deps/python/bin/python bench/tune/tune.py build .deps/plans bench/results "${full[@]/%/.onnx}" \
        models/early_exit_vit/early_exit_vit_defects.onnx models/dyn_perceiver/dynp_magnetic_tile.onnx
      ;;
    *) die "bench: kernels, peers, exits, ray, scan, serve or tune" ;;
  esac
}
