#include "runtime/engine/int8_check.h"

#include "runtime/engine/engine_impl.h"
#include "runtime/kernels/int8_runs.h"
#include "runtime/plan/op_descriptor.h"
#include "runtime/plan/validate.h"

namespace vitrt {
namespace {

const int32_t* Integers(const ops::ValueDesc& value) { return reinterpret_cast<const int32_t*>(value.constant_data); }

bool IsRun(int32_t run) { return run == 0 || run == 1 || run == 2 || run == 4; }

// Inputs as in plan.fbs: x, weight, bias, row bias, residual, scale, column sums, runs.
Status CheckLayer(const plan::Step& step, const std::vector<const ops::ValueDesc*>& inputs) {
  const ops::ValueDesc &weight = *inputs[1], &sums = *inputs[6], &runs = *inputs[7];
  const plan::ConvI8* conv = step.op_as_ConvI8();
  const int64_t groups = conv == nullptr ? 1 : conv->groups(), n = weight.channels() / groups;
  const int64_t panels = (n + 15) / 16 * groups, taps = conv == nullptr ? 1 : weight.dims[0] * weight.dims[1];
  const kernels::Int8Panels view{reinterpret_cast<const int8_t*>(weight.constant_data), inputs[0]->channels() / groups,
                                 panels * 16, taps};
  const std::vector<int32_t> right_sums = kernels::ColumnSums(view), right_runs = kernels::ProvedRuns(view);
  for (int64_t i = 0; i < sums.size(); ++i) {
    const int64_t column = i / n * (panels / groups * 16) + i % n;
    if (Integers(sums)[i] != right_sums[static_cast<size_t>(column)])
      return BadPlan("the column sums are not those of the weights");
  }
  for (int64_t i = 0; i < runs.size(); ++i) {
    const int32_t run = Integers(runs)[i];
    if (!IsRun(run)) return BadPlan("a run of " + std::to_string(run) + " groups");
    if (run > right_runs[static_cast<size_t>(i)]) return BadPlan("a run of int16 sums that may overflow");
  }
  return {};
}

}  // namespace

Status CheckInt8Layers(const Engine& engine) {
  const Engine::Impl& e = *engine.impl();
  for (size_t i = 0; i < e.steps.size(); ++i) {
    const BoundStep& bound = e.steps[i];
    if (!plan::IsInt8(bound.step->op_type())) continue;
    std::vector<const ops::ValueDesc*> inputs;
    for (int v : bound.inputs) inputs.push_back(v < 0 ? nullptr : &e.values[v]);
    if (Status status = CheckLayer(*bound.step, inputs); !status.ok())
      return std::move(status).Within(plan::StepName(*e.plan.tables, static_cast<uint32_t>(i)));
  }
  return {};
}

}  // namespace vitrt
