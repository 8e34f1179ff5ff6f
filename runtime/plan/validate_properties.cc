// Everything around the steps: exits' names and thresholds, labels, the preprocessing recipe, batch size.
#include <cmath>
#include <set>
#include <string>

#include "runtime/base/check.h"
#include "runtime/plan/op_rules.h"

namespace vitrt::plan {
namespace {

template <typename List>
Status CheckNames(const List& list, const char* what) {
  std::set<std::string> names;
  for (const auto& item : list) {
    VITRT_RULE(item->name() != nullptr && item->name()->size() > 0, std::string(what) + " without a name");
    VITRT_RULE(names.insert(item->name()->str()).second,
               std::string("two ") + what + "s are named '" + item->name()->str() + "'");
  }
  return {};
}

Status CheckPreprocess(const Preprocess& p, const Plan& plan, const ValueType& input) {
  constexpr uint32_t kMaxSide = 1 << 16;
  const bool last = plan.input_channels_last();
  const int64_t height = input.dims[last ? 1 : 2], width = input.dims[last ? 2 : 3],
                channels = input.dims[last ? 3 : 1];
  VITRT_RULE(p.channels() == 1 || p.channels() == 3, "neither 1 nor 3 channels");
  VITRT_RULE(p.channels() == channels, "the channels differ from the input's");
  VITRT_RULE(p.rule() <= ResizeRule::MAX && p.interpolation() <= Interpolation::MAX, "unknown rule or interpolation");
  VITRT_RULE(p.resize_height() <= kMaxSide && p.resize_width() <= kMaxSide, "resizes to an impossible size");
  VITRT_RULE(p.rule() == ResizeRule::None || p.resize_height() >= 1, "resizes to nothing");
  VITRT_RULE(p.rule() != ResizeRule::Exact || p.resize_width() >= 1, "resizes to nothing");
  const bool crops = p.crop_height() > 0 || p.crop_width() > 0;
  if (crops) {
    VITRT_RULE(p.crop_height() == height && p.crop_width() == width, "crops to another size than the input's");
  } else if (p.rule() == ResizeRule::Exact) {
    VITRT_RULE(p.resize_height() == height && p.resize_width() == width, "resizes to another size than the input's");
  }
  VITRT_RULE(p.mean() == nullptr || p.mean()->size() == 0 || p.mean()->size() == p.channels(),
             "mean has no entry per channel");
  VITRT_RULE(p.std() == nullptr || p.std()->size() == 0 || p.std()->size() == p.channels(),
             "std has no entry per channel");
  VITRT_RULE(p.range() <= PixelRange::MAX, "unknown range of pixels");
  VITRT_RULE(p.sample_bits() >= 8 && p.sample_bits() <= 16, "samples of fewer than 8 or more than 16 bits");
  for (float mean : ListOf(p.mean())) VITRT_RULE(std::isfinite(mean), "mean is not finite");
  for (float deviation : ListOf(p.std())) VITRT_RULE(std::isfinite(deviation) && deviation > 0, "std is not positive");
  return {};
}

}  // namespace

Status ValidateProperties(const Plan& plan, const std::vector<ValueType>& values) {
  constexpr uint32_t kMaxBatch = 1 << 12;
  VITRT_RULE(plan.max_batch() >= 1 && plan.max_batch() <= kMaxBatch, "max_batch is out of range");
  VITRT_RULE(plan.policy() <= Policy::MAX, "unknown exit policy");
  for (const uint32_t c : ListOf(plan.never_early())) {
    for (const auto& exit : ListOf(plan.exits()))
      VITRT_RULE(c < exit->classes(), "a class that never leaves early does not exist");
  }
  for (const auto& exit : ListOf(plan.exits())) {
    VITRT_RULE(plan.policy() != Policy::GeometricMean || exit->classes() == plan.exits()->Get(0)->classes(),
               "the geometric mean of exits with different numbers of classes");
  }
  VITRT_RULE(ListOf(plan.exits()).size() + ListOf(plan.outputs()).size() > 0, "the plan has neither exits nor outputs");
  VITRT_RETURN_IF_ERROR(CheckNames(ListOf(plan.exits()), "exit"));
  VITRT_RETURN_IF_ERROR(CheckNames(ListOf(plan.outputs()), "output"));
  for (const auto& exit : ListOf(plan.exits())) {
    VITRT_RULE(!std::isnan(exit->threshold()), "a threshold is NaN");
    VITRT_RULE(ListOf(plan.labels()).size() == 0 || plan.labels()->size() == exit->classes(),
               "labels and classes differ in number");
  }
  for (const auto& output : ListOf(plan.outputs()))
    VITRT_RULE(IsPlain(values[output->value()]), "an output has an encoding");
  VITRT_RULE(!plan.model_channels_last() || plan.input_channels_last(), "the input is not in the model's layout");
  VITRT_RULE(!plan.input_bytes() || plan.preprocess() == nullptr || plan.preprocess()->range() == PixelRange::Byte,
             "the model takes bytes, the preprocessing gives none");
  if (plan.preprocess() == nullptr) return {};
  Status status = CheckPreprocess(*plan.preprocess(), plan, values[plan.input()]);
  return status.ok() ? Status() : std::move(status).Within("preprocess");
}

}  // namespace vitrt::plan
