#include "converters/flops.h"

namespace vitrt::convert {

uint64_t FlopsOf(const Graph& graph, const Node& node) {
  const auto shape = [&](size_t i) -> const Shape& { return graph.value(node.inputs[i]).shape; };
  const Shape& out = graph.value(node.outputs[0]).shape;
  const auto y = static_cast<uint64_t>(NumElements(out));
  const auto dim = [](const Shape& s, size_t from_end) { return static_cast<uint64_t>(s[s.size() - from_end]); };
  switch (node.op.type) {
    case plan::Op::Linear:
      return 2 * y * dim(shape(1), 2);
    case plan::Op::LinearI8:
      return 2 * y * dim(shape(0), 1);
    case plan::Op::Conv2d: {  // weight [kh, kw, cin/groups, cout]
      const Shape& w = shape(1);
      return 2 * y * static_cast<uint64_t>(w[0] * w[1] * w[2]);
    }
    case plan::Op::ConvI8: {  // weight [kh, kw, ceil(cin/groups/4), cout]
      const Shape& w = shape(1);
      return 2 * y * static_cast<uint64_t>(w[0] * w[1]) * dim(shape(0), 1) /
             static_cast<uint64_t>(node.op.AsConvI8()->groups);
    }
    case plan::Op::ConvTranspose2d: {  // weight [kh, kw, cin, cout/groups]
      const Shape& w = shape(1);
      return 2 * static_cast<uint64_t>(NumElements(shape(0)) * w[0] * w[1] * w[3]);
    }
    case plan::Op::Pool2d: {
      const auto& kernel = node.op.AsPool2d()->kernel;
      return y * static_cast<uint64_t>(kernel[0] * kernel[1]);
    }
    case plan::Op::MatMul:
      return 2 * y * dim(shape(0), 1);
    case plan::Op::Attention: {  // scores, softmax, sum of values
      const auto* op = node.op.AsAttention();
      const uint64_t rows = y / static_cast<uint64_t>(op->heads * op->value_dim), keys = dim(shape(1), 2);
      return rows * static_cast<uint64_t>(op->heads) * keys *
             static_cast<uint64_t>(2 * op->head_dim + 2 * op->value_dim + 4);
    }
    case plan::Op::LayerNorm:
      return 8 * y;
    case plan::Op::Softmax:
      return 4 * y;
    case plan::Op::Unary:
    case plan::Op::DynamicFakeQuantize:
    case plan::Op::Binary:
      return y;
    case plan::Op::Reduce:
      return static_cast<uint64_t>(NumElements(shape(0)));
    default:
      return 0;
  }
}

}  // namespace vitrt::convert
