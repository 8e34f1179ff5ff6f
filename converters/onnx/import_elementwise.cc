// Unary, binary and variadic elementwise operators, Where.
#include <cstring>
#include <limits>

#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {
namespace {

using plan::BinaryFn;
using plan::UnaryFn;

struct UnaryRow {
  const char* op_type;
  UnaryFn fn;
  const char* alpha_name = nullptr;
  float alpha = 0;
  const char* beta_name = nullptr;
  float beta = 0;
};

// Attribute names and defaults of the ONNX specification.
constexpr UnaryRow kUnary[] = {
    {"Abs", UnaryFn::Abs},
    {"Acos", UnaryFn::Acos},
    {"Acosh", UnaryFn::Acosh},
    {"Asin", UnaryFn::Asin},
    {"Asinh", UnaryFn::Asinh},
    {"Atan", UnaryFn::Atan},
    {"Atanh", UnaryFn::Atanh},
    {"Ceil", UnaryFn::Ceil},
    {"Celu", UnaryFn::Celu, "alpha", 1},
    {"Cos", UnaryFn::Cos},
    {"Cosh", UnaryFn::Cosh},
    {"Elu", UnaryFn::Elu, "alpha", 1},
    {"Erf", UnaryFn::Erf},
    {"Exp", UnaryFn::Exp},
    {"Floor", UnaryFn::Floor},
    {"HardSigmoid", UnaryFn::HardSigmoid, "alpha", 0.2f, "beta", 0.5f},
    {"HardSwish", UnaryFn::HardSwish},
    {"IsNaN", UnaryFn::IsNaN},
    {"LeakyRelu", UnaryFn::LeakyRelu, "alpha", 0.01f},
    {"Log", UnaryFn::Log},
    {"Mish", UnaryFn::Mish},
    {"Neg", UnaryFn::Neg},
    {"Not", UnaryFn::Not},
    {"Reciprocal", UnaryFn::Reciprocal},
    {"Relu", UnaryFn::Relu},
    {"Round", UnaryFn::Round},
    {"Selu", UnaryFn::Selu, "alpha", 1.67326319217681884765625f, "gamma", 1.05070102214813232421875f},
    {"Sigmoid", UnaryFn::Sigmoid},
    {"Sign", UnaryFn::Sign},
    {"Sin", UnaryFn::Sin},
    {"Sinh", UnaryFn::Sinh},
    {"Softplus", UnaryFn::Softplus},
    {"Softsign", UnaryFn::Softsign},
    {"Sqrt", UnaryFn::Sqrt},
    {"Swish", UnaryFn::Silu, "alpha", 1},
    {"Tan", UnaryFn::Tan},
    {"Tanh", UnaryFn::Tanh},
    {"ThresholdedRelu", UnaryFn::ThresholdedRelu, "alpha", 1},
};

struct BinaryRow {
  const char* op_type;
  BinaryFn fn;
};

constexpr BinaryRow kBinary[] = {
    {"Add", BinaryFn::Add},         {"And", BinaryFn::And},
    {"Div", BinaryFn::Div},         {"Equal", BinaryFn::Equal},
    {"Greater", BinaryFn::Greater}, {"GreaterOrEqual", BinaryFn::GreaterOrEqual},
    {"Less", BinaryFn::Less},       {"LessOrEqual", BinaryFn::LessOrEqual},
    {"Max", BinaryFn::Max},         {"Min", BinaryFn::Min},
    {"Mul", BinaryFn::Mul},         {"Or", BinaryFn::Or},
    {"PRelu", BinaryFn::PRelu},     {"Sub", BinaryFn::Sub},
    {"Sum", BinaryFn::Add},         {"Mean", BinaryFn::Add},
    {"Xor", BinaryFn::Xor},
};

template <typename Row, size_t n>
const Row& Lookup(const Row (&rows)[n], const std::string& op_type) {
  for (const Row& row : rows) {
    if (op_type == row.op_type) return row;
  }
  return rows[0];  // not reached: the operator table names only these
}

Status ImportUnary(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  const UnaryRow& row = Lookup(kUnary, node.op_type());
  float alpha = row.alpha, beta = row.beta;
  if (row.alpha_name) {
    VITRT_ASSIGN_OR_RETURN(alpha, node.Float(row.alpha_name, alpha));
  }
  if (row.beta_name) {
    VITRT_ASSIGN_OR_RETURN(beta, node.Float(row.beta_name, beta));
  }
  return node.Output(node.Unary(row.fn, node.in(0), alpha, beta));
}

Status ImportGelu(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const std::string form, node.String("approximate", "none"));
  if (form != "none" && form != "tanh") return node.Refuse("approximate = '" + form + "' is not known");
  return node.Output(node.Unary(form == "tanh" ? UnaryFn::GeluTanh : UnaryFn::GeluErf, node.in(0)));
}

