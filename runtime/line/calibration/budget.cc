#include "runtime/line/calibration/budget.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "runtime/line/calibration/quota.h"

namespace vitrt::calibration {
namespace {

class Search {
 public:
  Search(const Records& r, const Promise& error, std::span<const double> cost, const std::vector<bool>& enabled)
      : r_(r), cost_(cost), enabled_(enabled), order_(r.exits), wrong_(r.exits) {
    const int last = r.exits - 1;
    // 24 levels up to three early exits, fewer for more of them: the search visits levels^exits settings.
    most_levels_ = std::min<int64_t>(24, std::llround(std::pow(24.0, 3.0 / std::max(1, last))));
    for (int k = 0; k < last; ++k) {
      order_[k].resize(r.images);
      std::iota(order_[k].begin(), order_[k].end(), 0);
      std::erase_if(order_[k], [&](int i) { return std::isnan(r.confidence_of(k, i)) || r.barred(k, i); });
      std::stable_sort(order_[k].begin(), order_[k].end(),
                       [&](int a, int b) { return r.confidence_of(k, a) > r.confidence_of(k, b); });
      wrong_[k].resize(r.images);
      for (int i = 0; i < r.images; ++i) wrong_[k][i] = IsEvent(r, k, i, error);
    }
    current_.assign(r.exits, kNeverTaken);
    current_[last] = kAlwaysTaken;
    best_ = current_;
    best_cost_ = r.images * cost[last];
  }

  std::vector<float> Run(int64_t max_errors) {
    if (max_errors >= 0) Visit(0, max_errors, std::vector<bool>(r_.images, false), 0.0);
    return best_;
  }

 private:
  // Exit k may spend up to `budget` errors on the images that have not left; spent: cost of those that have.
  void Visit(int k, int64_t budget, const std::vector<bool>& left, double spent) {
    if (k == r_.exits - 1) {
      const auto rest = std::count(left.begin(), left.end(), false);
      const double total = spent + static_cast<double>(rest) * cost_[k];
      if (total < best_cost_) best_cost_ = total, best_ = current_;
      return;
    }
    current_[k] = kNeverTaken;
    Visit(k + 1, budget, left, spent);
    if (!enabled_[k]) return;
    const int64_t levels = std::min(budget, most_levels_ - 1);
    float previous = kNeverTaken;
    for (int64_t level = 0; level <= levels; ++level) {
      const int64_t share = levels == 0 ? 0 : budget * level / levels;
      int64_t errors = 0;
      std::vector<bool> now = left;
      const int taken = Take(k, share, &now, &errors);
      if (taken == 0 || current_[k] == previous) continue;
      previous = current_[k];
      Visit(k + 1, budget - errors, now, spent + taken * cost_[k]);
      current_[k] = previous;
    }
    current_[k] = kNeverTaken;
  }

  // A threshold that takes `accepted` and leaves `rejected`, both confidences seen: a little below the former, so that
  // another tier's rounding of the same confidence does not change the decision.
  static float Between(float accepted, float rejected) {
    constexpr float kRounding = 1e-5f;
    const float threshold = accepted - std::min(kRounding, (accepted - rejected) / 2);
    return threshold > rejected ? threshold : accepted;
  }

  // Lowest threshold of exit k with at most `share` errors; images of equal confidence leave together.
  int Take(int k, int64_t share, std::vector<bool>* left, int64_t* errors) {
    int taken = 0;
    float accepted = kNeverTaken, rejected = 0;
    const std::vector<int>& order = order_[k];
    for (size_t i = 0; i < order.size();) {
      const float confidence = r_.confidence_of(k, order[i]);
      size_t end = i;
      int64_t group_errors = 0;
      int group = 0;
      for (; end < order.size() && r_.confidence_of(k, order[end]) == confidence; ++end) {
        if ((*left)[order[end]]) continue;
        ++group;
        group_errors += wrong_[k][order[end]];
      }
      if (*errors + group_errors > share) {
        rejected = confidence;
        break;
      }
      *errors += group_errors;
      if (group > 0) {
        taken += group;
        accepted = confidence;
        for (size_t j = i; j < end; ++j) (*left)[order[j]] = true;
      }
      i = end;
    }
    current_[k] = taken == 0 ? kNeverTaken : Between(accepted, rejected);
    return taken;
  }

  const Records& r_;
  std::span<const double> cost_;
  const std::vector<bool>& enabled_;
  std::vector<std::vector<int>> order_;      // [exit]: images by falling confidence
  std::vector<std::vector<uint8_t>> wrong_;  // [exit][image]
  std::vector<float> current_, best_;
  double best_cost_ = 0;
  int64_t most_levels_ = 24;
};

}  // namespace

std::vector<float> CheapestThresholds(const Records& records, const Promise& error, int64_t max_errors,
                                      std::span<const double> cost, const std::vector<bool>& enabled) {
  return Search(records, error, cost, enabled).Run(max_errors);
}

}  // namespace vitrt::calibration
