#include "converters/input_statistics.h"

#include <algorithm>

namespace vitrt::convert {

void InputObserver::Before(int step, Values inputs) {
  const StepInfo& info = steps_[static_cast<size_t>(step)];
  if (info.op != "Linear" && info.op != "Conv2d") return;
  const auto channels = static_cast<size_t>(info.input_dims[0].back());
  Sum& sum = sums_[info.name];
  if (sum.step < 0) {
    const std::vector<double> zeros(channels);
    sum = {step, 0, {zeros, zeros, zeros, zeros}};
  }
  if (sum.step != step) {
    ambiguous_.insert(info.name);
    return;
  }
  const auto* x = reinterpret_cast<const float*>(inputs[0].data());
  const size_t rows = inputs[0].size() / sizeof(float) / channels;
  InputStatistics& s = sum.channels;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t c = 0; c < channels; ++c) {
      const auto value = static_cast<double>(x[row * channels + c]);
      s.mean[c] += value;
      s.square[c] += value * value;
      s.low[c] = std::min(s.low[c], value);
      s.high[c] = std::max(s.high[c], value);
    }
  }
  sum.count += static_cast<double>(rows);
}

StatisticsByName InputObserver::Statistics() const {
  StatisticsByName found;
  for (const auto& [name, sum] : sums_) {
    if (ambiguous_.contains(name) || sum.count == 0) continue;
    InputStatistics& s = found[name] = sum.channels;
    for (double& value : s.mean) value /= sum.count;
    for (double& value : s.square) value /= sum.count;
  }
  return found;
}

}  // namespace vitrt::convert
