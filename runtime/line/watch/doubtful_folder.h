// --keep-doubtful: copies of the images that a person should review, with their predictions: the next training set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <tuple>

#include "vitrt/status.h"

namespace vitrt::watch {

struct DoubtfulOptions {
  std::string folder{};  // "": keeps nothing
  double below = 0.7;    // confidence under which a prediction is doubtful
  double megabytes = 1000;
};

struct DoubtfulImage {
  std::string name;        // of the file
  std::string hash;        // of its bytes
  std::string json;        // the prediction, a line
  double confidence = 0;   // 0 where there is no decision
  bool disagreed = false;  // the last exit, run for the shadow sample, predicts another class
  std::span<const std::byte> bytes;
};

// Each image is CCCC-HASH-NAME, with CCCC its confidence in per mille (0000 where exits disagreed), and beside it the
// same with ".json". Where the folder is full, the most confident are deleted. Other files are left alone. Movable.
class DoubtfulFolder {
 public:
  // Makes the folder and counts what earlier runs kept. Errors: kInvalidArgument (it cannot be written into).
  static Result<DoubtfulFolder> Open(const DoubtfulOptions& options);

  bool on() const { return !options_.folder.empty(); }
  // Keeps the image if it is doubtful; in a full folder only if a kept image is more confident, which is deleted then.
  // Errors: kInternal (disk full).
  Status Offer(const DoubtfulImage& image);

 private:
  using Kept = std::tuple<int, std::string, uint64_t>;  // per mille, name, bytes of both files
  void Count();
  void Remove(const Kept& kept);

  DoubtfulOptions options_;
  std::set<Kept> kept_;
  uint64_t bytes_ = 0;
};

}  // namespace vitrt::watch
