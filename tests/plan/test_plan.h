// Builds small plans by hand, through the FlatBuffers object API, for the tests of plan, ops and engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/aligned_buffer.h"
#include "runtime/plan/plan_generated.h"

namespace vitrt::test {

// A FlatBuffer in memory aligned as in a file.
struct Tables {
  AlignedBuffer memory;
  const plan::Plan* plan() const { return plan::GetPlan(memory.data()); }
};

// Every activation gets its own place in the arena; tests move things about in `tables`.
class TestPlan {
 public:
  plan::PlanT tables;
  std::vector<std::byte> weights;

  TestPlan();

  using Dims = std::vector<int64_t>;
  int Activation(const Dims& dims, plan::DType dtype = plan::DType::F32, const std::string& name = "");
  int View(int value, const Dims& dims, uint64_t offset = 0);  // of the same storage
  int Constant(const Dims& dims, const std::vector<float>& values);
  int ConstantI64(const Dims& dims, const std::vector<int64_t>& values);
  int RawConstant(const Dims& dims, plan::DType dtype, const void* data, size_t bytes,
                  plan::Encoding encoding = plan::Encoding::Plain);
  int Panels(const Dims& dims, const std::vector<float>& values,
             int64_t groups = 1);  // [k, n] or [kh, kw, cin/g, cout], row-major values

  template <typename OpT>
  int Step(OpT op, std::vector<int32_t> inputs, int output, const std::string& name = "", uint64_t flops = 0) {
    auto step = std::make_unique<plan::StepT>();
    step->op.Set(std::move(op));
    step->inputs = std::move(inputs);
    step->outputs = {output};
    step->name = name;
    step->flops = flops;
    tables.steps.push_back(std::move(step));
    return output;
  }
  void DeclareFeatures();  // those that the tables use now
  // Ends the segment of the steps added since the last one; exit_value -1: no exit.
  void EndSegment(const std::string& exit_name, int exit_value, float threshold, std::vector<int32_t> live);
  void Output(const std::string& name, int value);
  // Takes images: resized to height x width, (value / 255 - mean) / std.
  void TakeImages(int height, int width, float mean, float std);

  Tables Finish() const;
  void Write(const std::string& path) const;  // requires success
  AlignedBuffer File() const;                 // the bytes that Write would write
};

// Deterministic values in [-scale, scale].
std::vector<float> Noise(uint32_t seed, int64_t count, float scale = 1.0f);

// Two exits over a tiny hybrid network: convolution, LayerNorm, Linear with GELU and residual, mean, attention.
// Input [1, 3, 8, 8] channels last, 5 classes, exits "early" and "final", both with `threshold`.
TestPlan TwoExitPlan(float threshold, uint32_t max_batch = 8);

// Input [1, 3, 1, 2] channels last; a binary exit "sum" of one number, the sum of the input; and a raw output of every
// dtype, the input cast: "i32", "i64", "bool", "u8"; "scalar", the sum without axes; "leading", the input as [2, 1, 3].
TestPlan TypesPlan(plan::ExitMeaning meaning, uint32_t max_batch = 8);

// A path in a fresh temporary folder that is removed at the end of the program.
std::string TemporaryPath(const std::string& name);

}  // namespace vitrt::test
