#include "converters/input_statistics.h"

#include <algorithm>
#include <cmath>

namespace vitrt::convert {

// One of several rows; with rows = all rows of a map, the map.
void InputObserver::Sample(Sum* sum, const float* x, size_t rows, size_t channels) {
  constexpr size_t kMost = 64;
  if (sum->seen++ % sum->every != 0) return;
  Quantised sample{{x, x + channels}, {x, x + channels}};
  for (size_t i = channels; i < rows * channels; ++i) {
    sample.low[i % channels] = std::min(sample.low[i % channels], x[i]);
    sample.high[i % channels] = std::max(sample.high[i % channels], x[i]);
  }
  std::vector<Quantised>& samples = sum->channels.samples;
  samples.push_back(std::move(sample));
  if (samples.size() < kMost) return;
  for (size_t i = 1; i < kMost / 2; ++i) samples[i] = std::move(samples[2 * i]);
  samples.resize(kMost / 2);
  sum->every *= 2;
}

void InputObserver::Before(int step, Values inputs) {
  const StepInfo& info = steps_[static_cast<size_t>(step)];
  if (info.op != "Linear" && info.op != "Conv2d") return;
  const auto channels = static_cast<size_t>(info.input_dims[0].back());
  Sum& sum = sums_[info.name];
  if (sum.step < 0) {
    const std::vector<double> zeros(channels);
    sum.step = step;
    sum.channels = {zeros, zeros, zeros, {}};
  }
  if (sum.step != step) {
    ambiguous_.insert(info.name);
    return;
  }
  const auto* x = reinterpret_cast<const float*>(inputs[0].data());
  const size_t rows = inputs[0].size() / sizeof(float) / channels;
  InputStatistics& s = sum.channels;
  if (info.op == "Conv2d") Sample(&sum, x, rows, channels);
  for (size_t row = 0; row < rows; ++row) {
    if (info.op == "Linear") Sample(&sum, x + row * channels, 1, channels);
    for (size_t c = 0; c < channels; ++c) {
      const auto value = static_cast<double>(x[row * channels + c]);
      s.mean[c] += value;
      s.square[c] += value * value;
      s.largest[c] = std::max(s.largest[c], std::abs(value));
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
