// Ops that move elements by an index tensor. Indices may be negative; one outside of its axis is an error.
#include <algorithm>
#include <cstring>
#include <type_traits>

#include "converters/graph/evaluate.h"
#include "runtime/base/check.h"

namespace vitrt::convert::evaluate {
namespace {

Result<int64_t> Position(int64_t index, int64_t size) {
  const int64_t at = index < 0 ? index + size : index;
  if (at >= 0 && at < size) return at;
  return BadPlan("index " + std::to_string(index) + " is outside of an axis of size " + std::to_string(size));
}

// Offsets in elements of the blocks named by the last axis of `indices` into axes [first, first + depth) of `shape`.
Result<std::vector<int64_t>> BlockOffsets(const Shape& shape, size_t first, const Tensor& indices) {
  const std::vector<int64_t> all = ToI64Vector(indices);
  const Shape strides = Strides(shape);
  const size_t depth = static_cast<size_t>(indices.shape.back());
  const int64_t count = NumElements(Shape(indices.shape.begin(), indices.shape.end() - 1));
  std::vector<int64_t> offsets(static_cast<size_t>(count));
  for (size_t i = 0; i < offsets.size(); ++i) {
    for (size_t d = 0; d < depth; ++d) {
      VITRT_ASSIGN_OR_RETURN(const int64_t at, Position(all[i * depth + d], shape[first + d]));
      offsets[i] += at * strides[first + d];
    }
  }
  return offsets;
}

// update(old, new) of one element.
template <typename T>
T Combine(plan::ReduceFn fn, T a, T b) {
  // Integers wrap.
  using Wide = std::conditional_t<std::is_integral_v<T>, uint64_t, double>;
  switch (fn) {
    case plan::ReduceFn::Prod:
      return static_cast<T>(static_cast<Wide>(a) * static_cast<Wide>(b));
    case plan::ReduceFn::Min:
      return std::min(a, b);
    case plan::ReduceFn::Max:
      return std::max(a, b);
    default:
      return static_cast<T>(static_cast<Wide>(a) + static_cast<Wide>(b));
  }
}

}  // namespace

Result<Tensors> EvaluateGather(const Context& c) {
  const AxisView v(c.shape(0), c.attributes<plan::GatherT>().axis);
  const std::vector<int64_t> indices = ToI64Vector(c.in(1));
  MutableTensor y(c.out());
  const int64_t bytes = v.inner * SizeOf(c.out().dtype);
  std::byte* out = y.bytes();
  for (int64_t o = 0; o < v.outer; ++o) {
    for (int64_t index : indices) {
      VITRT_ASSIGN_OR_RETURN(const int64_t at, Position(index, v.size));
      if (bytes > 0) std::memcpy(out, c.in(0).bytes->data() + (o * v.size + at) * bytes, static_cast<size_t>(bytes));
      out += bytes;
    }
  }
  return Tensors{std::move(y).Freeze()};
}

Result<Tensors> EvaluateGatherElements(const Context& c) {
  const size_t axis = static_cast<size_t>(c.attributes<plan::GatherElementsT>().axis);
  const std::vector<int64_t> indices = ToI64Vector(c.in(1));
  const int64_t size = c.shape(0)[axis];
  Shape strides = Strides(c.shape(0));
  const int64_t stride = strides[axis];
  strides[axis] = 0;
  MutableTensor y(c.out());
  std::vector<int64_t> sources;
  Status status;
  size_t i = 0;
  Walk<1>(y.shape(), {strides}, {0}, [&](const auto& at) {
    auto position = Position(indices[i++], size);
    if (!position.ok()) status = position.status();
    sources.push_back(position.ok() ? at[0] + *position * stride : 0);
  });
  VITRT_RETURN_IF_ERROR(status);
  ByWidth(c.out().dtype, [&](auto tag) {
    using T = decltype(tag);
    for (size_t j = 0; j < sources.size(); ++j) y.data<T>()[j] = c.in(0).data<T>()[sources[j]];
  });
  return Tensors{std::move(y).Freeze()};
}

Result<Tensors> EvaluateGatherND(const Context& c) {
  const Shape &x = c.shape(0), &indices = c.shape(1);
  const size_t batch_dims = static_cast<size_t>(c.attributes<plan::GatherNDT>().batch_dims);
  VITRT_ASSIGN_OR_RETURN(std::vector<int64_t> offsets, BlockOffsets(x, batch_dims, c.in(1)));
  const auto axis = [](const Shape& s, size_t i) { return s.begin() + static_cast<std::ptrdiff_t>(i); };
  const int64_t batches = NumElements(Shape(x.begin(), axis(x, batch_dims)));
  const int64_t block = NumElements(Shape(axis(x, batch_dims + static_cast<size_t>(indices.back())), x.end()));
  const int64_t per_batch = batches == 0 ? 0 : c.in(0).size() / batches;
  const int64_t blocks_per_batch = batches == 0 ? 1 : static_cast<int64_t>(offsets.size()) / batches;
  const int64_t width = SizeOf(c.out().dtype);
  MutableTensor y(c.out());
  for (size_t i = 0; i < offsets.size() && block > 0; ++i) {
    const int64_t index = static_cast<int64_t>(i);
    const int64_t source = index / blocks_per_batch * per_batch + offsets[i];
    std::memcpy(y.bytes() + index * block * width, c.in(0).bytes->data() + source * width,
                static_cast<size_t>(block * width));
  }
  return Tensors{std::move(y).Freeze()};
}

Result<Tensors> EvaluateScatterND(const Context& c) {
  const auto& op = c.attributes<plan::ScatterNDT>();
  const Shape &x = c.shape(0), &indices = c.shape(1);
  VITRT_ASSIGN_OR_RETURN(std::vector<int64_t> offsets, BlockOffsets(x, 0, c.in(1)));
  const int64_t block = NumElements(Shape(x.begin() + indices.back(), x.end()));
  MutableTensor y(c.out());
  if (c.in(0).size() > 0) std::memcpy(y.bytes(), c.in(0).bytes->data(), c.in(0).bytes->size());
  auto scatter = [&](auto tag) {
    using T = decltype(tag);
    for (size_t i = 0; i < offsets.size(); ++i) {
      for (int64_t j = 0; j < block; ++j) {
        T& element = y.data<T>()[offsets[i] + j];
        const T update = c.in(2).data<T>()[static_cast<int64_t>(i) * block + j];
        element = op.reduce ? Combine(op.reduction, element, update) : update;
      }
    }
  };
  if (c.out().dtype == DType::F32) scatter(float{});
  if (c.out().dtype == DType::I32) scatter(int32_t{});
  if (c.out().dtype == DType::I64) scatter(int64_t{});
  if (c.out().dtype == DType::Bool) scatter(uint8_t{});
  return Tensors{std::move(y).Freeze()};
}

}  // namespace vitrt::convert::evaluate