Status ImportIsInf(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const int64_t negative, node.Int("detect_negative", 1));
  VITRT_ASSIGN_OR_RETURN(const int64_t positive, node.Int("detect_positive", 1));
  if (negative && positive) return node.Output(node.Unary(UnaryFn::IsInf, node.in(0)));
  const double infinity = std::numeric_limits<double>::infinity();
  const double sought = positive ? infinity : negative ? -infinity : std::numeric_limits<double>::quiet_NaN();
  return node.Output(node.Binary(BinaryFn::Equal, node.in(0), node.Scalar(DType::F32, sought)));
}

// x < -lambd: x + bias; x > lambd: x - bias; else 0
Status ImportShrink(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const float bias, node.Float("bias", 0));
  VITRT_ASSIGN_OR_RETURN(const float lambda, node.Float("lambd", 0.5f));
  const ValueId x = node.in(0);
  const DType dtype = node.dtype(0);
  auto scalar = [&](double value) { return node.Scalar(dtype, value); };
  VITRT_ASSIGN_OR_RETURN(const ValueId low, node.Binary(BinaryFn::Less, x, scalar(double{-lambda})));
  VITRT_ASSIGN_OR_RETURN(const ValueId high, node.Binary(BinaryFn::Greater, x, scalar(double{lambda})));
  VITRT_ASSIGN_OR_RETURN(const ValueId raised, node.Binary(BinaryFn::Add, x, scalar(double{bias})));
  VITRT_ASSIGN_OR_RETURN(const ValueId lowered, node.Binary(BinaryFn::Sub, x, scalar(double{bias})));
  VITRT_ASSIGN_OR_RETURN(const ValueId upper, node.Emit(plan::WhereT(), {high, lowered, scalar(0)}));
  return node.Output(node.Emit(plan::WhereT(), {low, raised, upper}));
}

// Bounds are attributes until opset 10, optional inputs since 11; two known floats are the Clip function.
Status ImportClip(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  constexpr float kLowest = std::numeric_limits<float>::lowest(), kHighest = std::numeric_limits<float>::max();
  ValueId x = node.in(0);
  if (node.opset() < 11) {
    VITRT_ASSIGN_OR_RETURN(const float low, node.Float("min", kLowest));
    VITRT_ASSIGN_OR_RETURN(const float high, node.Float("max", kHighest));
    return node.Output(node.Unary(UnaryFn::Clip, x, low, high));
  }
  std::optional<Tensor> low, high;
  if (node.has(1)) {
    VITRT_ASSIGN_OR_RETURN(low, node.Constant(node.in(1)));
  }
  if (node.has(2)) {
    VITRT_ASSIGN_OR_RETURN(high, node.Constant(node.in(2)));
  }
  const bool known = (low || !node.has(1)) && (high || !node.has(2));
  auto single = [](const std::optional<Tensor>& bound) { return !bound || bound->size() == 1; };
  if (node.dtype(0) == DType::F32 && known && single(low) && single(high)) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    return node.Output(
        node.Unary(UnaryFn::Clip, x, low ? low->f32()[0] : -kInfinity, high ? high->f32()[0] : kInfinity));
  }
  if (node.has(1)) {
    VITRT_ASSIGN_OR_RETURN(x, node.Binary(BinaryFn::Max, x, node.in(1)));
  }
  if (node.has(2)) {
    VITRT_ASSIGN_OR_RETURN(x, node.Binary(BinaryFn::Min, x, node.in(2)));
  }
  return node.Output(x);
}

Status ImportBinary(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  return node.Output(node.Binary(Lookup(kBinary, node.op_type()).fn, node.in(0), node.in(1)));
}

// Max, Min, Sum, Mean of any number of inputs.
Status ImportVariadic(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(std::max<size_t>(node.num_inputs(), 1)));
  ValueId y = node.in(0);
  for (size_t i = 1; i < node.num_inputs(); ++i) {
    VITRT_ASSIGN_OR_RETURN(y, node.Binary(Lookup(kBinary, node.op_type()).fn, y, node.in(i)));
  }
  if (node.op_type() != "Mean") return node.Output(y);
  return node.Output(node.Scale(y, 1.0 / static_cast<double>(node.num_inputs())));
}

