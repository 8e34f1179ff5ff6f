#include "runtime/line/serve/task.h"

#include <algorithm>
#include <cstring>

#include "runtime/base/check.h"
#include "runtime/line/audit/shadow.h"
#include "runtime/line/prediction/exit_options.h"
#include "runtime/line/prediction/prediction_format.h"

namespace vitrt::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxImages = 256;  // of one request
constexpr double kShortestDeadlineMs = 1e-3;

struct FieldRow {
  PredictionField field;
  const char* name;
  Datatype type;
};
constexpr FieldRow kFields[] = {
    {PredictionField::kLogits, "logits", Datatype::kFp32},
    {PredictionField::kClass, "class", Datatype::kInt64},
    {PredictionField::kLabel, "label", Datatype::kBytes},
    {PredictionField::kProbability, "probability", Datatype::kFp32},
    {PredictionField::kConfidence, "confidence", Datatype::kFp32},
    {PredictionField::kExit, "exit", Datatype::kBytes},
    {PredictionField::kFlags, "flags", Datatype::kBytes},
    {PredictionField::kTopClass, "top_class", Datatype::kInt64},
    {PredictionField::kTopLabel, "top_label", Datatype::kBytes},
    {PredictionField::kTopProbability, "top_probability", Datatype::kFp32},
};

bool IsTop(PredictionField field) { return field >= PredictionField::kTopClass; }

// All exits have as many classes, so that one shape serves them.
bool SameClasses(const PlanInfo& info) {
  return std::all_of(info.exits.begin(), info.exits.end(),
                     [&](const ExitInfo& exit) { return exit.classes == info.exits[0].classes; });
}

template <typename T>
void Append(std::span<const T> values, TensorValue* tensor) {
  const auto bytes = std::as_bytes(values);
  tensor->bytes.insert(tensor->bytes.end(), bytes.begin(), bytes.end());
}
template <typename T>
void AppendOne(T value, TensorValue* tensor) {
  Append(std::span<const T>(&value, 1), tensor);
}

// JSON cannot say that an element of a BYTES tensor is missing: no decision is class -1 and an empty label.
std::string LabelText(const PlanInfo& info, int label) { return label < 0 ? "" : line::LabelOf(info, label); }

void AppendTop(const PlanInfo& info, const Prediction& p, PredictionField field, int top, TensorValue* tensor) {
  for (const int c : line::TopClasses(p, top)) {
    if (field == PredictionField::kTopClass) {
      AppendOne<int64_t>(c, tensor);
    } else if (field == PredictionField::kTopLabel) {
      tensor->elements.push_back(LabelText(info, c));
    } else {
      AppendOne(p.probabilities[static_cast<size_t>(c)], tensor);
    }
  }
}

void AppendField(const PlanInfo& info, const Prediction& p, PredictionField field, int top, TensorValue* tensor) {
  switch (field) {
    case PredictionField::kLogits:
      return Append(p.logits, tensor);
    case PredictionField::kClass:
      return AppendOne<int64_t>(p.label, tensor);
    case PredictionField::kLabel:
      return tensor->elements.push_back(LabelText(info, p.label));
    case PredictionField::kProbability:
      return AppendOne(p.probability, tensor);
    case PredictionField::kConfidence:
      return AppendOne(p.confidence, tensor);
    case PredictionField::kExit:
      return tensor->elements.push_back(p.exit < 0 ? "" : info.exits[static_cast<size_t>(p.exit)].name);
    case PredictionField::kFlags: {
      std::string text;
      for (const std::string& flag : line::FlagNames(p)) text += (text.empty() ? "" : " ") + flag;
      return tensor->elements.push_back(text);
    }
    case PredictionField::kTopClass:
    case PredictionField::kTopLabel:
    case PredictionField::kTopProbability:
      return AppendTop(info, p, field, top, tensor);
  }
}

Datatype DatatypeOf(ElementType type) {
  switch (type) {
    case ElementType::kFloat32:
      return Datatype::kFp32;
    case ElementType::kInt32:
      return Datatype::kInt32;
    case ElementType::kInt64:
      return Datatype::kInt64;
    case ElementType::kBool:
      return Datatype::kBool;
    case ElementType::kUint8:
      return Datatype::kUint8;
  }
  return Datatype::kBytes;
}

// A batch axis of 1 in front becomes the request's batch; an output without one gets it.
std::vector<int64_t> WithoutBatch(const std::vector<int64_t>& dims) {
  const bool batched = !dims.empty() && dims[0] == 1;
  return {dims.begin() + (batched ? 1 : 0), dims.end()};
}

}  // namespace

