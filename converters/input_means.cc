#include "converters/input_means.h"

namespace vitrt::convert {

void InputMeans::Before(int step, Values inputs) {
  const StepInfo& info = steps_[static_cast<size_t>(step)];
  if (info.op != "Linear" && info.op != "Conv2d") return;
  Sum& sum = sums_[info.name];
  if (sum.step < 0) {
    sum.step = step;
    sum.channels.resize(static_cast<size_t>(info.input_dims[0].back()));
  }
  if (sum.step != step) {
    ambiguous_.insert(info.name);
    return;
  }
  const auto* x = reinterpret_cast<const float*>(inputs[0].data());
  const size_t channels = sum.channels.size(), rows = inputs[0].size() / sizeof(float) / channels;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t c = 0; c < channels; ++c) sum.channels[c] += static_cast<double>(x[row * channels + c]);
  }
  sum.count += static_cast<double>(rows);
}

std::map<std::string, std::vector<double>> InputMeans::Means() const {
  std::map<std::string, std::vector<double>> means;
  for (const auto& [name, sum] : sums_) {
    if (ambiguous_.contains(name) || sum.count == 0) continue;
    std::vector<double>& mean = means[name] = sum.channels;
    for (double& value : mean) value /= sum.count;
  }
  return means;
}

}  // namespace vitrt::convert
