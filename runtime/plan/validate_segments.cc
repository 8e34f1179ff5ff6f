// Segments and exits: they cover the steps in order, and `live` names what later segments read.
#include <set>

#include "runtime/base/check.h"
#include "runtime/plan/op_rules.h"

namespace vitrt::plan {
namespace {

bool IsBinary(ExitMeaning meaning) {
  return meaning == ExitMeaning::BinaryLogit || meaning == ExitMeaning::BinaryProbability;
}

// Exits come in order, one per segment; only the last segment may end without one (raw outputs).
Status CheckOrder(const Plan& plan) {
  const uint32_t segments = plan.segments()->size(), exits = ListOf(plan.exits()).size();
  uint64_t next_step = 0;
  for (uint32_t k = 0; k < segments; ++k) {
    const Segment& segment = *plan.segments()->Get(k);
    VITRT_RULE(segment.first_step() == next_step && segment.step_count() <= plan.steps()->size() - next_step,
               "segment " + std::to_string(k) + " does not follow the one before it");
    next_step += segment.step_count();
    const bool open_end = segment.exit() == -1 && k + 1 == segments;
    VITRT_RULE(open_end || (segment.exit() == static_cast<int64_t>(k) && k < exits),
               "segment " + std::to_string(k) + " does not end in exit " + std::to_string(k));
  }
  VITRT_RULE(next_step == plan.steps()->size(), "the segments do not cover all steps");
  VITRT_RULE(segments == exits || (segments == exits + 1 && ListOf(plan.outputs()).size() > 0),
             "segments and exits do not match");
  return {};
}

// Storages of activations that are read after each segment: by later steps, later exits or as raw outputs.
std::vector<std::set<uint32_t>> ReadLater(const Plan& plan, const std::vector<ValueType>& values) {
  const uint32_t segments = plan.segments()->size();
  std::vector<std::set<uint32_t>> reads(segments + 1);  // by segment k: what segment k reads; the last: after the end
  const auto add = [&](uint32_t k, int32_t id) {
    if (id >= 0 && !values[id].constant) reads[k].insert(values[id].storage);
  };
  for (uint32_t k = 0; k < segments; ++k) {
    const Segment& segment = *plan.segments()->Get(k);
    for (uint32_t i = 0; i < segment.step_count(); ++i) {
      for (int32_t id : *plan.steps()->Get(segment.first_step() + i)->inputs()) add(k, id);
    }
    if (segment.exit() >= 0) add(k, static_cast<int32_t>(plan.exits()->Get(segment.exit())->value()));
  }
  for (const auto& output : ListOf(plan.outputs())) add(segments, static_cast<int32_t>(output->value()));
  return reads;
}

// Storages written by the input or in segments up to and including each segment.
std::vector<std::set<uint32_t>> WrittenBy(const Plan& plan, const std::vector<ValueType>& values) {
  std::vector<std::set<uint32_t>> written(plan.segments()->size());
  std::set<uint32_t> so_far = {values[plan.input()].storage};
  for (uint32_t k = 0; k < written.size(); ++k) {
    const Segment& segment = *plan.segments()->Get(k);
    for (uint32_t i = 0; i < segment.step_count(); ++i) {
      for (int32_t id : *plan.steps()->Get(segment.first_step() + i)->outputs()) so_far.insert(values[id].storage);
    }
    written[k] = so_far;
  }
  return written;
}

}  // namespace

Status ValidateSegments(const Plan& plan, const std::vector<ValueType>& values) {
  constexpr uint32_t kMaxSegments = 64;
  VITRT_RULE(plan.segments() != nullptr && plan.segments()->size() >= 1, "the plan has no segments");
  VITRT_RULE(plan.segments()->size() <= kMaxSegments, "the plan has too many segments");
  VITRT_RETURN_IF_ERROR(CheckOrder(plan));

  for (const auto& exit : ListOf(plan.exits())) {
    const ValueType& logits = values[exit->value()];
    VITRT_RULE(exit->meaning() <= ExitMeaning::MAX, "an exit of unknown meaning");
    VITRT_RULE(IsFloat(logits), "the value of an exit is not fp32");
    if (IsBinary(exit->meaning())) {
      VITRT_RULE(logits.elements == 1 && exit->classes() == 2, "a binary exit is not one number and two classes");
    } else {
      VITRT_RULE(logits.elements == exit->classes(), "the value of an exit is not [classes]");
    }
  }
  const auto reads = ReadLater(plan, values);
  const auto written = WrittenBy(plan, values);
  for (uint32_t k = 0; k + 1 < plan.segments()->size(); ++k) {
    std::set<uint32_t> live;
    for (int32_t id : ListOf(plan.segments()->Get(k)->live())) {
      VITRT_RULE(id >= 0 && id < static_cast<int64_t>(values.size()), "a live value does not exist");
      live.insert(values[id].storage);
    }
    for (uint32_t later = k + 1; later < reads.size(); ++later) {
      for (uint32_t storage : reads[later]) {
        VITRT_RULE(!written[k].contains(storage) || live.contains(storage),
                   "segment " + std::to_string(k) + " does not keep storage " + std::to_string(storage) +
                       ", which segment " + std::to_string(later) + " reads");
      }
    }
  }
  return {};
}

}  // namespace vitrt::plan
