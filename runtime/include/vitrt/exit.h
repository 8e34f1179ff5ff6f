// Early exits: what a plan offers and what a run may override. Semantics: docs/exits.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrt {

// Confidence of an exit, from the probabilities p of its classes in fp32.
enum class ExitPolicy : uint8_t {
  kMaxProb,        // largest p
  kMargin,         // largest minus second largest p
  kEntropy,        // 1 - H(p) / ln(classes)
  kGeometricMean,  // of p over the exits tried so far, this one included, scaled to sum 1: that of this exit's class
};

// What the model's output of an exit is, and so what p is.
enum class ExitMeaning : uint8_t {
  kLogits,             // one a class: p = softmax
  kProbabilities,      // one a class, of a model that ends in softmax: p as it is
  kBinaryLogit,        // one number x; classes 0, negative, and 1, positive: p = [1 - s, s] with s = sigmoid(x)
  kBinaryProbability,  // one number s, of a model that ends in sigmoid: p = [1 - s, s]
};

struct ExitInfo {
  std::string name;
  int index = 0;  // order in which exits are tried
  int64_t classes = 0;
  ExitMeaning meaning = ExitMeaning::kLogits;
  std::vector<int64_t> dims = {};  // of the model's output for one image: [1, classes] mostly
  float threshold = 2.0f;  // answers when confidence >= threshold; > 1 never, <= 0 always; ignored for the last exit
  bool enabled = true;
  double flops = 0;  // executed by one image that leaves here, all segments up to it
};

// The index of the exit of that name; "last" is the last one, whatever the exits are called. nullopt: there is none.
inline std::optional<int> ExitNamed(std::string_view name, std::span<const ExitInfo> exits) {
  if (name == "last" && !exits.empty()) return exits.back().index;
  for (const ExitInfo& exit : exits) {
    if (exit.name == name) return exit.index;
  }
  return std::nullopt;
}

// What one run may override. Default: everything as the plan says.
struct RunOptions {
  std::vector<std::optional<float>> thresholds;  // by exit index; empty or nullopt: the plan's
  std::vector<std::optional<bool>> enabled;      // by exit index
  std::optional<ExitPolicy> policy;
  std::optional<int> force_exit;      // answer at this exit, whatever the confidences (also a disabled one)
  std::optional<double> deadline_ms;  // from the start of the call; not beside force_exit or all_exits
  bool measure_input = false;         // fill Prediction::input (images only)
  bool all_exits = false;             // run to the end and keep every exit's logits; the policy still decides the exit
};

}  // namespace vitrt
