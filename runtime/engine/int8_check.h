// What int8 layers store beside their weights, against the weights themselves.
#pragma once

#include "vitrt/engine.h"

namespace vitrt {

// Recomputes column sums and safe runs of every int8 layer; a run may be shorter than what is safe. Loading does not
// ask: wrong ones give wrong numbers, never an invalid memory access. kBadPlan names the step.
Status CheckInt8Layers(const Engine& engine);

}  // namespace vitrt
