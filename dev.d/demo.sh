# ./dev demo. Sourced by ./dev.

show() { printf '$ %s\n' "$*"; "$@"; }

cmd_demo() {
  build release vitrt vitrt-convert
  local model stem plan shown=0
  mkdir -p build/demo
  for model in models/*/*_defects.onnx; do
    [ -e "$model" ] || continue
    stem=${model%.onnx} plan=build/demo/$(basename "${model%.onnx}").plan
    local options=(--batch 16 --verify)
    [ ! -e "$stem.labels.txt" ] || options+=(--labels "$stem.labels.txt")
    [ ! -e "$stem.preprocess.json" ] || options+=(--preprocess "$stem.preprocess.json")
    say "$(basename "$stem")"
    show build/vitrt-convert "$model" -o "$plan" "${options[@]}"
    local infer=()  # easy images leave at an early exit where there is one
    [ "$(basename "$model")" = vit_defects.onnx ] || infer=(--threshold 0.9)
    show build/vitrt infer "$plan" models/defects/samples "${infer[@]}"
    shown=$((shown + 1))
  done
  [ "$shown" -gt 0 ] || die "no model to show: models/ holds no trained export"
  say "a sheet in tiles, with early exits and beside it tile by tile to the last exit"
  # Thresholds as the calibration of docs/exits.md, "Choosing thresholds", chose them for this model.
  show build/vitrt scan build/demo/dynp_defects.plan models/defects/sheet.jpg --tile 160 --good none \
    --threshold early3=0.562,att=0.563 --baseline -o build/demo/heat.png
}
