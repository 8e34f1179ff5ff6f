#include "vitrt/engine.h"

#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/cpus.h"
#include "runtime/base/isa.h"
#include "runtime/engine/engine_impl.h"
#include "runtime/engine/tuning.h"
#if VITRT_HAS_ONEDNN
#include "runtime/onednn/context.h"
#include "runtime/onednn/library.h"
#endif

namespace vitrt {
namespace {

std::string Text(const flatbuffers::String* s) { return s == nullptr ? std::string() : s->str(); }

ElementType TypeOf(plan::DType dtype) {
  switch (dtype) {
    case plan::DType::F32:
      break;
    case plan::DType::I32:
      return ElementType::kInt32;
    case plan::DType::I64:
      return ElementType::kInt64;
    case plan::DType::Bool:
      return ElementType::kBool;
    case plan::DType::U8:
      return ElementType::kUint8;
  }
  return ElementType::kFloat32;
}

TensorInfo Describe(const std::string& name, const ops::ValueDesc& value) {
  return {name, value.dims, TypeOf(value.dtype)};
}

// The model's own layout and type of the input: [1, c, h, w] mostly, whatever the plan keeps.
TensorInfo DescribeInput(const plan::Plan& tables, const ops::ValueDesc& value) {
  TensorInfo info = Describe(Text(tables.input_name()), value);
  if (tables.input_bytes()) info.type = ElementType::kUint8;
  if (tables.input_channels_last() && !tables.model_channels_last())
    info.dims = {1, value.dims[3], value.dims[1], value.dims[2]};
  return info;
}

PlanInfo::Image DescribeImage(const plan::Plan& tables, const TensorInfo& input) {
  PlanInfo::Image image;
  if (tables.preprocess() != nullptr) image.sample_bits = tables.preprocess()->sample_bits();
  if (input.dims.size() != 4) return image;
  const bool last = tables.model_channels_last();
  image.channels = input.dims[last ? 3 : 1];
  image.height = input.dims[last ? 1 : 2];
  image.width = input.dims[last ? 2 : 3];
  return image;
}

void ReadRecipe(const plan::Preprocess& p, image::Recipe* recipe) {
  recipe->channels = p.channels();
  recipe->rule = static_cast<image::ResizeRule>(p.rule());
  recipe->resize_height = p.resize_height();
  recipe->resize_width = p.resize_width();
  recipe->interpolation = static_cast<image::Interpolation>(p.interpolation());
  recipe->crop_height = p.crop_height();
  recipe->crop_width = p.crop_width();
  if (p.mean() != nullptr) recipe->mean.assign(p.mean()->begin(), p.mean()->end());
  if (p.std() != nullptr) recipe->std.assign(p.std()->begin(), p.std()->end());
  recipe->bytes = p.range() == plan::PixelRange::Byte;
  recipe->sample_bits = p.sample_bits();
}

void ReadInfo(Engine::Impl* e) {
  const plan::Plan& tables = *e->plan.tables;
  PlanInfo& info = e->info;
  info.producer = Text(tables.producer());
  info.model_name = Text(tables.model_name());
  info.source_sha256 = Text(tables.source_sha256());
  info.max_batch = static_cast<int>(tables.max_batch());
  info.weight_bytes = e->plan.weights.size();
  info.arena_bytes_per_image = tables.arena_bytes();
  if (const plan::Calibration* calibration = tables.calibration()) {
    info.promised_disagreement = calibration->promised();
    info.certified_on = Text(calibration->machine());
  }
  if (tables.never_early() != nullptr)
    info.never_early.assign(tables.never_early()->begin(), tables.never_early()->end());
  if (tables.labels() != nullptr) {
    for (const auto* label : *tables.labels()) info.labels.push_back(label->str());
  }
  if (tables.exits() != nullptr) {
    for (const plan::Exit* exit : *tables.exits()) {
      ExitInfo x;
      x.name = Text(exit->name());
      x.index = static_cast<int>(info.exits.size());
      x.classes = exit->classes();
      x.meaning = static_cast<ExitMeaning>(exit->meaning());
      x.threshold = exit->threshold();
      x.enabled = exit->enabled();
      info.exits.push_back(std::move(x));
      e->exit_value.push_back(static_cast<int>(exit->value()));
    }
  }
  if (tables.outputs() != nullptr) {
    for (const plan::Output* output : *tables.outputs()) e->output_value.push_back(static_cast<int>(output->value()));
  }
  e->policy = static_cast<ExitPolicy>(tables.policy());
  if (tables.preprocess() != nullptr) {
    e->has_recipe = true;
    ReadRecipe(*tables.preprocess(), &e->recipe);
  }
}

// The parts of PlanInfo that need bound values and segments.
void FinishInfo(Engine::Impl* e) {
  const plan::Plan& tables = *e->plan.tables;
  e->info.input = DescribeInput(tables, e->values[tables.input()]);
  e->info.image = DescribeImage(tables, e->info.input);
  for (size_t i = 0; i < e->output_value.size(); ++i) {
    e->info.outputs.push_back(Describe(Text(tables.outputs()->Get(static_cast<flatbuffers::uoffset_t>(i))->name()),
                                       e->values[e->output_value[i]]));
  }
  for (ExitInfo& exit : e->info.exits) exit.dims = e->values[e->exit_value[exit.index]].dims;
  double flops = 0;
  for (const BoundSegment& segment : e->segments) {
    flops += segment.flops;
    if (segment.exit >= 0) e->info.exits[segment.exit].flops = flops;
  }
}

}  // namespace

std::string OneDnnRefusal([[maybe_unused]] Isa isa, [[maybe_unused]] CpuFeatures features) {
#if VITRT_HAS_ONEDNN
  if (const Status status = onednn::Load(); !status.ok()) return status.ToString();
  return onednn::CapIsa(isa, features) ? "" : "oneDNN was used with another instruction set before";
#else
  return "oneDNN is not compiled in";
#endif
}

// Shared by both ways to get at the bytes; `impl->file` or the caller holds them. tune_file "": none.
static Result<std::shared_ptr<const Engine::Impl>> Prepare(std::shared_ptr<Engine::Impl> impl,
                                                           std::span<const std::byte> bytes,
                                                           const EngineOptions& options,
                                                           const std::string& tune_file) try {
  VITRT_ASSIGN_OR_RETURN(impl->isa, ChooseIsa(options.max_isa));
  VITRT_ASSIGN_OR_RETURN(impl->features, ChooseFeatures(impl->isa));
  impl->kernels = &kernels::Kernels(impl->isa);
  if (options.use_onednn) impl->onednn_refusal = OneDnnRefusal(impl->isa, impl->features);
  VITRT_ASSIGN_OR_RETURN(
      impl->plan, plan::ReadPlan(bytes, {.verify_weights = options.verify_weights, .threads = DefaultThreads()}));
  impl->info.plan_bytes = bytes.size();
  impl->plan_identity = plan::PlanIdentity(bytes);
  if (!tune_file.empty()) {
    TakeTuneFile(tune_file, impl.get());
    VITRT_ASSIGN_OR_RETURN(impl->features, ChooseFeatures(impl->isa));
    impl->kernels = &kernels::Kernels(impl->isa);
  }
  ReadInfo(impl.get());
  if (impl->info.exits.size() > kMaxExits) return BadPlan("more than " + std::to_string(kMaxExits) + " exits");
  VITRT_RETURN_IF_ERROR(BindPlan(impl.get()));
  FinishInfo(impl.get());
  return std::shared_ptr<const Engine::Impl>(std::move(impl));
} catch (const std::bad_alloc&) {
  return Internal("out of memory while loading the plan");
}

Result<Engine> Engine::Load(const std::string& path, const EngineOptions& options) {
  auto impl = std::make_shared<Impl>(options);
  const FileBytes::Mode mode = options.mmap ? FileBytes::Mode::kMap : FileBytes::Mode::kRead;
  Result<FileBytes> file = FileBytes::Open(path, mode, impl->pages);
  if (!file.ok()) {
    const Status& s = file.status();
    return s.code() == StatusCode::kBadInput ? BadPlan(s.what(), s.where(), s.hint()) : s;
  }
  impl->file = std::move(file).value();
  impl->info.path = path;
  const std::span<const std::byte> bytes = impl->file.bytes();
  Result<std::shared_ptr<const Impl>> ready =
      Prepare(std::move(impl), bytes, options, options.tune_file.value_or(path + ".tune"));
  if (!ready.ok()) return Status(ready.status()).Within(path);
  return Engine(std::move(ready).value());
}

Result<Engine> Engine::FromMemory(std::span<const std::byte> bytes, const EngineOptions& options) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % AlignedBuffer::kAlignment != 0)
    return InvalidArgument("the plan in memory must be 64-byte aligned");
  Result<std::shared_ptr<const Impl>> ready =
      Prepare(std::make_shared<Impl>(options), bytes, options, options.tune_file.value_or(""));
  if (!ready.ok()) return ready.status();
  return Engine(std::move(ready).value());
}

const PlanInfo& Engine::info() const { return impl_->info; }
Isa Engine::isa() const { return impl_->isa; }

}  // namespace vitrt
