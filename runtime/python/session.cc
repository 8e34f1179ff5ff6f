#include "vitrt/session.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <functional>
#include <memory>
#include <numeric>

#include "runtime/base/batch_shape.h"
#include "runtime/python/bindings.h"

namespace vitrt::python {

namespace nb = nanobind;
using nb::literals::operator""_a;

namespace {

using FloatArray = nb::ndarray<nb::numpy, float>;
using Frame = nb::ndarray<const uint8_t, nb::device::cpu>;
using Tensor = nb::ndarray<const float, nb::ndim<4>, nb::c_contig, nb::device::cpu>;

// What a run gave, copied out of the session.
struct Answer {
  std::optional<std::string> label;  // none without a decision
  int class_index = -1, exit_index = -1;
  std::string exit;
  float probability = 0, confidence = 0;
  std::vector<std::string> flags;
  StageTimes times;
  std::vector<float> probabilities, logits;
};

// A session and the lock that makes other threads wait for it.
struct LockedSession {
  LockedSession(const Engine& e, Session s) : engine(e), session(std::move(s)) {}
  Engine engine;
  Session session;
  std::mutex lock;
};

Answer ToAnswer(const PlanInfo& info, const Prediction& p) {
  Answer a;
  a.class_index = p.label;
  a.exit_index = p.exit;
  const auto label = static_cast<size_t>(p.label);
  if (p.label >= 0) a.label = label < info.labels.size() ? info.labels[label] : std::to_string(p.label);
  if (p.exit >= 0) a.exit = info.exits[static_cast<size_t>(p.exit)].name;
  a.probability = p.probability;
  a.confidence = p.confidence;
  if ((p.flags & Prediction::kNonFinite) != 0) a.flags.emplace_back("non_finite");
  if ((p.flags & Prediction::kDeadline) != 0) a.flags.emplace_back("deadline");
  if ((p.flags & Prediction::kNoDecision) != 0) a.flags.emplace_back("no_decision");
  a.times = p.times;
  a.probabilities.assign(p.probabilities.begin(), p.probabilities.end());
  a.logits.assign(p.logits.begin(), p.logits.end());
  return a;
}

FloatArray ToNumpy(const std::vector<float>& values, const std::vector<size_t>& shape) {
  auto* copy = new std::vector<float>(values);
  const nb::capsule owner(copy, [](void* p) noexcept { delete static_cast<std::vector<float>*>(p); });
  return FloatArray(copy->data(), shape.size(), shape.data(), owner);
}

// [height, width] grey, [height, width, 3] or [height, width, 4]; rows may be apart or upside down, pixels not.
ImageView ToView(const Frame& frame, bool bgr) {
  const size_t channels = frame.ndim() == 2 ? 1 : frame.ndim() == 3 ? frame.shape(2) : 0;
  if (channels != 1 && channels != 3 && channels != 4) {
    throw InvalidArgumentError("a frame is an uint8 array [height, width] or [height, width, 3 or 4]");
  }
  const bool dense = frame.stride(1) == static_cast<int64_t>(channels) && (frame.ndim() == 2 || frame.stride(2) == 1);
  if (!dense) throw InvalidArgumentError("the pixels of a row must stand side by side");
  ImageView view;
  view.data = reinterpret_cast<const std::byte*>(frame.data());
  view.width = static_cast<int64_t>(frame.shape(1));
  view.height = static_cast<int64_t>(frame.shape(0));
  view.stride = frame.stride(0);
  view.format = channels == 1   ? PixelFormat::kGray8
                : channels == 3 ? (bgr ? PixelFormat::kBgr8 : PixelFormat::kRgb8)
                                : (bgr ? PixelFormat::kBgra8 : PixelFormat::kRgba8);
  return view;
}

// Runs `run(session, options)` without the interpreter's lock and copies what it gives.
template <typename F>
std::vector<Answer> RunUnlocked(LockedSession* s, const RunOptions& options, F&& run) {
  const nb::gil_scoped_release unlocked;
  const std::lock_guard guard(s->lock);
  std::vector<Answer> answers;
  const auto result = run(s->session, options);
  if (!result.ok()) Throw(result.status());
  if constexpr (std::is_same_v<std::decay_t<decltype(*result)>, Prediction>) {
    answers.push_back(ToAnswer(s->engine.info(), *result));
  } else {
    for (const Prediction& p : *result) answers.push_back(ToAnswer(s->engine.info(), p));
  }
  return answers;
}

// Of all images of the last run, from the number of elements that it left.
std::vector<size_t> ShapeOf(const std::vector<int64_t>& dims, size_t count) {
  const int64_t of_one = std::accumulate(dims.begin(), dims.end(), int64_t{1}, std::multiplies<>());
  const std::vector<int64_t> shape = BatchShape(dims, static_cast<int64_t>(count) / of_one);
  return {shape.begin(), shape.end()};
}

FloatArray ExitLogits(LockedSession& s, size_t exit) {
  if (exit >= s.engine.info().exits.size()) throw InvalidArgumentError("no exit " + std::to_string(exit));
  const std::lock_guard guard(s.lock);
  const std::span<const float> logits = s.session.ExitLogits(static_cast<int>(exit));
  const auto classes = static_cast<size_t>(s.engine.info().exits[exit].classes);
  return ToNumpy({logits.begin(), logits.end()}, {logits.size() / classes, classes});
}

FloatArray ExitOutput(LockedSession& s, size_t exit) {
  if (exit >= s.engine.info().exits.size()) throw InvalidArgumentError("no exit " + std::to_string(exit));
  const std::lock_guard guard(s.lock);
  const std::span<const float> values = s.session.ExitOutput(static_cast<int>(exit));
  const std::vector<int64_t>& dims = s.engine.info().exits[exit].dims;
  return ToNumpy({values.begin(), values.end()}, ShapeOf(dims, values.size()));
}

// Raw output `index` in its own type; where the run did not come to its end, an array of no images.
nb::object Output(LockedSession& s, size_t index) {
  if (index >= s.engine.info().outputs.size()) throw InvalidArgumentError("no output " + std::to_string(index));
  const std::lock_guard guard(s.lock);
  const std::span<const std::byte> bytes = s.session.Output(static_cast<int>(index));
  const TensorInfo& info = s.engine.info().outputs[index];
  const auto as = [&]<typename T>(T) {
    const auto* begin = reinterpret_cast<const T*>(bytes.data());
    const size_t count = bytes.size() / sizeof(T);
    auto* copy = new std::vector<T>(begin, begin + count);
    const nb::capsule owner(copy, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
    const std::vector<size_t> shape = ShapeOf(info.dims, count);
    return nb::cast(nb::ndarray<nb::numpy, T>(copy->data(), shape.size(), shape.data(), owner));
  };
  switch (info.type) {
    case ElementType::kFloat32:
      break;
    case ElementType::kInt32:
      return as(int32_t{});
    case ElementType::kInt64:
      return as(int64_t{});
    case ElementType::kBool:
      return as(uint8_t{}).attr("view")("bool");
    case ElementType::kUint8:
      return as(uint8_t{});
  }
  return as(float{});
}

void BindPrediction(nb::module_& m) {
  nb::class_<Answer>(m, "Prediction", "The answer for one image.")
      .def_ro("label", &Answer::label,
              "the class's name, or its number where the plan has no labels; None without a decision")
      .def_ro("class_index", &Answer::class_index, "-1 without a decision")
      .def_ro("probability", &Answer::probability)
      .def_ro("confidence", &Answer::confidence, "by the policy in force")
      .def_ro("exit", &Answer::exit, "name of the exit that answered")
      .def_ro("exit_index", &Answer::exit_index)
      .def_ro("flags", &Answer::flags, "'non_finite', 'deadline', 'no_decision'")
      .def_prop_ro("ms",
                   [](const Answer& a) {
                     return std::map<std::string, double>{
                         {"decode", a.times.decode_ms}, {"preprocess", a.times.preprocess_ms}, {"run", a.times.run_ms}};
                   })
      .def_prop_ro(
          "probabilities", [](const Answer& a) { return ToNumpy(a.probabilities, {a.probabilities.size()}); },
          nb::rv_policy::automatic)
      .def_prop_ro(
          "logits", [](const Answer& a) { return ToNumpy(a.logits, {a.logits.size()}); }, nb::rv_policy::automatic)
      .def("__repr__", [](const Answer& a) {
        return "<vitrt.Prediction " + a.label.value_or("without a decision") + ", confidence " +
               std::to_string(a.confidence) + ", exit " + a.exit + ">";
      });
}

}  // namespace

void BindSession(nb::module_& m) {
  BindPrediction(m);
  const auto none = nb::none();
  nb::class_<LockedSession>(m, "Session", "One thread's way to run an engine.")
      .def(
          "__init__",
          [](LockedSession* self, const Engine& engine, int threads, int max_batch, bool pin) {
            new (self) LockedSession(
                engine, Unwrap(Session::Create(engine, {.threads = threads, .pin = pin, .max_batch = max_batch})));
          },
          "engine"_a, nb::kw_only(), "threads"_a = 0, "max_batch"_a = 1, "pin"_a = false,
          "threads=0: as many as the affinity mask and the cgroup quota allow.")
      .def(
          "run_file",
          [](LockedSession& s, nb::bytes data, const Thresholds& thresholds, const std::optional<std::string>& policy,
             const std::optional<std::string>& exit, std::optional<double> deadline_ms, bool all_exits) {
            const RunOptions o = ToRunOptions(s.engine.info(), thresholds, policy, exit, deadline_ms, all_exits);
            const std::span<const std::byte> file(reinterpret_cast<const std::byte*>(data.c_str()), data.size());
            return RunUnlocked(
                &s, o, [&](Session& session, const RunOptions& options) { return session.RunFile(file, options); })[0];
          },
          "data"_a, nb::kw_only(), "thresholds"_a = none, "policy"_a = none, "exit"_a = none, "deadline_ms"_a = none,
          "all_exits"_a = false, "Answers the bytes of a PNG, JPEG, BMP, PNM or TIFF file.")
      .def(
          "run_frames",
          [](LockedSession& s, const std::vector<Frame>& frames, bool bgr, const Thresholds& thresholds,
             const std::optional<std::string>& policy, const std::optional<std::string>& exit,
             std::optional<double> deadline_ms, bool all_exits) {
            const RunOptions o = ToRunOptions(s.engine.info(), thresholds, policy, exit, deadline_ms, all_exits);
            std::vector<ImageView> views;
            for (const Frame& frame : frames) views.push_back(ToView(frame, bgr));
            return RunUnlocked(
                &s, o, [&](Session& session, const RunOptions& options) { return session.RunFrames(views, options); });
          },
          "frames"_a.noconvert(), nb::kw_only(), "bgr"_a = false, "thresholds"_a = none, "policy"_a = none,
          "exit"_a = none, "deadline_ms"_a = none, "all_exits"_a = false,
          "Answers uint8 arrays [height, width] or [height, width, 3 or 4] as one batch; no pixel is copied.")
      .def(
          "run_tensor",
          [](LockedSession& s, const Tensor& input, const Thresholds& thresholds,
             const std::optional<std::string>& policy, const std::optional<std::string>& exit,
             std::optional<double> deadline_ms, bool all_exits) {
            const RunOptions o = ToRunOptions(s.engine.info(), thresholds, policy, exit, deadline_ms, all_exits);
            return RunUnlocked(&s, o, [&](Session& session, const RunOptions& options) {
              return session.RunTensor({input.data(), input.size()}, static_cast<int>(input.shape(0)), options);
            });
          },
          "input"_a, nb::kw_only(), "thresholds"_a = none, "policy"_a = none, "exit"_a = none, "deadline_ms"_a = none,
          "all_exits"_a = false, "Answers a prepared float32 batch [n, channels, height, width].")
      .def("exit_logits", &ExitLogits, "exit"_a,
           "Logits [n, classes] of an exit after a run; empty where it did not run for the whole batch.")
      .def("exit_output", &ExitOutput, "exit"_a, "Likewise, the model's output unchanged.")
      .def("output", &Output, "index"_a,
           "Output `index` of Engine.outputs after a run to the end, in its own type: for one image in the model's own "
           "shape, for n with n as the batch axis. No images where the run ended before.");
}

}  // namespace vitrt::python