std::vector<OutputSpec> OutputsOf(const PlanInfo& info, int top) {
  std::vector<OutputSpec> specs;
  for (const ExitInfo& exit : info.exits) {
    specs.push_back({OutputSpec::Kind::kExit, exit.index, exit.name, Datatype::kFp32, WithoutBatch(exit.dims)});
  }
  for (size_t i = 0; i < info.outputs.size(); ++i) {
    const TensorInfo& output = info.outputs[i];
    specs.push_back(
        {OutputSpec::Kind::kRaw, static_cast<int>(i), output.name, DatatypeOf(output.type), WithoutBatch(output.dims)});
  }
  if (info.exits.empty()) return specs;
  const size_t own = specs.size();
  for (const FieldRow& row : kFields) {
    if (IsTop(row.field) && top == 1) continue;
    if (row.field == PredictionField::kLogits && !SameClasses(info)) continue;
    OutputSpec spec{OutputSpec::Kind::kPrediction, static_cast<int>(row.field), row.name, row.type, {}};
    if (IsTop(row.field)) spec.image_shape = {std::min<int64_t>(top, info.exits[0].classes)};
    if (row.field == PredictionField::kLogits) spec.image_shape = {info.exits[0].classes};
    const bool taken = std::any_of(specs.begin(), specs.begin() + static_cast<ptrdiff_t>(own),
                                   [&](const OutputSpec& other) { return other.name == spec.name; });
    if (taken) spec.name = "vitrt." + spec.name;
    specs.push_back(std::move(spec));
  }
  return specs;
}

std::string ImageInputName(const PlanInfo& info) { return info.input.name == "image" ? "encoded_image" : "image"; }

Result<Task> Task::Create(const Generation& generation, InferRequest request, std::chrono::duration<double> waited) {
  Task task;
  task.request_ = std::move(request);
  const PlanInfo& info = generation.engine.info();
  VITRT_RETURN_IF_ERROR(task.TakeInput(info));
  VITRT_RETURN_IF_ERROR(task.ChooseOutputs(info));
  VITRT_RETURN_IF_ERROR(task.ChooseRun(generation, std::chrono::duration<double, std::milli>(waited).count()));
  return task;
}

Status Task::TakeInput(const PlanInfo& info) {
  const std::string image_name = ImageInputName(info);
  const std::string takes = "the plan takes '" + info.input.name + "' (a tensor) or '" + image_name + "' (image files)";
  if (request_.inputs.size() != 1) return InvalidArgument("not exactly one input", "inputs", takes);
  InputTensor& input = request_.inputs[0];
  const std::vector<int64_t>& shape = input.value.shape;
  if (shape.empty() || shape[0] < 1 || shape[0] > kMaxImages) {
    return InvalidArgument("a request has 1 to " + std::to_string(kMaxImages) + " images",
                           "input '" + input.name + "'");
  }
  images_ = static_cast<int>(shape[0]);
  if (input.name == image_name) {
    if (input.value.type != Datatype::kBytes || static_cast<int>(input.value.elements.size()) != images_) {
      return InvalidArgument("image files are BYTES of shape [images]", "input '" + input.name + "'");
    }
    for (size_t i = 0; i < input.value.elements.size(); ++i) {
      const auto file = std::as_bytes(std::span(input.value.elements[i]));
      hashes_.push_back(audit::ImageHash(file));
      auto decoded = image::Decode(file);
      if (!decoded.ok()) return Status(decoded.status()).Within("image " + std::to_string(i));
      frames_.push_back(std::move(decoded).value());
      input.value.elements[i] = std::string();
    }
    return {};
  }
  if (input.name != info.input.name) return InvalidArgument("no input is called '" + input.name + "'", "inputs", takes);
  const std::vector<int64_t>& want = info.input.dims;
  if (input.value.type != Datatype::kFp32 || shape.size() != want.size() ||
      !std::equal(want.begin() + 1, want.end(), shape.begin() + 1)) {
    std::string dims = "FP32 [images";
    for (size_t i = 1; i < want.size(); ++i) dims += ", " + std::to_string(want[i]);
    return InvalidArgument("the tensor does not fit the plan, which takes " + dims + "]", "input '" + input.name + "'");
  }
  return {};
}

Status Task::ChooseOutputs(const PlanInfo& info) {
  const std::vector<OutputSpec> specs = OutputsOf(info, request_.parameters.top);
  const auto add = [&](const OutputSpec& spec, bool binary) {
    Output output{spec, {.name = spec.name, .value = {}, .binary = binary}};
    output.tensor.value.type = spec.type;
    output.tensor.value.shape = {images_};
    output.tensor.value.shape.insert(output.tensor.value.shape.end(), spec.image_shape.begin(), spec.image_shape.end());
    outputs_.push_back(std::move(output));
  };
  for (const RequestedOutput& wanted : request_.outputs) {
    const auto found =
        std::find_if(specs.begin(), specs.end(), [&](const OutputSpec& spec) { return spec.name == wanted.name; });
    if (found == specs.end()) {
      std::string names;
      for (const OutputSpec& spec : specs) names += (names.empty() ? "" : ", ") + spec.name;
      return InvalidArgument("no output is called '" + wanted.name + "'", "outputs", "outputs are " + names);
    }
    add(*found, wanted.binary);
  }
  if (!request_.outputs.empty()) return {};
  for (const OutputSpec& spec : specs) {
    if (info.exits.empty() || spec.kind == OutputSpec::Kind::kPrediction) add(spec, request_.binary_outputs);
  }
  return {};
}

