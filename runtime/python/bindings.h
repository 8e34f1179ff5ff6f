// The parts of the Python module, and how a Status becomes an exception.
#pragma once

#include <nanobind/nanobind.h>

#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "vitrt/engine.h"
#include "vitrt/session.h"

namespace vitrt::python {

// One C++ type for each Python exception.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct InvalidArgumentError : Error {
  using Error::Error;
};
struct BadPlanError : Error {
  using Error::Error;
};
struct BadInputError : Error {
  using Error::Error;
};
struct UnsupportedError : Error {
  using Error::Error;
};
[[noreturn]] void Throw(const Status& status);

template <typename T>
T Unwrap(Result<T> result) {
  if (!result.ok()) Throw(result.status());
  return std::move(result).value();
}

// Keyword arguments of a run, as Python gives them.
using Thresholds = std::variant<std::monostate, float, std::vector<std::optional<float>>>;
RunOptions ToRunOptions(const PlanInfo& info, const Thresholds& thresholds, const std::optional<std::string>& policy,
                        const std::optional<std::string>& exit, std::optional<double> deadline_ms, bool all_exits);

void BindErrors(nanobind::module_& m);
void BindEngine(nanobind::module_& m);
void BindSession(nanobind::module_& m);

}  // namespace vitrt::python
