#include "tests/plan/test_plan.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "runtime/base/checked_math.h"
#include "runtime/base/file_bytes.h"
#include "runtime/base/os/process.h"
#include "runtime/plan/features.h"
#include "runtime/plan/plan_format.h"
#include "runtime/plan/validate.h"
#include "runtime/plan/writer.h"

namespace vitrt::test {
namespace {

int64_t Count(const TestPlan::Dims& dims) {
  int64_t n = 1;
  for (int64_t d : dims) n *= d;
  return n;
}

plan::Activation Act(plan::UnaryFn fn) { return plan::Activation(fn, 0, 0); }

}  // namespace

TestPlan::TestPlan() {
  tables.producer = "test";
  tables.model_name = "test";
  tables.input_channels_last = true;
}

int TestPlan::Activation(const Dims& dims, plan::DType dtype, const std::string& name) {
  auto storage = std::make_unique<plan::StorageT>();
  storage->offset = tables.arena_bytes;
  storage->bytes = static_cast<uint64_t>(Count(dims) * plan::SizeOf(dtype));
  tables.arena_bytes = AlignUp(storage->offset + storage->bytes, plan::kConstantAlignment);
  auto value = std::make_unique<plan::ValueT>();
  value->name = name;
  value->dtype = dtype;
  value->dims = dims;
  value->storage = static_cast<uint32_t>(tables.storages.size());
  tables.storages.push_back(std::move(storage));
  tables.values.push_back(std::move(value));
  return static_cast<int>(tables.values.size()) - 1;
}

int TestPlan::View(int of, const Dims& dims, uint64_t offset) {
  auto value = std::make_unique<plan::ValueT>(*tables.values[of]);
  value->dims = dims;
  value->offset += offset;
  tables.values.push_back(std::move(value));
  return static_cast<int>(tables.values.size()) - 1;
}

int TestPlan::RawConstant(const Dims& dims, plan::DType dtype, const void* data, size_t bytes,
                          plan::Encoding encoding) {
  weights.resize(AlignUp(weights.size(), plan::kConstantAlignment));
  auto storage = std::make_unique<plan::StorageT>();
  storage->offset = weights.size();
  storage->bytes = bytes;
  storage->constant = true;
  weights.resize(weights.size() + bytes);
  std::memcpy(weights.data() + storage->offset, data, bytes);
  auto value = std::make_unique<plan::ValueT>();
  value->dtype = dtype;
  value->dims = dims;
  value->encoding = encoding;
  value->storage = static_cast<uint32_t>(tables.storages.size());
  tables.storages.push_back(std::move(storage));
  tables.values.push_back(std::move(value));
  return static_cast<int>(tables.values.size()) - 1;
}

int TestPlan::Constant(const Dims& dims, const std::vector<float>& values) {
  REQUIRE(static_cast<int64_t>(values.size()) == Count(dims));
  return RawConstant(dims, plan::DType::F32, values.data(), values.size() * sizeof(float));
}

int TestPlan::ConstantI64(const Dims& dims, const std::vector<int64_t>& values) {
  REQUIRE(static_cast<int64_t>(values.size()) == Count(dims));
  return RawConstant(dims, plan::DType::I64, values.data(), values.size() * sizeof(int64_t));
}

int TestPlan::Panels(const Dims& dims, const std::vector<float>& values, int64_t groups) {
  REQUIRE(static_cast<int64_t>(values.size()) == Count(dims));
  const int64_t cout = dims.back(), k = Count(dims) / cout, n = cout / groups, panels = (n + 15) / 16;
  std::vector<float> packed(static_cast<size_t>(groups * panels * k * 16), 0.0f);
  for (int64_t g = 0; g < groups; ++g) {
    for (int64_t row = 0; row < k; ++row) {
      for (int64_t column = 0; column < n; ++column) {
        packed[((g * panels + column / 16) * k + row) * 16 + column % 16] = values[row * cout + g * n + column];
      }
    }
  }
  return RawConstant(dims, plan::DType::F32, packed.data(), packed.size() * sizeof(float), plan::Encoding::Panels16);
}

void TestPlan::EndSegment(const std::string& exit_name, int exit_value, float threshold, std::vector<int32_t> live) {
  auto segment = std::make_unique<plan::SegmentT>();
  if (!tables.segments.empty())
    segment->first_step = tables.segments.back()->first_step + tables.segments.back()->step_count;
  segment->step_count = static_cast<uint32_t>(tables.steps.size()) - segment->first_step;
  segment->live = std::move(live);
  if (exit_value >= 0) {
    segment->exit = static_cast<int32_t>(tables.exits.size());
    auto exit = std::make_unique<plan::ExitT>();
    exit->name = exit_name;
    exit->value = static_cast<uint32_t>(exit_value);
    exit->classes = static_cast<uint32_t>(Count(tables.values[exit_value]->dims));
    exit->threshold = threshold;
    tables.exits.push_back(std::move(exit));
  }
  tables.segments.push_back(std::move(segment));
}

void TestPlan::Output(const std::string& name, int value) {
  auto output = std::make_unique<plan::OutputT>();
  output->name = name;
  output->value = static_cast<uint32_t>(value);
  tables.outputs.push_back(std::move(output));
}

void TestPlan::TakeImages(int height, int width, float mean, float std) {
  auto recipe = std::make_unique<plan::PreprocessT>();
  recipe->rule = plan::ResizeRule::Exact;
  recipe->resize_height = static_cast<uint32_t>(height);
  recipe->resize_width = static_cast<uint32_t>(width);
  recipe->mean = {mean, mean, mean};
  recipe->std = {std, std, std};
  tables.preprocess = std::move(recipe);
}

void TestPlan::DeclareFeatures() { tables.required_features = plan::FeaturesToDeclare(*Finish().plan()); }

Tables TestPlan::Finish() const {
  flatbuffers::FlatBufferBuilder builder;
  builder.ForceDefaults(false);
  plan::FinishPlanBuffer(builder, plan::CreatePlan(builder, &tables));
  Tables result;
  auto memory = AlignedBuffer::Allocate(builder.GetSize());
  REQUIRE(memory.ok());
  result.memory = std::move(*memory);
  std::memcpy(result.memory.data(), builder.GetBufferPointer(), builder.GetSize());
  return result;
}

void TestPlan::Write(const std::string& path) const {
  const Tables finished = Finish();
  const Status status = plan::WritePlanFile(finished.memory.span(), weights, "test", path);
  REQUIRE_MESSAGE(status.ok(), status.ToString());
}

AlignedBuffer TestPlan::File() const {
  const std::string path = TemporaryPath("file.plan");
  Write(path);
  auto file = FileBytes::Open(path, FileBytes::Mode::kRead);
  REQUIRE(file.ok());
  auto copy = AlignedBuffer::Allocate(file->bytes().size());
  REQUIRE(copy.ok());
  std::memcpy(copy->data(), file->bytes().data(), copy->size());
  return std::move(*copy);
}

std::vector<float> Noise(uint32_t seed, int64_t count, float scale) {
  std::vector<float> values(static_cast<size_t>(count));
  uint64_t state = seed * 2654435761u + 12345;
  for (float& value : values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = scale * (static_cast<float>(state >> 40) / static_cast<float>(1 << 23) - 1.0f);
  }
  return values;
}

TestPlan TwoExitPlan(float threshold, uint32_t max_batch) {
  TestPlan p;
  p.tables.max_batch = max_batch;
  p.tables.input_name = "image";
  const int image = p.Activation({1, 8, 8, 3}, plan::DType::F32, "image");
  p.tables.input = static_cast<uint32_t>(image);

  plan::Conv2dT conv;
  conv.kernel = {3, 3};
  conv.strides = {2, 2};
  conv.dilations = {1, 1};
  conv.pads = {1, 1, 1, 1};
  conv.act = std::make_unique<plan::Activation>(Act(plan::UnaryFn::Relu));
  const int map = p.Step(
      conv, {image, p.Panels({3, 3, 3, 24}, Noise(1, 3 * 3 * 3 * 24, 0.5f)), p.Constant({24}, Noise(2, 24, 0.1f))},
      p.Activation({1, 4, 4, 24}), "stem", 2 * 16 * 27 * 24);
  const int tokens = p.View(map, {1, 16, 24});

  plan::LayerNormT norm;
  norm.epsilon = 1e-5f;
  const int normed = p.Step(norm, {tokens, p.Constant({24}, Noise(3, 24)), p.Constant({24}, Noise(4, 24))},
                            p.Activation({1, 16, 24}), "norm1");
  plan::LinearT gelu;
  gelu.act = std::make_unique<plan::Activation>(Act(plan::UnaryFn::GeluErf));
  const int mixed = p.Step(gelu,
                           {normed, p.Panels({24, 24}, Noise(5, 24 * 24, 0.3f)), p.Constant({24}, Noise(6, 24)),
                            p.Constant({16, 24}, Noise(7, 16 * 24)), tokens},
                           p.Activation({1, 16, 24}), "fc", 2 * 16 * 24 * 24);

  plan::ReduceT mean;
  mean.fn = plan::ReduceFn::Mean;
  mean.axes = {1};
  const int pooled = p.Step(mean, {mixed}, p.Activation({1, 24}), "pool");
  const int early =
      p.Step(plan::LinearT{}, {pooled, p.Panels({24, 5}, Noise(8, 24 * 5, 2.0f)), p.Constant({5}, Noise(9, 5))},
             p.Activation({1, 5}), "early", 2 * 24 * 5);
  p.EndSegment("early", early, threshold, {mixed, early});

  const int qkv =
      p.Step(plan::LinearT{}, {mixed, p.Panels({24, 72}, Noise(10, 24 * 72, 0.5f)), p.Constant({72}, Noise(11, 72))},
             p.Activation({1, 16, 72}), "qkv", 2 * 16 * 24 * 72);
  plan::AttentionT attention;
  attention.heads = 3;
  attention.head_dim = attention.value_dim = attention.q_head_stride = attention.k_head_stride =
      attention.v_head_stride = 8;
  attention.k_column = 24;
  attention.v_column = 48;
  attention.scale = 0.35355339f;
  const int attended = p.Step(attention, {qkv, qkv, qkv}, p.Activation({1, 16, 24}), "attention", 4 * 16 * 16 * 24);
  const int projected = p.Step(plan::LinearT{}, {attended, p.Panels({24, 24}, Noise(12, 24 * 24, 0.5f)), -1, -1, mixed},
                               p.Activation({1, 16, 24}), "proj", 2 * 16 * 24 * 24);
  const int pooled2 = p.Step(mean, {projected}, p.Activation({1, 24}), "pool2");
  const int last = p.Step(plan::LinearT{}, {pooled2, p.Panels({24, 5}, Noise(13, 24 * 5, 2.0f)), -1, -1, early},
                          p.Activation({1, 5}), "final", 2 * 24 * 5);
  p.EndSegment("final", last, 2.0f, {});
  return p;
}

TestPlan TypesPlan(plan::ExitMeaning meaning, uint32_t max_batch) {
  TestPlan p;
  p.tables.max_batch = max_batch;
  const int image = p.Activation({1, 1, 2, 3}, plan::DType::F32, "image");
  p.tables.input = static_cast<uint32_t>(image);
  plan::ReduceT sum;
  sum.fn = plan::ReduceFn::Sum;
  sum.axes = {1, 2, 3};
  const int total = p.Step(sum, {image}, p.Activation({1}), "sum");
  const std::pair<const char*, plan::DType> casts[] = {
      {"i32", plan::DType::I32}, {"i64", plan::DType::I64}, {"bool", plan::DType::Bool}, {"u8", plan::DType::U8}};
  for (const auto& [name, dtype] : casts)
    p.Output(name, p.Step(plan::CastT{}, {image}, p.Activation({1, 1, 2, 3}, dtype), name));
  p.Output("scalar", p.View(total, {}));
  p.Output("leading", p.View(image, {2, 1, 3}));
  p.EndSegment("sum", p.View(total, {1, 1}), 0.5f, {});
  p.tables.exits.back()->classes = 2;
  p.tables.exits.back()->meaning = meaning;
  p.DeclareFeatures();
  return p;
}

std::string TemporaryPath(const std::string& name) {
  struct Folder {
    std::filesystem::path path;
    Folder() {
      const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
      path = std::filesystem::temp_directory_path() /
             ("vitrt-test-" + std::to_string(os::ProcessId()) + "-" + std::to_string(now));
      std::filesystem::create_directory(path);
    }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Folder folder;
  return (folder.path / name).string();
}

}  // namespace vitrt::test
