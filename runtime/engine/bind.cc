// Plan tables -> value descriptions and bound steps. The machine-specific half of loading.
#include <algorithm>

#include "runtime/engine/engine_impl.h"
#include "runtime/kernels/int8_kernels.h"

namespace vitrt {
namespace {

ops::ValueDesc Describe(const plan::PlanView& view, const plan::Value& value) {
  const plan::Storage& storage = *view.tables->storages()->Get(value.storage());
  ops::ValueDesc desc;
  desc.dtype = value.dtype();
  desc.encoding = value.encoding();
  if (value.dims() != nullptr) desc.dims.assign(value.dims()->begin(), value.dims()->end());
  desc.constant = storage.constant();
  desc.present = true;
  if (desc.constant) {
    desc.constant_data = view.weights.data() + storage.offset() + value.offset();
  } else {
    desc.image_stride = static_cast<int64_t>(storage.bytes());
  }
  return desc;
}

std::vector<int> Indices(const flatbuffers::Vector<int32_t>* list) {
  return list == nullptr ? std::vector<int>() : std::vector<int>(list->begin(), list->end());
}

std::string StepPlace(size_t index, const plan::Step& step) {
  std::string place = "step " + std::to_string(index) + " " + plan::EnumNameOp(step.op_type());
  if (step.name() != nullptr && step.name()->size() > 0) place += " '" + step.name()->str() + "'";
  return place;
}

// Takes the implementation that the tune file names, if it is there and supports the step; otherwise says why not.
std::string BindTuned(const ops::OpContext& context, const TunedStep& tuned, BoundStep* bound) {
  for (const ops::OpImpl& candidate : ops::ImplementationsOf(context.step->op_type())) {
    if (tuned.implementation != candidate.name) continue;
    if (std::string reason = candidate.refuse(context); !reason.empty()) return reason;
    Result<std::unique_ptr<ops::BoundOp>> op = candidate.bind(context);
    if (!op.ok()) return op.status().what();
    bound->op = std::move(op).value();
    bound->implementation = candidate.name;
    bound->tuned = &tuned;
    return {};
  }
  return "there is no implementation '" + tuned.implementation + "'";
}

// Takes the first implementation that accepts and binds, if there is none yet; the others that accept are its rivals.
Status BindStep(const ops::OpContext& context, BoundStep* bound) {
  for (const ops::OpImpl& candidate : ops::ImplementationsOf(context.step->op_type())) {
    if (bound->op != nullptr) {
      if (bound->implementation != candidate.name && candidate.refuse(context).empty())
        bound->rivals.push_back(candidate.name);
      continue;
    }
    if (std::string reason = candidate.refuse(context); !reason.empty()) {
      bound->refusals.push_back({candidate.name, std::move(reason)});
      continue;
    }
    Result<std::unique_ptr<ops::BoundOp>> op = candidate.bind(context);
    if (op.ok()) {
      bound->op = std::move(op).value();
      bound->implementation = candidate.name;
      continue;
    }
    if (op.status().code() != StatusCode::kUnsupported) return op.status();
    bound->refusals.push_back({candidate.name, op.status().what()});
  }
  return bound->op != nullptr ? Status() : Unsupported("no implementation of this op accepts it");
}

// Bit masks of what each step serves, from the last step back to the first.
void MarkServes(Engine::Impl* e) {
  std::vector<uint64_t> wanted(e->values.size(), 0);
  for (size_t k = 0; k < e->exit_value.size(); ++k) wanted[e->exit_value[k]] |= uint64_t{1} << k;
  for (int v : e->output_value) wanted[v] |= uint64_t{1} << kRawOutputs;
  // Values that share storage are the same bytes: what a reader wants of one, it wants of every writer of the others.
  std::vector<uint64_t> storage_wanted(e->plan.tables->storages()->size(), 0);
  const auto storage_of = [&](int v) { return e->plan.tables->values()->Get(v)->storage(); };
  for (size_t v = 0; v < wanted.size(); ++v) storage_wanted[storage_of(static_cast<int>(v))] |= wanted[v];
  for (auto step = e->steps.rbegin(); step != e->steps.rend(); ++step) {
    for (int v : step->outputs) step->serves |= storage_wanted[storage_of(v)];
    for (int v : step->inputs) {
      if (v >= 0) storage_wanted[storage_of(v)] |= step->serves;
    }
  }
}

}  // namespace

Status BindPlan(Engine::Impl* e) {
  const plan::Plan& tables = *e->plan.tables;
  for (const plan::Value* value : *tables.values()) e->values.push_back(Describe(e->plan, *value));

  std::vector<const TunedStep*> tuned(tables.steps()->size());
  if (e->tune) {
    for (const TunedStep& step : e->tune->steps) {
      if (step.index < tuned.size()) tuned[step.index] = &step;
    }
  }
  std::vector<ops::ValueDesc> inputs, outputs;
  for (size_t i = 0; i < tables.steps()->size(); ++i) {
    const plan::Step& step = *tables.steps()->Get(static_cast<flatbuffers::uoffset_t>(i));
    BoundStep bound;
    bound.step = &step;
    bound.inputs = Indices(step.inputs());
    bound.outputs = Indices(step.outputs());
    inputs.clear();
    outputs.clear();
    for (int v : bound.inputs) inputs.push_back(v < 0 ? ops::ValueDesc{} : e->values[v]);
    for (int v : bound.outputs) outputs.push_back(e->values[v]);
    ops::OpContext context;
    context.step = &step;
    context.inputs = inputs;
    context.outputs = outputs;
    context.kernels = e->kernels;
    context.int8 = &kernels::Int8KernelsOf(e->isa, e->features);
    context.onednn_refusal = e->onednn_refusal;
    if (tuned[i] != nullptr) {
      const std::string why = BindTuned(context, *tuned[i], &bound);
      if (why.empty()) ++e->info.tuned_steps;
      if (!why.empty() && e->info.tune_note.empty())
        e->info.tune_note = "the tune file's choice for step " + std::to_string(i) + " is not used: " + why;
    }
    if (Status status = BindStep(context, &bound); !status.ok()) return std::move(status).Within(StepPlace(i, step));
    e->steps.push_back(std::move(bound));
  }

  for (const plan::Segment* segment : *tables.segments()) {
    BoundSegment s;
    s.first_step = static_cast<int>(segment->first_step());
    s.step_count = static_cast<int>(segment->step_count());
    s.exit = segment->exit();
    s.live = Indices(segment->live());
    for (int v : s.live) {
      const uint32_t storage = tables.values()->Get(static_cast<flatbuffers::uoffset_t>(v))->storage();
      if (!e->values[v].constant && std::find(s.moved.begin(), s.moved.end(), storage) == s.moved.end()) {
        s.moved.push_back(storage);
      }
    }
    for (int i = s.first_step; i < s.first_step + s.step_count; ++i) {
      e->steps[i].segment = static_cast<int>(e->segments.size());
      s.flops += static_cast<double>(e->steps[i].step->flops());
    }
    e->segments.push_back(std::move(s));
  }
  MarkServes(e);
  return {};
}

}  // namespace vitrt
