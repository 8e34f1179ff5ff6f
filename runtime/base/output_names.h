// The words for types of outputs and meanings of exits, in JSON and Python alike.
#pragma once

#include <cstddef>

#include "vitrt/element_type.h"
#include "vitrt/exit.h"

namespace vitrt {

constexpr const char* NameOf(ElementType type) {
  constexpr const char* kNames[] = {"float32", "int32", "int64", "bool", "uint8"};
  return kNames[static_cast<size_t>(type)];
}

constexpr const char* NameOf(ExitMeaning meaning) {
  constexpr const char* kNames[] = {"logits", "probabilities", "binary_logit", "binary_probability"};
  return kNames[static_cast<size_t>(meaning)];
}

}  // namespace vitrt
