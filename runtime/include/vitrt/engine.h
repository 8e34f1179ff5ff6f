// A loaded plan: immutable, shared by any number of threads and sessions.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vitrt/element_type.h"
#include "vitrt/exit.h"
#include "vitrt/export.h"
#include "vitrt/isa.h"
#include "vitrt/status.h"

namespace vitrt {

struct EngineOptions {
  std::optional<Isa> max_isa = {};  // cap; default: VITRT_MAX_ISA or what the CPU and the OS offer
  bool mmap = true;            // false: read the file into private memory (safe against a file truncated while in use)
  bool verify_weights = true;  // check the weight section's checksum at load
  bool use_onednn = false;     // let oneDNN rows take part: loads libdnnl.so.3, where compiled in and there
  bool huge_pages = false;     // ask the system for pages of 2 MB, for the plan and for the memory of sessions
  // What `vitrt tune` wrote. Default: the plan's path with .tune behind it, where that is a file; "": none.
  std::optional<std::string> tune_file = {};
};

struct TensorInfo {
  std::string name;
  std::vector<int64_t> dims;  // of one image, as the model has it: where there is a batch axis, it is given as 1
  ElementType type = ElementType::kFloat32;
};

// Everything a caller may want to know about the plan.
struct PlanInfo {
  std::string path, producer, model_name, source_sha256;
  int max_batch = 1;
  TensorInfo input;  // [1, channels, height, width], or [1, height, width, channels]; kUint8: whole numbers
  std::vector<TensorInfo> outputs;  // outputs that are not exits
  std::vector<ExitInfo> exits;      // empty for a plan that only has raw outputs
  std::vector<std::string> labels;  // empty, or one per class
  uint64_t plan_bytes = 0, weight_bytes = 0, arena_bytes_per_image = 0;
  struct Image {  // what `input` is as an image; zeros where it has not four dims
    int64_t channels = 0, height = 0, width = 0;
    int sample_bits = 16;  // of 16-bit samples; see ImageView::bits
  } image;
  // Of the calibration that chose the thresholds: the largest promised share of images that are classified otherwise
  // than by the last exit; 0: no promise. certified_on: tier, CPU features and tune file of the certification.
  double promised_disagreement = 0;
  std::string certified_on;
  // Of EngineOptions::tune_file: how many steps run otherwise because of it; why it, or a part, was not taken up.
  int tuned_steps = 0;
  std::string tune_note;
  std::vector<int> never_early;  // classes: an image that would leave as one of them goes to the last exit

  // For people: the class's label, its number where the plan has no labels, "-" for no class (-1).
  std::string LabelName(int label) const {
    if (label < 0) return "-";
    return static_cast<size_t>(label) < labels.size() ? labels[static_cast<size_t>(label)] : std::to_string(label);
  }
};

// Copyable handle; copies share the plan, which lives until the last Engine and Session of it are gone.
// Thread-safe: every method is const and may be called from any thread.
class VITRT_API Engine {
 public:
  // Maps (or reads) the file, checks it, and binds every step to an implementation for this machine.
  // Errors: kBadPlan (missing, damaged, foreign, newer), kUnsupported (CPU below SSE4.1), kInternal (memory).
  static Result<Engine> Load(const std::string& path, const EngineOptions& options = {});
  // `bytes` must outlive the engine and be 64-byte aligned.
  static Result<Engine> FromMemory(std::span<const std::byte> bytes, const EngineOptions& options = {});

  const PlanInfo& info() const;
  Isa isa() const;  // in use

  struct Impl;  // engine/ only
  const std::shared_ptr<const Impl>& impl() const { return impl_; }

 private:
  explicit Engine(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace vitrt
