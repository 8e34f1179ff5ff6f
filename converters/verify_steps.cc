#include "converters/verify_steps.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "converters/distance.h"
#include "converters/summed_size.h"
#include "runtime/base/check.h"
#include "runtime/engine/inspect.h"
#include "runtime/engine/step_observer.h"
#include "runtime/plan/op_descriptor.h"
#include "vitrt/session.h"

namespace vitrt::convert {
namespace {

// Of one fp32 step in its own order of sums and approximations.
constexpr double kFloatTolerance = 1e-4;
// Integers are equal and only the epilogue is fp32: one quantised input that is off by one shows far above this.
constexpr double kInt8Tolerance = 1e-5;
// Of what a step adds up, where that nearly cancels: the rounding of fp32 sums, as the tests of the kernels have it.
constexpr double kSumTolerance = 2e-6;

double Relative(double difference, double size) {
  return difference == 0 ? 0 : difference / std::max(size, std::numeric_limits<double>::min());
}

class Verifier final : public StepObserver {
 public:
  Verifier(const Graph& graph, const std::vector<const Node*>& nodes) : graph_(graph), nodes_(nodes) {}

  void Before(int step, Values inputs) override {
    const Node& node = *nodes_[static_cast<size_t>(step)];
    expected_.clear();
    inputs_.clear();
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId v = node.inputs[i];
      inputs_.push_back(v == kNoValue           ? std::nullopt
                        : graph_.is_constant(v) ? std::optional(graph_.constant(v))
                                                : std::optional(TensorOf(v, inputs[i])));
    }
    types_.clear();
    for (ValueId v : node.outputs) types_.push_back(graph_.value(v).type());
    auto results = EvaluateNode(node.op, inputs_, types_);
    if (results.ok()) expected_ = std::move(*results);
  }

  void After(int step, Values outputs) override {
    const Node& node = *nodes_[static_cast<size_t>(step)];
    const bool int8 = plan::IsInt8(node.op.type);
    StepError error{node.name, plan::EnumNameOp(node.op.type), std::numeric_limits<double>::infinity(),
                    int8 ? kInt8Tolerance : kFloatTolerance};
    if (!expected_.empty()) error.error = 0;
    for (size_t i = 0; i < expected_.size(); ++i) {
      const Distance distance =
          DistanceOf(ToF64Vector(TensorOf(node.outputs[i], outputs[i])), ToF64Vector(expected_[i]));
      double relative = Relative(distance.difference, distance.largest);
      if (relative > error.tolerance && std::isfinite(relative)) {
        const double summed = SummedSize(node.op, inputs_, types_) * kSumTolerance / error.tolerance;
        relative = Relative(distance.difference, std::max(distance.largest, summed));
      }
      error.error = std::max(error.error, relative);
    }
    errors.push_back(std::move(error));
  }

  std::vector<StepError> errors;

 private:
  Tensor TensorOf(ValueId v, std::span<const std::byte> bytes) const {
    MutableTensor tensor(graph_.value(v).type());
    std::memcpy(tensor.bytes(), bytes.data(), bytes.size());
    return std::move(tensor).Freeze();
  }

  const Graph& graph_;
  const std::vector<const Node*>& nodes_;
  // Of the step that runs.
  std::vector<std::optional<Tensor>> inputs_;
  std::vector<ValueType> types_;
  std::vector<Tensor> expected_;
};

}  // namespace

Result<std::vector<StepError>> VerifySteps(const std::string& plan_path, const Graph& graph,
                                           const std::vector<const Node*>& nodes, const Tensor& input, int threads) {
  VITRT_ASSIGN_OR_RETURN(const Engine engine, Engine::Load(plan_path));
  if (InspectSteps(engine).size() != nodes.size()) return Internal("the plan has not one step for each node");
  SessionOptions session_options;
  session_options.threads = threads;
  VITRT_ASSIGN_OR_RETURN(Session session, Session::Create(engine, session_options));
  Verifier verifier(graph, nodes);
  SetObserver(&session, &verifier);
  RunOptions run;
  run.all_exits = true;
  const auto result = session.RunTensor({input.f32(), static_cast<size_t>(input.size())}, 1, run);
  SetObserver(&session, nullptr);
  if (!result.ok()) return result.status();
  return std::move(verifier.errors);
}

}  // namespace vitrt::convert
