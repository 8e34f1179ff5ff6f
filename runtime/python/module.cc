#include "runtime/python/bindings.h"

namespace vitrt::python {

namespace nb = nanobind;

void Throw(const Status& status) {
  const std::string text = status.hint().empty() ? status.ToString() : status.ToString() + "; " + status.hint();
  switch (status.code()) {
    case StatusCode::kInvalidArgument:
      throw InvalidArgumentError(text);
    case StatusCode::kBadPlan:
      throw BadPlanError(text);
    case StatusCode::kBadInput:
      throw BadInputError(text);
    case StatusCode::kUnsupported:
      throw UnsupportedError(text);
    case StatusCode::kOk:
    case StatusCode::kInternal:
      break;
  }
  throw Error(text);
}

void BindErrors(nb::module_& m) {
  const nb::exception<Error> error(m, "Error", PyExc_RuntimeError);  // the last registered is tried first
  nb::exception<InvalidArgumentError>(m, "InvalidArgument", error.ptr());
  nb::exception<BadPlanError>(m, "BadPlan", error.ptr());
  nb::exception<BadInputError>(m, "BadInput", error.ptr());
  nb::exception<UnsupportedError>(m, "Unsupported", error.ptr());
}

}  // namespace vitrt::python

NB_MODULE(_vitrt, m) {
  m.attr("__version__") = VITRT_VERSION;
  vitrt::python::BindErrors(m);
  vitrt::python::BindEngine(m);
  vitrt::python::BindSession(m);
}
