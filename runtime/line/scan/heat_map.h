// Scores of tiles as colour over the image they were cut from.
#pragma once

#include <span>
#include <vector>

#include "runtime/image/decode.h"
#include "runtime/line/scan/overview.h"
#include "runtime/line/scan/regions.h"
#include "runtime/line/scan/tiles.h"

namespace vitrt::scan {

// The overview, and over each pixel the mean score of the tiles that cover it, from nothing (0) over yellow to red (1).
// scores: one for each tile, in [0, 1], or NaN where there is no decision; pixels that only such tiles cover are blue.
image::DecodedImage HeatMap(const Overview& overview, std::span<const Tile> tiles, std::span<const float> scores);

// Draws a box around each region.
void DrawBoxes(std::span<const Region> regions, int64_t step, image::DecodedImage* map);

}  // namespace vitrt::scan
