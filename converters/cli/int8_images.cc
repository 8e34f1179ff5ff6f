#include "converters/cli/int8_images.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "converters/input_statistics.h"
#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"
#include "runtime/line/images/image_list.h"
#include "vitrt/session.h"

namespace vitrt::convert {
namespace {

namespace fs = std::filesystem;

struct File {
  std::string path, bytes;
};

Result<std::vector<File>> ReadImages(const std::string& folder) {
  VITRT_ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesOf(folder));
  std::vector<File> files;
  for (const std::string& path : paths) {
    std::ifstream stream(os::PathOf(path), std::ios::binary);
    files.push_back({path, {std::istreambuf_iterator<char>(stream), {}}});
    if (!stream) return BadInput("the image cannot be read", path);
  }
  return files;
}

using Logits = std::vector<std::vector<float>>;  // of each exit of each image

// `statistics`, where it is given, receives those of the layers' inputs.
Result<Logits> LogitsOf(const std::string& plan, const std::vector<File>& images, int threads,
                        StatisticsByName* statistics) {
  EngineOptions lowest;
  lowest.max_isa = Isa::kSse41;
  VITRT_ASSIGN_OR_RETURN(const Engine engine, Engine::Load(plan, lowest));
  if (engine.info().exits.empty()) return InvalidArgument("the model has no exits to compare", "--int8-images");
  SessionOptions session_options;
  session_options.threads = threads;
  VITRT_ASSIGN_OR_RETURN(Session session, Session::Create(engine, session_options));
  InputObserver inputs(engine);
  if (statistics != nullptr) inputs.Watch(&session);
  RunOptions run;
  run.all_exits = true;
  Logits logits;
  for (const File& image : images) {
    const auto bytes = std::as_bytes(std::span(image.bytes.data(), image.bytes.size()));
    if (auto result = session.RunFile(bytes, run); !result.ok()) return Status(result.status()).Within(image.path);
    for (size_t exit = 0; exit < engine.info().exits.size(); ++exit) {
      const auto values = session.ExitLogits(static_cast<int>(exit));
      logits.emplace_back(values.begin(), values.end());
    }
  }
  if (statistics != nullptr) *statistics = inputs.Statistics();
  return logits;
}

LayerEffect Compare(const Logits& reference, const Logits& other) {
  LayerEffect effect;
  for (size_t i = 0; i < reference.size(); ++i) {
    double largest = 0, difference = 0;
    for (size_t c = 0; c < reference[i].size(); ++c) {
      largest = std::max(largest, std::abs(static_cast<double>(reference[i][c])));
      difference =
          std::max(difference, std::abs(static_cast<double>(reference[i][c]) - static_cast<double>(other[i][c])));
    }
    if (largest > 0) {
      effect.error = std::max(effect.error, difference / largest);
      effect.mean_error += difference / largest / static_cast<double>(reference.size());
    }
    const auto best = [](const std::vector<float>& v) { return std::max_element(v.begin(), v.end()) - v.begin(); };
    effect.changed += best(reference[i]) != best(other[i]);
  }
  return effect;
}

class Chooser {
 public:
  Chooser(const ConvertOptions& options, std::vector<File> images) : options_(options), images_(std::move(images)) {
    options_.int8_images.clear();
    options_.verify = false;
    options_.passes.dump = nullptr;
    options_.passes.dump_after.clear();
    options_.instead = [this](const std::string& plan) {
      auto logits = LogitsOf(plan, images_, options_.threads, measures_inputs_ ? &inputs_ : nullptr);
      if (logits.ok()) logits_ = std::move(*logits);
      return logits.status();
    };
  }

  Result<Int8Choice> Run() {
    ConvertOptions fp32 = options_;
    fp32.int8.reset();
    fp32.fp32 = true;
    measures_inputs_ = true;
    VITRT_RETURN_IF_ERROR(Convert(fp32).status());
    measures_inputs_ = false;
    const Logits reference = std::move(logits_);
    if (!options_.int8) options_.int8.emplace();
    Int8Choice choice;
    options_.int8->inputs = choice.inputs = inputs_;
    VITRT_ASSIGN_OR_RETURN(const ConvertReport all, Convert(options_));
    LayerEffect effect_all = Compare(reference, logits_);
    choice.error = effect_all.mean_error;
    options_.int8->balance = true;
    VITRT_RETURN_IF_ERROR(Convert(options_).status());
    const LayerEffect balanced = Compare(reference, logits_);
    choice.error_balanced = balanced.mean_error;
    choice.balance = options_.int8->balance = choice.error_balanced < choice.error;
    if (choice.balance) effect_all = balanced;
    for (const Int8Layer& layer : all.int8_layers) {
      if (!layer.kept.empty() || std::find(names_.begin(), names_.end(), layer.name) != names_.end()) continue;
      names_.push_back(layer.name);
    }
    choice.images = static_cast<int>(images_.size());
    choice.changed_all = choice.changed = effect_all.changed;
    for (const std::string& name : names_) {
      std::vector<std::string> others = names_;
      std::erase(others, name);
      VITRT_ASSIGN_OR_RETURN(choice.effects[name], EffectOf(others, reference));
    }
    std::stable_sort(names_.begin(), names_.end(), [&](const std::string& a, const std::string& b) {
      const LayerEffect &x = choice.effects[a], &y = choice.effects[b];
      return x.changed != y.changed ? x.changed > y.changed : x.error > y.error;
    });
    const size_t most = (names_.size() + 3) / 4;
    for (size_t count = 1; count <= most && choice.changed > 0; ++count) {
      const std::vector<std::string> keep(names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(count));
      VITRT_ASSIGN_OR_RETURN(const LayerEffect effect, EffectOf(keep, reference));
      if (effect.changed >= choice.changed) continue;
      choice.changed = effect.changed;
      choice.keep = keep;
    }
    return choice;
  }

 private:
  // Of the plan in which `keep` stay fp32, beside what the user keeps.
  Result<LayerEffect> EffectOf(const std::vector<std::string>& keep, const Logits& reference) {
    ConvertOptions trial = options_;
    trial.int8->keep.insert(trial.int8->keep.end(), keep.begin(), keep.end());
    VITRT_RETURN_IF_ERROR(Convert(trial).status());
    return Compare(reference, logits_);
  }

  ConvertOptions options_;
  std::vector<File> images_;
  std::vector<std::string> names_;  // layers that int8 would take
  Logits logits_;                   // of the last conversion
  bool measures_inputs_ = false;    // while the fp32 plan runs
  StatisticsByName inputs_;         // of what its layers read
};

}  // namespace

Result<std::vector<std::string>> FilesOf(const std::string& folder) {
  if (!os::IsFolder(folder)) return InvalidArgument("there is no such folder of images", folder);
  VITRT_ASSIGN_OR_RETURN(line::ImageList list, line::FindImages({folder}));
  return std::move(list.paths);
}

Result<Int8Choice> ChooseLayers(const ConvertOptions& options) {
  VITRT_ASSIGN_OR_RETURN(std::vector<File> images, ReadImages(options.int8_images));
  return Chooser(options, std::move(images)).Run();
}

}  // namespace vitrt::convert
