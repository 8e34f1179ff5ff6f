# ./dev demo. Sourced by ./dev.

show() { printf '$ %s\n' "$*"; "$@"; }

cmd_demo() {
  build release vitrt vitrt-convert
  local model stem plan shown=0
  mkdir -p build/demo
  for model in models/*/*_defects.onnx; do
    [ -e "$model" ] || continue
    stem=${model%.onnx} plan=build/demo/$(basename "${model%.onnx}").plan
    local options=(--verify)
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
}