// An exit that is asked for must run: alone it decides; beside others, or beside the prediction, everything runs.
Status Task::ChooseRun(const Generation& generation, double waited_ms) {
  const PlanInfo& info = generation.engine.info();
  const Parameters& p = request_.parameters;
  VITRT_ASSIGN_OR_RETURN(RunOptions asked,
                         line::ToRunOptions({p.threshold, p.exit, p.policy, p.deadline_ms}, info.exits));
  run_ = generation.run;
  if (!p.threshold.empty()) run_.thresholds = asked.thresholds;
  if (asked.policy) run_.policy = asked.policy;
  if (asked.force_exit) run_.force_exit = asked.force_exit;
  if (asked.deadline_ms) run_.deadline_ms = asked.deadline_ms;

  bool everything = false, one_exit_alone = outputs_.size() == 1 && outputs_[0].spec.kind == OutputSpec::Kind::kExit;
  for (const Output& output : outputs_) everything |= output.spec.kind != OutputSpec::Kind::kPrediction;
  if (info.exits.empty() || !everything) one_exit_alone = false;
  if (one_exit_alone && !run_.force_exit) {
    run_.force_exit = outputs_[0].spec.index;
  } else if (everything && !info.exits.empty()) {
    run_.all_exits = true;
  }
  if (run_.deadline_ms) run_.deadline_ms = std::max(*run_.deadline_ms - waited_ms, kShortestDeadlineMs);
  return {};
}

bool Task::GoesWith(const Task& other) const {
  const RunOptions &a = run_, &b = other.run_;
  return takes_images() && other.takes_images() && !a.deadline_ms && !b.deadline_ms && a.thresholds == b.thresholds &&
         a.enabled == b.enabled && a.policy == b.policy && a.force_exit == b.force_exit && a.all_exits == b.all_exits;
}

std::span<const float> Task::tensor(int first, int n) const {
  const std::vector<std::byte>& bytes = request_.inputs[0].value.bytes;
  const size_t image = bytes.size() / sizeof(float) / static_cast<size_t>(images_);
  return {reinterpret_cast<const float*>(bytes.data()) + static_cast<size_t>(first) * image,
          static_cast<size_t>(n) * image};
}

std::string Task::image_name(int i) const {
  const std::string name = request_.id.empty() ? "request" : request_.id;
  return images_ == 1 ? name : name + "[" + std::to_string(i) + "]";
}

std::string Task::image_hash(int i) const {
  return audit::HashText(takes_images() ? hashes_[static_cast<size_t>(i)]
                                        : audit::ImageHash(std::as_bytes(tensor(i, 1))));
}

void Task::Keep(const PlanInfo& info, const Session& session, int place, int batch, const Prediction& prediction) {
  for (Output& output : outputs_) {
    const OutputSpec& spec = output.spec;
    if (spec.kind == OutputSpec::Kind::kPrediction) {
      AppendField(info, prediction, static_cast<PredictionField>(spec.index), request_.parameters.top,
                  &output.tensor.value);
      continue;
    }
    const auto all = spec.kind == OutputSpec::Kind::kExit ? std::as_bytes(session.ExitOutput(spec.index))
                                                          : session.Output(spec.index);
    const size_t image = all.size() / static_cast<size_t>(batch);
    Append(all.subspan(static_cast<size_t>(place) * image, image), &output.tensor.value);
  }
  times_.decode_ms += prediction.times.decode_ms;
  times_.preprocess_ms += prediction.times.preprocess_ms;
  times_.run_ms += prediction.times.run_ms;
}

Response Task::Finish(const ServedModel& model, const Generation& generation, double waited_ms) const {
  std::vector<OutputTensor> outputs;
  for (const Output& output : outputs_) outputs.push_back(output.tensor);
  const Json parameters = {{"queue_ms", waited_ms}, {"preprocess_ms", times_.preprocess_ms}, {"run_ms", times_.run_ms}};
  InferResponse text = WriteInferResponse(model.name(), VersionOf(generation), request_.id, outputs, parameters);
  Response response;
  response.body = std::move(text.body);
  response.json_bytes = text.json_bytes;
  return response;
}

}  // namespace vitrt::serve
