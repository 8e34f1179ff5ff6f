// The identity of a plan's model, independent of its thresholds.
#pragma once

#include <string>

#include "vitrt/engine.h"

namespace vitrt::audit {

// SHA-256, in hexadecimal, of the plan's tables and weights without thresholds, policy and calibration: the same before
// and after `vitrt calibrate`, another for another model, precision, preprocessing or set of labels.
std::string ModelIdentity(const Engine& engine);

}  // namespace vitrt::audit
