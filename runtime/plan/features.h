// What a plan may need of a runtime beyond format 1.0: one row a Feature of plan.fbs.
//
// Two places hold it. The header's required_features has one bit a feature, so that every runtime, the first one
// included, refuses a plan that means something it does not know. The tables say in words what each is needed for, so
// that a runtime can name what it does not know.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/plan/plan_generated.h"
#include "vitrt/status.h"

namespace vitrt::plan {

constexpr uint64_t BitOf(Feature id) {
  return static_cast<uint8_t>(id) < 64 ? uint64_t{1} << static_cast<uint8_t>(id) : 0;
}
// Of every feature that this runtime knows.
uint64_t KnownFeatures();
// Of the features that the tables declare.
uint64_t DeclaredFeatures(const Plan& plan);

// What a converter puts into Plan.required_features for a plan that is complete otherwise.
std::vector<std::unique_ptr<RequiredFeatureT>> FeaturesToDeclare(const Plan& plan);

// The words of declared features that this runtime does not know, "a, b"; empty where the tables say nothing.
std::string UnknownFeatures(const Plan& plan);

// Every feature that the plan uses is declared, and none is that this runtime does not know. Errors: kBadPlan.
Status ValidateFeatures(const Plan& plan);

}  // namespace vitrt::plan
