// The paths of settings for fixed-sequence testing, and the images that one is fitted to.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "runtime/line/calibration/fixed_sequence.h"

namespace vitrt::calibration {

// One threshold for every enabled exit, falling from "never" to 0: 1 - t grows from 1e-7 to 1, a hundred steps a
// decade. Takes no image, so that all of them may test.
Path CommonPath(int exits, const std::vector<bool>& enabled);

// Pareto Testing (Laufer-Goldshtein, Fisch, Barzilay, Jaakkola, ICLR 2023, arXiv:2210.07913): the cheapest thresholds
// for 0, 1, 2, ... events of `promise` on `fit`, before them those without an event drawn back towards "never". `fit`
// must not test it.
Path FittedPath(const Records& fit, const Promise& promise, std::span<const double> cost,
                const std::vector<bool>& enabled);

// A seeded part of `share` of the images, and the others; both in rising order.
std::pair<std::vector<int>, std::vector<int>> DrawPart(int images, double share, uint64_t seed);

}  // namespace vitrt::calibration
