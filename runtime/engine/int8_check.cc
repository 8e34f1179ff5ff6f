#include "runtime/engine/int8_check.h"

#include <algorithm>

#include "runtime/engine/engine_impl.h"
#include "runtime/kernels/int8_runs.h"
#include "runtime/plan/validate.h"

namespace vitrt {
namespace {

const int32_t* Integers(const ops::ValueDesc& value) { return reinterpret_cast<const int32_t*>(value.constant_data); }

bool IsRun(int32_t run) { return run == 0 || run == 1 || run == 2 || run == 4; }

// Inputs as in plan.fbs: x, weight, bias, row bias, residual, scale, column sums, runs.
Status CheckLayer(const std::vector<const ops::ValueDesc*>& inputs) {
  const ops::ValueDesc &sums = *inputs[6], &runs = *inputs[7];
  const kernels::Int8Panels panels{reinterpret_cast<const int8_t*>(inputs[1]->constant_data), inputs[0]->channels(),
                                   inputs[1]->channels()};
  const std::vector<int32_t> right_sums = kernels::ColumnSums(panels), right_runs = kernels::ProvedRuns(panels);
  if (!std::equal(Integers(sums), Integers(sums) + sums.size(), right_sums.begin()))
    return BadPlan("the column sums are not those of the weights");
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
    if (bound.step->op_type() != plan::Op::LinearI8) continue;
    std::vector<const ops::ValueDesc*> inputs;
    for (int v : bound.inputs) inputs.push_back(v < 0 ? nullptr : &e.values[v]);
    if (Status status = CheckLayer(inputs); !status.ok())
      return std::move(status).Within(plan::StepName(*e.plan.tables, static_cast<uint32_t>(i)));
  }
  return {};
}

}  // namespace vitrt
