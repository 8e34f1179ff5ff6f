// Measures what each dense layer of an fp32 plan reads, on images, for Int8Options::inputs.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "converters/int8/statistics.h"
#include "runtime/engine/inspect.h"

namespace vitrt::convert {

class InputObserver final : public StepObserver {
 public:
  explicit InputObserver(const Engine& engine) : steps_(InspectSteps(engine)) {}

  // From now on the session's runs count, until the session or this is gone.
  void Watch(Session* session) { SetObserver(session, this); }

  void Before(int step, Values inputs) override;
  void After(int, Values) override {}

  // Names that several layers have are left out.
  StatisticsByName Statistics() const;

 private:
  struct Sum {
    int step = -1;
    double count = 0;          // of rows
    int64_t seen = 0;          // what could be sampled
    int64_t every = 1;         // how many of that one sample stands for
    InputStatistics channels;  // sums where they will be means
  };
  static void Sample(Sum* sum, const float* x, size_t rows, size_t channels);
  std::vector<StepInfo> steps_;
  std::map<std::string, Sum> sums_;
  std::set<std::string> ambiguous_;
};

}  // namespace vitrt::convert
