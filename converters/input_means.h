// The mean of what each dense layer of an fp32 plan reads, on images: what rounding its weights adds to its sums on average
// follows from it (Int8Options::input_means).
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/engine/inspect.h"

namespace vitrt::convert {

class InputMeans final : public StepObserver {
 public:
  explicit InputMeans(const Engine& engine) : steps_(InspectSteps(engine)) {}

  // From now on the session's runs count, until the session or this is gone.
  void Watch(Session* session) { SetObserver(session, this); }

  void Before(int step, Values inputs) override;
  void After(int, Values) override {}

  // By the layer's name, the mean of each input channel. Names that several layers have are left out.
  std::map<std::string, std::vector<double>> Means() const;

 private:
  struct Sum {
    int step = -1;
    double count = 0;
    std::vector<double> channels;
  };
  std::vector<StepInfo> steps_;
  std::map<std::string, Sum> sums_;
  std::set<std::string> ambiguous_;
};

}  // namespace vitrt::convert
