#!/usr/bin/env bash
# Trains every model of RESULTS.md, each after those that it starts from: models/train_all.sh RUNS TILES
# TILES has train/<class>/ and val/<class>/. What was interrupted goes on; give the command again. Hours on two cores.
# The options are those of the last leg of the runs that RESULTS.md shows (NAME.train.json has every leg of the shipped
# ones), from the start: scores come out close to the page, not equal to it.
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
tiles=(--data "$images" --batch 16 --smoothing 0.05 --eval-every 100 --no-quarter-turns --shift 4)

train vit_defects --system vit "${defects[@]}" --steps 1500 --easy-first 800
train dynp_defects --system dyn_perceiver "${defects[@]}" --steps 1000 --easy-first 800
train swin_defects --system swin "${defects[@]}" --steps 1500 --batch 16 --easy-first 800 --eval-every 100
train early_exit_vit_defects --system early_exit_vit "${defects[@]}" --init-from "$runs/vit_defects/best.pt" --steps 450 \
  --batch 24 --lr 5e-4 --eval-every 90

train vit_magnetic_tile --system vit "${tiles[@]}" --init-from "$runs/vit_defects/best.pt" --steps 3900 --lr 6e-4
train mpvg_magnetic_tile --system mpvg "${tiles[@]}" --init-from "$runs/vit_defects/best.pt" --steps 2400 --lr 6e-4
train manifold_key_magnetic_tile --system manifold_key "${tiles[@]}" --init-from "$runs/vit_defects/best.pt" --steps 3200 \
  --lr 8e-4
train dynp_magnetic_tile --system dyn_perceiver "${tiles[@]}" --init-from "$runs/dynp_defects/best.pt" --steps 7000 --lr 8e-4
train swin_magnetic_tile --system swin "${tiles[@]}" --init-from "$runs/swin_defects/best.pt" --steps 3000 --lr 5e-4

"$python" -m models.mapet.pretrain --data defects --cache "$runs/cache" --teacher "$runs/vit_defects/best.pt" \
  --out "$runs/mapet_pretrained" --steps 1200 --batch 16
train mapet_magnetic_tile --system mapet "${tiles[@]}" --init-from "$runs/mapet_pretrained/best.pt" --steps 800 --lr 8e-4
train mapet_alone_magnetic_tile --system mapet "${tiles[@]}" --steps 800 --lr 8e-4
