#include "runtime/cli/infer/tensor_run.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <numeric>
#include <system_error>
#include <vector>

#include "runtime/base/batch_shape.h"
#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/base/os/path.h"
#include "runtime/cli/infer/npy.h"
#include "runtime/line/files/output_file.h"
#include "runtime/line/files/same_file.h"

namespace vitrt::cli {
namespace {

// One file to be: images of the batch, collected part by part.
struct Collected {
  TensorInfo tensor;
  std::vector<std::byte> bytes;
  bool written_to = false;
  std::string path = {};
};

const char* DescrOf(ElementType type) {
  constexpr const char* kDescr[] = {"<f4", "<i4", "<i8", "|b1", "|u1"};  // by ElementType
  return kDescr[static_cast<size_t>(type)];
}

// The model's output behind a prediction's logits, which have one number a class where the model may have one for two.
std::span<const float> ModelOutput(const Prediction& prediction, const ExitInfo& exit) {
  const bool binary = exit.meaning == ExitMeaning::kBinaryLogit || exit.meaning == ExitMeaning::kBinaryProbability;
  return prediction.logits.subspan(binary ? 1 : 0);
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

Status CheckShape(const NpyTensor& tensor, const PlanInfo& info, const std::string& path) {
  const std::vector<int64_t>& want = info.input.dims;
  const bool good = tensor.shape.size() == want.size() && !want.empty() && tensor.shape[0] >= 1 &&
                    std::equal(want.begin() + 1, want.end(), tensor.shape.begin() + 1);
  if (good) return {};
  std::string expected = ShapeText({want.begin() + (want.empty() ? 0 : 1), want.end()});
  return BadInput("tensor of shape " + ShapeText(tensor.shape) + " does not fit the plan", path,
                  "it takes [batch, " + expected.substr(1));
}

class Collector {
 public:
  Collector(const PlanInfo& info, int64_t batch, bool all_exits) : info_(info), all_exits_(all_exits) {
    for (const ExitInfo& exit : info.exits) {
      exits_.push_back({{exit.name, exit.dims, ElementType::kFloat32}, {}});
      const int64_t elements = std::accumulate(exit.dims.begin(), exit.dims.end(), batch, std::multiplies<>());
      const std::vector<float> none(static_cast<size_t>(elements), std::numeric_limits<float>::quiet_NaN());
      const auto* begin = reinterpret_cast<const std::byte*>(none.data());
      exits_.back().bytes.assign(begin, begin + none.size() * sizeof(float));
    }
    if (!all_exits && !info.exits.empty()) return;
    for (const TensorInfo& output : info.outputs) outputs_.push_back({output, {}});
  }

  void Take(const Session& session, int64_t first, std::span<const Prediction> predictions) {
    for (size_t i = 0; i < predictions.size() && !all_exits_; ++i) {
      if (predictions[i].exit < 0) continue;
      const auto exit = static_cast<size_t>(predictions[i].exit);
      Put(&exits_[exit], first + static_cast<int64_t>(i), ModelOutput(predictions[i], info_.exits[exit]));
    }
    for (size_t k = 0; k < exits_.size() && all_exits_; ++k)
      Put(&exits_[k], first, session.ExitOutput(static_cast<int>(k)));
    for (size_t k = 0; k < outputs_.size(); ++k) {
      const std::span<const std::byte> raw = session.Output(static_cast<int>(k));
      outputs_[k].bytes.insert(outputs_[k].bytes.end(), raw.begin(), raw.end());
      outputs_[k].written_to = true;
    }
  }

  // Names the files that Write may write, none of which may be one of the inputs or of another kind.
  Status UseFolder(const std::string& folder, const NamedFiles& inputs) {
    OutputFiles files;
    for (auto* list : {&exits_, &outputs_}) {
      for (Collected& file : *list) {
        const auto taken = [&](const std::string& path) {
          return std::any_of(files.begin(), files.end(), [&](const OutputFile& f) { return f.path == path; });
        };
        std::string name = FileNameOf(file.tensor.name);
        const auto path_of = [&] { return os::NameOf(os::PathOf(folder) / os::PathOf(name + ".npy")); };
        while (taken(path_of())) name += '_';
        file.path = path_of();
        files.push_back({"--outputs", file.path, &kinds::kArray});
      }
    }
    return CheckOutputs(inputs, files);
  }

  Status Write(const std::string& folder, int64_t batch) const {
    std::error_code error;
    std::filesystem::create_directories(os::PathOf(folder), error);
    if (error) return Internal("cannot make the folder: " + error.message(), folder);
    for (const auto* list : {&exits_, &outputs_}) {
      for (const Collected& file : *list) {
        if (!file.written_to) continue;
        VITRT_RETURN_IF_ERROR(WriteFile(
            file.path, EncodeNpy(DescrOf(file.tensor.type), BatchShape(file.tensor.dims, batch), file.bytes)));
      }
    }
    return {};
  }

 private:
  // values: of the images from `image` on.
  static void Put(Collected* file, int64_t image, std::span<const float> values) {
    if (values.empty()) return;
    const std::vector<int64_t>& dims = file->tensor.dims;
    const int64_t at = std::accumulate(dims.begin(), dims.end(), image, std::multiplies<>());
    std::memcpy(file->bytes.data() + at * static_cast<int64_t>(sizeof(float)), values.data(), values.size_bytes());
    file->written_to = true;
  }

  const PlanInfo& info_;
  bool all_exits_;
  std::vector<Collected> exits_, outputs_;
};

}  // namespace

std::string FileNameOf(const std::string& name) {
  std::string safe = name.empty() ? "_" : name;
  for (char& c : safe) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '_' && c != '-') c = '_';
  }
  if (safe.front() == '.') safe.front() = '_';
  return safe;
}

