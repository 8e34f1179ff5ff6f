// Thresholds from exit quotas: the procedure of the official Dyn-Perceiver evaluation (Han et al., ICCV 2023,
// arXiv:2306.11248, adaptive_inference.py), which follows MSDNet (Huang et al., ICLR 2018).
#pragma once

#include <span>
#include <vector>

#include "runtime/line/calibration/records.h"

namespace vitrt::calibration {

// Threshold of an exit that no image of the calibration set reached its quota with: never taken.
inline constexpr float kNeverTaken = 1e8f;
// Threshold of the last exit: always taken.
inline constexpr float kAlwaysTaken = -1e8f;

// The 33 quota vectors of the official sweep, each [exits] with sum 1, from "nearly all leave first" to "nearly all
// leave last": p_i = (i + 4)/20 for i = 0..16, then the mirrored 20/(i + 4); w_j = p^j (j = 1..exits), normalised.
// With 4 exits the official scaling k = [0.85, 1, 0.5, 1] follows: w_j *= k_j, the remainder shared out in proportion.
// Arithmetic in fp32, as there.
std::vector<std::vector<float>> OfficialQuotas(int exits);

// Greedy, exit by exit: images that have not left yet, by falling confidence; the floor(images * quota[k])-th of them
// sets T[k]; everything with confidence >= T[k] leaves. A quota of no image, or one that is never reached: kNeverTaken.
std::vector<float> ThresholdsForQuota(const Records& records, std::span<const float> quota);

}  // namespace vitrt::calibration
