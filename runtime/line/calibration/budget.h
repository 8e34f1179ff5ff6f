// The cheapest thresholds with at most a given number of errors.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/line/calibration/promise.h"

namespace vitrt::calibration {

// Thresholds [exits] (the last kAlwaysTaken, an exit not worth taking kNeverTaken) with at most `max_errors` events
// of `error` (whose rate does not matter here) on `records` and the least mean cost that the search finds. cost:
// [exits], rising.
//
// Search: the errors are shared out over the early exits in every way (in at most 24 levels per exit; fewer beyond
// three early exits); with its share an exit takes the lowest threshold that keeps to it, on the images that earlier
// exits left. For one exit this is exact; for several it is greedy in the exits' order. `enabled` [exits] leaves exits
// out. A threshold lies up to 1e-5 below the last confidence that it takes, so that images near it leave at the same
// exit on every tier.
std::vector<float> CheapestThresholds(const Records& records, const Promise& error, int64_t max_errors,
                                      std::span<const double> cost, const std::vector<bool>& enabled);

}  // namespace vitrt::calibration
