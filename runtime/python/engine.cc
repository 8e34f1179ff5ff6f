#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "runtime/base/isa.h"
#include "runtime/python/bindings.h"

namespace vitrt::python {

namespace nb = nanobind;
using nb::literals::operator""_a;

namespace {

Engine Load(const std::string& path, const std::optional<std::string>& isa, bool mmap, bool verify_weights,
            bool use_onednn, bool huge_pages) {
  EngineOptions options;
  options.mmap = mmap;
  options.verify_weights = verify_weights;
  options.use_onednn = use_onednn;
  options.huge_pages = huge_pages;
  if (isa) {
    options.max_isa = ParseIsa(*isa);
    if (!options.max_isa) throw InvalidArgumentError("isa is sse41, avx, avx2 or avx512, not '" + *isa + "'");
  }
  const nb::gil_scoped_release unlocked;
  return Unwrap(Engine::Load(path, options));
}

const char* MeaningName(ExitMeaning meaning) {
  constexpr const char* kNames[] = {"logits", "probabilities", "binary_logit", "binary_probability"};
  return kNames[static_cast<size_t>(meaning)];
}

const char* TypeName(ElementType type) {
  constexpr const char* kNames[] = {"float32", "int32", "int64", "bool", "uint8"};
  return kNames[static_cast<size_t>(type)];
}

}  // namespace

void BindEngine(nb::module_& m) {
  nb::class_<ExitInfo>(m, "ExitInfo", "An exit of a plan.")
      .def_ro("name", &ExitInfo::name)
      .def_ro("index", &ExitInfo::index)
      .def_ro("classes", &ExitInfo::classes)
      .def_prop_ro(
          "meaning", [](const ExitInfo& e) { return MeaningName(e.meaning); },
          "what the model's output is: 'logits', 'probabilities', 'binary_logit' or 'binary_probability'")
      .def_ro("threshold", &ExitInfo::threshold, "answers when confidence >= threshold; the last exit always does")
      .def_ro("enabled", &ExitInfo::enabled)
      .def_ro("flops", &ExitInfo::flops, "of one image that leaves here");

  nb::class_<TensorInfo>(m, "TensorInfo", "A tensor of the model that is no exit.")
      .def_ro("name", &TensorInfo::name)
      .def_ro("shape", &TensorInfo::dims, "of one image, as the model has it")
      .def_prop_ro(
          "dtype", [](const TensorInfo& t) { return TypeName(t.type); },
          "'float32', 'int32', 'int64', 'bool' or 'uint8'");

  nb::class_<Engine>(m, "Engine", "A loaded plan. Immutable; threads may share it.")
      .def(
          "__init__",
          [](Engine* self, const std::string& path, const std::optional<std::string>& isa, bool mmap,
             bool verify_weights, bool use_onednn,
             bool huge_pages) { new (self) Engine(Load(path, isa, mmap, verify_weights, use_onednn, huge_pages)); },
          "path"_a, nb::kw_only(), "isa"_a = nb::none(), "mmap"_a = true, "verify_weights"_a = true,
          "use_onednn"_a = true, "huge_pages"_a = false,
          "Maps and checks a plan. isa: highest instruction set to use. mmap=False reads the file into memory, which "
          "is safe against a file truncated while in use. huge_pages asks the system for pages of 2 MB.")
      .def_prop_ro("path", [](const Engine& e) { return e.info().path; })
      .def_prop_ro("model_name", [](const Engine& e) { return e.info().model_name; })
      .def_prop_ro("isa", [](const Engine& e) { return std::string(IsaName(e.isa())); })
      .def_prop_ro("max_batch", [](const Engine& e) { return e.info().max_batch; })
      .def_prop_ro(
          "input_shape", [](const Engine& e) { return e.info().input.dims; },
          "of one image: [1, channels, height, width]")
      .def_prop_ro("labels", [](const Engine& e) { return e.info().labels; })
      .def_prop_ro("exits", [](const Engine& e) { return e.info().exits; })
      .def_prop_ro(
          "outputs", [](const Engine& e) { return e.info().outputs; }, "the model's outputs that are no exits");
}

}  // namespace vitrt::python
