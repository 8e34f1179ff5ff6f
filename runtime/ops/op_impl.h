// An implementation of an op. Each op family has one file with an ordered list of them; the first that accepts is
// bound.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/thread_team.h"
#include "runtime/kernels/int8.h"
#include "runtime/kernels/kernel_table.h"
#include "runtime/plan/plan_generated.h"
#include "runtime/plan/validate.h"  // SizeOf
#include "vitrt/status.h"

namespace vitrt::ops {

// A value as a step sees it. Image i of n is at base + i * image_stride bytes (0 for constants: the same for every
// image).
struct ValueDesc {
  plan::DType dtype = plan::DType::F32;
  plan::Encoding encoding = plan::Encoding::Plain;
  std::vector<int64_t> dims;  // of one image
  bool constant = false;
  const std::byte* constant_data = nullptr;  // mapped weights, when constant
  int64_t image_stride = 0;                  // bytes
  bool present = false;                      // false: absent optional input

  int64_t rank() const { return static_cast<int64_t>(dims.size()); }
  int64_t channels() const { return dims.empty() ? 1 : dims.back(); }
  int64_t size() const {
    int64_t n = 1;
    for (int64_t d : dims) n *= d;
    return n;
  }
  int64_t bytes() const { return size() * plan::SizeOf(dtype); }
  int64_t rows() const { return size() / channels(); }  // no axis of a plan has size 0
  // The images lie one after the other without gaps: n of them are one matrix of n * rows() rows.
  bool adjoining() const { return !constant && image_stride == bytes(); }
  const float* constant_f32() const { return reinterpret_cast<const float*>(constant_data); }
};

// A step of the plan, resolved: attributes, inputs and outputs; and the machine to bind it to.
struct OpContext {
  const plan::Step* step = nullptr;
  std::span<const ValueDesc> inputs, outputs;
  const kernels::KernelTable* kernels = nullptr;
  const kernels::Int8Kernels* int8 = nullptr;

  bool has(size_t input) const { return input < inputs.size() && inputs[input].present; }
  std::string_view onednn_refusal;  // why oneDNN does not take part; empty: it does
};

// Base of image 0 of a value; ValueDesc has shape and strides. Constants are never written through it.
struct Tensor {
  std::byte* data = nullptr;

  template <typename T>
  T* image(int64_t i, const ValueDesc& desc) const {
    return reinterpret_cast<T*>(data + i * desc.image_stride);
  }
};

struct RunContext {
  int n = 1;  // images
  ThreadTeam* team = nullptr;
  std::span<const Tensor> inputs, outputs;  // absent inputs: data is nullptr
  std::byte* scratch = nullptr;             // 64-byte aligned, scratch_bytes()
};

// A step bound to one implementation: immutable, shared by all sessions of an engine.
class BoundOp {
 public:
  virtual ~BoundOp() = default;
  virtual size_t scratch_bytes(int /*threads*/, int /*n*/) const { return 0; }
  virtual void Run(const RunContext& context) const = 0;  // allocates nothing, cannot fail
};

struct OpImpl {
  const char* name;                         // "own", "onednn_conv1x1", "reference"
  std::string (*refuse)(const OpContext&);  // empty: accepts; else the reason, for `inspect`
  Result<std::unique_ptr<BoundOp>> (*bind)(const OpContext&);
};

// The ordered implementations of an op; one table in op_lists.cc, indexed by plan::Op. The last of a list accepts all.
std::span<const OpImpl> ImplementationsOf(plan::Op op);

}  // namespace vitrt::ops