Status RunTensorFile(const Engine& engine, const CommonOptions& common, const RunOptions& options,
                     const TensorRun& tensor, const std::function<void(int64_t, const Prediction&)>& on_prediction) {
  const PlanInfo& info = engine.info();
  NpyTensor input;
  {
    VITRT_ASSIGN_OR_RETURN(const FileBytes file, FileBytes::Open(tensor.input, FileBytes::Mode::kRead));
    auto parsed = ParseNpy(file.bytes(), info.input.type == ElementType::kUint8);
    if (!parsed.ok()) return Status(parsed.status()).Within(tensor.input);
    input = std::move(parsed).value();
  }
  VITRT_RETURN_IF_ERROR(CheckShape(input, info, tensor.input));
  const int64_t batch = input.shape[0], image_size = static_cast<int64_t>(input.values.size()) / batch;
  const int part = static_cast<int>(std::min<int64_t>(batch, info.max_batch));
  VITRT_ASSIGN_OR_RETURN(Session session, MakeSession(engine, common, part));
  Collector collector(info, tensor.outputs.empty() ? 0 : batch, tensor.all_exits);
  if (!tensor.outputs.empty()) {
    VITRT_RETURN_IF_ERROR(collector.UseFolder(tensor.outputs, {{"the plan", info.path}, {"the tensor", tensor.input}}));
  }
  for (int64_t first = 0; first < batch; first += part) {
    const int n = static_cast<int>(std::min<int64_t>(part, batch - first));
    const std::span<const float> values(input.values.data() + first * image_size, static_cast<size_t>(n * image_size));
    VITRT_ASSIGN_OR_RETURN(const auto predictions, session.RunTensor(values, n, options));
    if (!tensor.outputs.empty()) collector.Take(session, first, predictions);
    for (size_t i = 0; i < predictions.size(); ++i) on_prediction(first + static_cast<int64_t>(i), predictions[i]);
  }
  return tensor.outputs.empty() ? Status() : collector.Write(tensor.outputs, batch);
}

}  // namespace vitrt::cli
