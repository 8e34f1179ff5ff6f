// Ops that move elements by position.
#include <algorithm>
#include <cstring>

#include "converters/graph/broadcast.h"
#include "converters/graph/evaluate.h"

namespace vitrt::convert::evaluate {
namespace {

// y[index] = x[base + sum of index * strides]
Tensor Strided(const Context& c, const Shape& strides, int64_t base) {
  MutableTensor y(c.out());
  ByWidth(c.out().dtype, [&](auto tag) {
    using T = decltype(tag);
    const T* x = c.in(0).data<T>();
    T* out = y.data<T>();
    Walk<1>(y.shape(), {strides}, {base}, [&](const auto& at) { *out++ = x[at[0]]; });
  });
  return std::move(y).Freeze();
}

// Position in [0, size) that padding takes its element from, or -1 for the pad value.
int64_t PadSource(int64_t at, int64_t size, plan::PadMode mode) {
  if (at >= 0 && at < size) return at;
  if (mode == plan::PadMode::Constant) return -1;
  if (mode == plan::PadMode::Edge) return std::clamp<int64_t>(at, 0, size - 1);
  if (mode == plan::PadMode::Wrap) return ((at % size) + size) % size;
  return at < 0 ? -at : 2 * (size - 1) - at;  // Reflect; reaches over at most one side
}

}  // namespace

Result<Tensors> EvaluateReshape(const Context& c) { return Tensors{c.in(0).Reshaped(c.out().shape)}; }

Result<Tensors> EvaluateTranspose(const Context& c) {
  const Shape from = Strides(c.shape(0));
  Shape strides;
  for (int32_t axis : c.attributes<plan::TransposeT>().perm) strides.push_back(from[static_cast<size_t>(axis)]);
  return Tensors{Strided(c, strides, 0)};
}

Result<Tensors> EvaluateSlice(const Context& c) {
  const auto& op = c.attributes<plan::SliceT>();
  Shape strides = Strides(c.shape(0));
  int64_t base = 0;
  for (size_t i = 0; i < strides.size(); ++i) {
    base += op.starts[i] * strides[i];
    strides[i] *= op.steps[i];
  }
  return Tensors{Strided(c, strides, base)};
}

Result<Tensors> EvaluateExpand(const Context& c) {
  return Tensors{Strided(c, BroadcastStrides(c.shape(0), c.out().shape), 0)};
}

Result<Tensors> EvaluateTile(const Context& c) {
  // Seen as [repeats_0, dim_0, repeats_1, dim_1, ...], a tile is an expansion.
  const Shape from = Strides(c.shape(0));
  const auto& repeats = c.attributes<plan::TileT>().repeats;
  Shape split, strides;
  for (size_t i = 0; i < from.size(); ++i) {
    split.insert(split.end(), {repeats[i], c.shape(0)[i]});
    strides.insert(strides.end(), {0, from[i]});
  }
  const std::vector<ValueType> types{{c.out().dtype, split}};
  return Tensors{Strided({c.op, c.inputs, types}, strides, 0).Reshaped(c.out().shape)};
}

Result<Tensors> EvaluateConcat(const Context& c) {
  const int axis = c.attributes<plan::ConcatT>().axis;
  MutableTensor y(c.out());
  const AxisView whole(c.out().shape, axis);
  const int64_t width = SizeOf(c.out().dtype);
  int64_t offset = 0;
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    const AxisView part(c.shape(i), axis);
    const int64_t bytes = part.size * part.inner * width;
    for (int64_t o = 0; o < part.outer && bytes > 0; ++o) {
      std::memcpy(y.bytes() + o * whole.size * whole.inner * width + offset, c.in(i).bytes->data() + o * bytes,
                  static_cast<size_t>(bytes));
    }
    offset += bytes;
  }
  return Tensors{std::move(y).Freeze()};
}

Result<Tensors> EvaluatePad(const Context& c) {
  const auto& op = c.attributes<plan::PadT>();
  const Shape from = Strides(c.shape(0));
  const Shape& shape = c.out().shape;
  const std::vector<double> value_list{double{op.value}};
  const Tensor value = FromF64Vector({c.out().dtype, {1}}, value_list);
  MutableTensor y(c.out());
  ByWidth(c.out().dtype, [&](auto tag) {
    using T = decltype(tag);
    const Shape steps = Strides(shape);
    for (int64_t i = 0; i < y.size(); ++i) {
      int64_t source = 0;
      for (size_t axis = 0; axis < shape.size() && source >= 0; ++axis) {
        const int64_t at = i / steps[axis] % shape[axis] - op.begins[axis];
        const int64_t inside = PadSource(at, c.shape(0)[axis], op.mode);
        source = inside < 0 ? -1 : source + inside * from[axis];
      }
      y.data<T>()[i] = source < 0 ? value.data<T>()[0] : c.in(0).data<T>()[source];
    }
  });
  return Tensors{std::move(y).Freeze()};
}

}  // namespace vitrt::convert::evaluate