// The exponent may have another type than the base; the result has that of the base.
Status ImportPow(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  const DType base = node.dtype(0), exponent = node.dtype(1);
  if (base == exponent) return node.Output(node.Binary(BinaryFn::Pow, node.in(0), node.in(1)));
  if (base != DType::F32 && exponent != DType::F32) {
    VITRT_ASSIGN_OR_RETURN(const ValueId same, node.Cast(node.in(1), base));
    return node.Output(node.Binary(BinaryFn::Pow, node.in(0), same));
  }
  VITRT_ASSIGN_OR_RETURN(const ValueId x, node.Cast(node.in(0), DType::F32));
  VITRT_ASSIGN_OR_RETURN(const ValueId p, node.Cast(node.in(1), DType::F32));
  VITRT_ASSIGN_OR_RETURN(const ValueId y, node.Binary(BinaryFn::Pow, x, p));
  return node.Output(node.Cast(y, base));
}

Status ImportMod(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_ASSIGN_OR_RETURN(const int64_t fmod, node.Int("fmod", 0));
  return node.Output(node.Binary(fmod ? BinaryFn::Fmod : BinaryFn::Mod, node.in(0), node.in(1)));
}

Status ImportWhere(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(3));
  return node.Output(node.Emit(plan::WhereT(), {node.in(0), node.in(1), node.in(2)}));
}

// clang-format off
constexpr Operator kOperators[] = {
    {"Abs", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Acos", 7, kNewestOpset, ImportUnary, "Unary", ""},
    {"Acosh", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"Add", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"And", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"Asin", 7, kNewestOpset, ImportUnary, "Unary", ""},
    {"Asinh", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"Atan", 7, kNewestOpset, ImportUnary, "Unary", ""},
    {"Atanh", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"Ceil", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Celu", 12, kNewestOpset, ImportUnary, "Unary", ""},
    {"Clip", 6, kNewestOpset, ImportClip, "Unary, or Max and Min", ""},
    {"Cos", 7, kNewestOpset, ImportUnary, "Unary", ""},
    {"Cosh", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"Div", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"Elu", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Equal", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"Erf", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"Exp", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Floor", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Gelu", 20, kNewestOpset, ImportGelu, "Unary", ""},
    {"Greater", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"GreaterOrEqual", 12, kNewestOpset, ImportBinary, "Binary", ""},
    {"HardSigmoid", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"HardSwish", 14, kNewestOpset, ImportUnary, "Unary", ""},
    {"IsInf", 10, kNewestOpset, ImportIsInf, "Unary, or Equal", ""},
    {"IsNaN", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"LeakyRelu", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Less", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"LessOrEqual", 12, kNewestOpset, ImportBinary, "Binary", ""},
    {"Log", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Max", 8, kNewestOpset, ImportVariadic, "Binary, one for each further input", ""},
    {"Mean", 8, kNewestOpset, ImportVariadic, "Binary, one for each further input", ""},
    {"Min", 8, kNewestOpset, ImportVariadic, "Binary, one for each further input", ""},
    {"Mish", 18, kNewestOpset, ImportUnary, "Unary", ""},
    {"Mod", 10, kNewestOpset, ImportMod, "Binary", ""},
    {"Mul", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"Neg", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Not", 1, kNewestOpset, ImportUnary, "Unary", ""},
    {"Or", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"PRelu", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"Pow", 7, kNewestOpset, ImportPow, "Binary", ""},
    {"Reciprocal", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Relu", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Round", 11, kNewestOpset, ImportUnary, "Unary", ""},
    {"Selu", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Shrink", 9, kNewestOpset, ImportShrink, "Binary, Where", ""},
    {"Sigmoid", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Sign", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"Sin", 7, kNewestOpset, ImportUnary, "Unary", ""},
    {"Sinh", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"Softplus", 1, kNewestOpset, ImportUnary, "Unary", ""},
    {"Softsign", 1, kNewestOpset, ImportUnary, "Unary", ""},
    {"Sqrt", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Sub", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"Sum", 8, kNewestOpset, ImportVariadic, "Binary, one for each further input", ""},
    {"Swish", 24, kNewestOpset, ImportUnary, "Unary", ""},
    {"Tan", 7, kNewestOpset, ImportUnary, "Unary", ""},
    {"Tanh", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"ThresholdedRelu", 10, kNewestOpset, ImportUnary, "Unary", ""},
    {"Where", 9, kNewestOpset, ImportWhere, "Where", ""},
    {"Xor", 7, kNewestOpset, ImportBinary, "Binary", ""},
};
// clang-format on

}  // namespace

std::span<const Operator> ElementwiseOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import
