#include "runtime/plan/features.h"

#include <algorithm>
#include <iterator>

#include "runtime/base/check.h"
#include "runtime/plan/op_descriptor.h"
#include "runtime/plan/validate.h"

namespace vitrt::plan {
namespace {

bool UsesBytes(const Plan& plan) {
  const ListOf values(plan.values());
  return std::any_of(values.begin(), values.end(), [](const Value* value) { return value->dtype() == DType::U8; });
}

bool HasExitMeaning(const Plan& plan) {
  const ListOf exits(plan.exits());
  return std::any_of(exits.begin(), exits.end(), [](const Exit* e) { return e->meaning() != ExitMeaning::Logits; });
}

bool TakesChannelsLast(const Plan& plan) { return plan.model_channels_last(); }
bool TakesBytes(const Plan& plan) { return plan.input_bytes(); }
bool HasPixelRange(const Plan& plan) {
  return plan.preprocess() != nullptr && plan.preprocess()->range() != PixelRange::Unit;
}
bool HasSampleBits(const Plan& plan) { return plan.preprocess() != nullptr && plan.preprocess()->sample_bits() != 16; }
bool ComputesInInt8(const Plan& plan) {
  const ListOf steps(plan.steps());
  return std::any_of(steps.begin(), steps.end(), [](const Step* step) { return IsInt8(step->op_type()); });
}

bool RoundsAsTheModel(const Plan& plan) {
  const ListOf steps(plan.steps());
  return std::any_of(steps.begin(), steps.end(), [](const Step* step) {
    if (const Unary* unary = step->op_as_Unary(); unary != nullptr)
      return unary->act() != nullptr && unary->act()->fn() == UnaryFn::FakeQuantize;
    if (const LinearI8* linear = step->op_as_LinearI8(); linear != nullptr) return linear->range() != InputRange::Own;
    if (const ConvI8* conv = step->op_as_ConvI8(); conv != nullptr) return conv->range() != InputRange::Own;
    return step->op_type() == Op::DynamicFakeQuantize;
  });
}

bool LooksBack(const Plan& plan) { return plan.policy() == Policy::GeometricMean; }

bool KeepsClassesForTheLastExit(const Plan& plan) { return ListOf(plan.never_early()).size() > 0; }

bool HasWinogradWeights(const Plan& plan) {
  const ListOf steps(plan.steps());
  return std::any_of(steps.begin(), steps.end(), [](const Step* step) {
    return step->op_type() == Op::Conv2d && step->op_as_Conv2d()->winograd() != 0;
  });
}

struct FeatureRule {
  Feature id;
  const char* needed_for;
  bool (*used)(const Plan& plan);  // may be asked of any plan whose FlatBuffer is well-formed
};

// By id.
constexpr FeatureRule kFeatures[] = {
    {Feature::Bytes, "values of one unsigned byte (uint8)", UsesBytes},
    {Feature::ExitMeaning, "exits that are probabilities or a single number", HasExitMeaning},
    {Feature::ChannelsLastModel, "a model whose input has the channels last", TakesChannelsLast},
    {Feature::ByteInput, "a model that takes bytes (uint8)", TakesBytes},
    {Feature::PixelRange, "preprocessing in units of 0 to 255", HasPixelRange},
    {Feature::SampleBits, "16-bit images of fewer bits", HasSampleBits},
    {Feature::Int8, "layers on 8-bit integers (int8)", ComputesInInt8},
    {Feature::LookingBack, "the geometric-mean policy", LooksBack},
    {Feature::NeverEarly, "classes that never leave early", KeepsClassesForTheLastExit},
    {Feature::FakeQuantize, "the roundings of a quantised model", RoundsAsTheModel},
    {Feature::Winograd, "weights for Winograd's convolution", HasWinogradWeights},
};
static_assert(std::size(kFeatures) == static_cast<size_t>(Feature::MAX) + 1, "a rule for every feature");

}  // namespace

uint64_t KnownFeatures() {
  uint64_t bits = 0;
  for (const FeatureRule& rule : kFeatures) bits |= BitOf(rule.id);
  return bits;
}

uint64_t DeclaredFeatures(const Plan& plan) {
  uint64_t bits = 0;
  for (const RequiredFeature* feature : ListOf(plan.required_features())) bits |= BitOf(feature->id());
  return bits;
}

std::vector<std::unique_ptr<RequiredFeatureT>> FeaturesToDeclare(const Plan& plan) {
  std::vector<std::unique_ptr<RequiredFeatureT>> features;
  for (const FeatureRule& rule : kFeatures) {
    if (!rule.used(plan)) continue;
    auto feature = std::make_unique<RequiredFeatureT>();
    feature->id = rule.id;
    feature->needed_for = rule.needed_for;
    features.push_back(std::move(feature));
  }
  return features;
}

std::string UnknownFeatures(const Plan& plan) {
  std::string text;
  for (const RequiredFeature* feature : ListOf(plan.required_features())) {
    if ((BitOf(feature->id()) & KnownFeatures()) != 0 || feature->needed_for() == nullptr) continue;
    text += (text.empty() ? "" : ", ") + feature->needed_for()->str();
  }
  return text;
}

Status ValidateFeatures(const Plan& plan) {
  for (const RequiredFeature* feature : ListOf(plan.required_features())) {
    if ((BitOf(feature->id()) & KnownFeatures()) != 0) continue;
    return BadPlan("the plan declares a feature that no plan can have",
                   feature->needed_for() != nullptr ? feature->needed_for()->str() : "required_features");
  }
  for (const FeatureRule& rule : kFeatures) {
    if (rule.used(plan) && (DeclaredFeatures(plan) & BitOf(rule.id)) == 0)
      return BadPlan("the plan does not declare that it needs a feature", rule.needed_for);
  }
  return {};
}

}  // namespace vitrt::plan
