#include "runtime/cli/infer/tensor_run.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <limits>
#include <system_error>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/cli/infer/npy.h"
#include "runtime/line/files/output_file.h"
#include "runtime/line/files/same_file.h"

namespace vitrt::cli {
namespace {

// One file to be: rows of the batch, collected part by part.
struct Collected {
  std::string name, descr = "<f4";
  std::vector<int64_t> shape;  // of one image
  std::vector<std::byte> bytes;
  bool written_to = false;
  std::string path = {};
};

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
  Collector(const PlanInfo& info, int64_t batch, bool all_exits) : all_exits_(all_exits) {
    for (const ExitInfo& exit : info.exits) {
      exits_.push_back({exit.name, "<f4", {exit.classes}, {}});
      const std::vector<float> none(static_cast<size_t>(batch * exit.classes), std::numeric_limits<float>::quiet_NaN());
      const auto* begin = reinterpret_cast<const std::byte*>(none.data());
      exits_.back().bytes.assign(begin, begin + none.size() * sizeof(float));
    }
    if (!all_exits && !info.exits.empty()) return;
    for (const TensorInfo& output : info.outputs) {
      outputs_.push_back(
          {output.name, "<f4", {output.dims.begin() + (output.dims.empty() ? 0 : 1), output.dims.end()}, {}});
    }
  }

  void Take(const Session& session, int64_t first, std::span<const Prediction> answers) {
    for (size_t i = 0; i < answers.size() && !all_exits_; ++i) {
      const int exit = answers[i].exit;
      if (exit >= 0) Put(&exits_[static_cast<size_t>(exit)], first + static_cast<int64_t>(i), answers[i].logits);
    }
    for (size_t k = 0; k < exits_.size() && all_exits_; ++k)
      Put(&exits_[k], first, session.ExitLogits(static_cast<int>(k)));
    for (size_t k = 0; k < outputs_.size(); ++k) {
      const Session::RawOutput raw = session.Output(static_cast<int>(k));
      outputs_[k].descr = raw.is_int64 ? "<i8" : "<f4";
      outputs_[k].bytes.insert(outputs_[k].bytes.end(), raw.bytes.begin(), raw.bytes.end());
      outputs_[k].written_to = true;
    }
  }

  // Names the files that Write may write, none of which may be one of the inputs.
  Status UseFolder(const std::string& folder, const NamedFiles& inputs) {
    NamedFiles files;
    for (auto* list : {&exits_, &outputs_}) {
      for (Collected& file : *list) {
        const auto taken = [&](const std::string& path) {
          return std::any_of(files.begin(), files.end(), [&](const NamedFile& f) { return f.path == path; });
        };
        std::string name = FileNameOf(file.name);
        const auto path_of = [&] { return (std::filesystem::path(folder) / (name + ".npy")).string(); };
        while (taken(path_of())) name += '_';
        file.path = path_of();
        files.push_back({"--outputs", file.path});
      }
    }
    return CheckOutputs(inputs, files);
  }

  Status Write(const std::string& folder, int64_t batch) const {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return Internal("cannot make the folder: " + error.message(), folder);
    for (const auto* list : {&exits_, &outputs_}) {
      for (const Collected& file : *list) {
        if (!file.written_to) continue;
        std::vector<int64_t> shape = {batch};
        shape.insert(shape.end(), file.shape.begin(), file.shape.end());
        VITRT_RETURN_IF_ERROR(WriteFile(file.path, EncodeNpy(file.descr, shape, file.bytes)));
      }
    }
    return {};
  }

 private:
  static void Put(Collected* file, int64_t row, std::span<const float> logits) {
    if (logits.empty()) return;
    std::memcpy(file->bytes.data() + row * file->shape[0] * static_cast<int64_t>(sizeof(float)), logits.data(),
                logits.size_bytes());
    file->written_to = true;
  }

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
                     const TensorRun& tensor, const std::function<void(int64_t, const Prediction&)>& answer) {
  const PlanInfo& info = engine.info();
  NpyTensor input;
  {
    VITRT_ASSIGN_OR_RETURN(const FileBytes file, FileBytes::Open(tensor.input, FileBytes::Mode::kRead));
    auto parsed = ParseNpy(file.bytes());
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
    VITRT_ASSIGN_OR_RETURN(const auto answers, session.RunTensor(values, n, options));
    if (!tensor.outputs.empty()) collector.Take(session, first, answers);
    for (size_t i = 0; i < answers.size(); ++i) answer(first + static_cast<int64_t>(i), answers[i]);
  }
  return tensor.outputs.empty() ? Status() : collector.Write(tensor.outputs, batch);
}

}  // namespace vitrt::cli
