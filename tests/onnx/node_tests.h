// The ONNX project's own node tests: a folder per test with model.onnx and, in test_data_set_*, input_K.pb and
// output_K.pb. Each model is imported with its inputs as they are, then evaluated by the reference evaluator, run as a
// plan of the required passes alone, and run as a plan of all passes.
#pragma once

#include <string>
#include <vector>

namespace vitrt::test {

struct Verdict {
  enum class Outcome { kPassed, kFailed, kSkipped };
  Outcome outcome = Outcome::kSkipped;
  std::string reason;  // of a failure or skip
};

struct NodeTest {
  std::string name;       // "test_relu"
  std::string operators;  // "Relu"; several joined by "+"
  Verdict evaluated, plain, optimised;
};

// Runs the test in `folder`. Skipped: not supported by the importer, or as a plan (the reason says what), or data that
// is not tensors of floats, integers or bools.
NodeTest RunNodeTest(const std::string& folder);

// All tests below `root`, by name.
std::vector<NodeTest> RunNodeTests(const std::string& root);

}  // namespace vitrt::test
