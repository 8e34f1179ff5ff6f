// Rules of the ops that multiply by weights or windows: Linear, convolutions, pooling, attention, matrix product.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/checked_math.h"
#include "runtime/plan/op_rules.h"

namespace vitrt::plan {
namespace {

constexpr int64_t kPanel = 16;
constexpr int64_t kMaxGeometry = 1 << 20;  // of kernels, strides, dilations and pads: no product below overflows

// Bytes of `groups` matrices [k, n] in panels of 16 columns.
std::optional<uint64_t> PanelBytes(int64_t groups, int64_t k, int64_t n) {
  const int64_t factors[] = {groups, (n + kPanel - 1) / kPanel, k, kPanel, 4};
  const auto bytes = CheckedProduct(factors);
  return bytes ? std::optional<uint64_t>(static_cast<uint64_t>(*bytes)) : std::nullopt;
}

Status CheckPanels(const ValueType& weight, int64_t groups, int64_t k, int64_t n) {
  VITRT_RULE(weight.constant && weight.dtype == DType::F32, "the weight is not an fp32 constant");
  VITRT_RULE(weight.encoding == Encoding::Panels16, "the weight is not in panels");
  const auto bytes = PanelBytes(groups, k, n);
  VITRT_RULE(bytes && *bytes <= weight.room, "the panels of the weight do not fit its storage");
  VITRT_RULE(weight.offset % 64 == 0, "the weight is not aligned to 64 bytes");
  return {};
}

// bias [n]?, row_bias [period, n]?, residual [..., n]?, at inputs 2, 3 and 4.
Status CheckEpilogue(const StepTypes& s, const Activation* act, int64_t rows, int64_t n) {
  if (const ValueType* bias = s.optional(2)) {
    VITRT_RULE(IsFloat(*bias) && bias->dims == Dims{n}, "the bias is not fp32 [n]");
  }
  if (const ValueType* row_bias = s.optional(3)) {
    VITRT_RULE(IsFloat(*row_bias) && row_bias->channels() == n, "the row bias is not fp32 [period, n]");
    VITRT_RULE(rows % row_bias->rows() == 0, "the rows are no multiple of the row bias's period");
  }
  if (const ValueType* residual = s.optional(4)) {
    VITRT_RULE(IsFloat(*residual) && residual->channels() == n, "the residual is not fp32 [..., n]");
    VITRT_RULE(rows % residual->rows() == 0, "the rows are no multiple of the residual's");
  }
  return CheckEpilogueActivation(act);
}

struct Geometry {
  int64_t kernel[2], stride[2], dilation[2], pad_begin[2], pad_end[2];
};

Status ReadPair(const flatbuffers::Vector<int32_t>* pair, int64_t minimum, const char* name, int64_t out[2]) {
  VITRT_RULE(pair != nullptr && pair->size() == 2, std::string(name) + " is not [h, w]");
  for (int i = 0; i < 2; ++i) {
    out[i] = pair->Get(i);
    VITRT_RULE(out[i] >= minimum && out[i] <= kMaxGeometry, std::string(name) + " is out of range");
  }
  return {};
}

template <typename T>
Status ReadGeometry(const T& op, Geometry* g) {
  VITRT_RULE(op.channels_last(), "the layout is not channels-last");
  VITRT_RETURN_IF_ERROR(ReadPair(op.kernel(), 1, "kernel", g->kernel));
  VITRT_RETURN_IF_ERROR(ReadPair(op.strides(), 1, "strides", g->stride));
  VITRT_RETURN_IF_ERROR(ReadPair(op.dilations(), 1, "dilations", g->dilation));
  VITRT_RULE(op.pads() != nullptr && op.pads()->size() == 4, "pads is not [top, left, bottom, right]");
  for (int i = 0; i < 2; ++i) {
    g->pad_begin[i] = op.pads()->Get(i);
    g->pad_end[i] = op.pads()->Get(i + 2);
    for (int64_t pad : {g->pad_begin[i], g->pad_end[i]})
      VITRT_RULE(pad >= 0 && pad <= kMaxGeometry, "a pad is out of range");
  }
  return {};
}

Status CheckMap(const ValueType& value) {
  VITRT_RULE(IsFloat(value) && value.rank() == 4 && value.dims[0] == 1, "not an fp32 feature map [1, h, w, c]");
  return {};
}

}  // namespace

Status CheckLinear(const StepTypes& s) {
  const ValueType &x = s.in(0), &weight = s.in(1);
  VITRT_RULE(IsFloat(x) && x.rank() >= 1, "x is not an fp32 matrix");
  VITRT_RULE(weight.rank() == 2 && weight.dims[0] == x.channels(), "the weight is not [k, n]");
  VITRT_RETURN_IF_ERROR(CheckPanels(weight, 1, weight.dims[0], weight.dims[1]));
  Dims expected = x.dims;
  expected.back() = weight.dims[1];
  VITRT_RETURN_IF_ERROR(OutputIs(s.out(), DType::F32, expected));
  return CheckEpilogue(s, s.step.op_as_Linear()->act(), x.rows(), weight.dims[1]);
}

Status CheckConv2d(const StepTypes& s) {
  const Conv2d& op = *s.step.op_as_Conv2d();
  const ValueType &x = s.in(0), &weight = s.in(1);
  Geometry g;
  VITRT_RETURN_IF_ERROR(ReadGeometry(op, &g));
  VITRT_RETURN_IF_ERROR(CheckMap(x));
  const int64_t groups = op.groups(), cin = x.channels();
  VITRT_RULE(weight.rank() == 4 && groups >= 1 && cin % groups == 0 && weight.dims[3] % groups == 0,
             "groups do not divide the channels");
  const int64_t cout = weight.dims[3];
  VITRT_RULE((weight.dims == Dims{g.kernel[0], g.kernel[1], cin / groups, cout}),
             "the weight is not [kh, kw, cin/groups, cout]");
  if (weight.encoding == Encoding::Depthwise) {
    VITRT_RULE(groups == cin && groups == cout, "a depthwise weight of a convolution that is not depthwise");
    VITRT_RULE(weight.constant && weight.dtype == DType::F32, "the weight is not an fp32 constant");
  } else {
    VITRT_RETURN_IF_ERROR(CheckPanels(weight, groups, g.kernel[0] * g.kernel[1] * (cin / groups), cout / groups));
  }
  Dims expected = {1, 0, 0, cout};
  for (int i = 0; i < 2; ++i) {
    const int64_t room = x.dims[1 + i] + g.pad_begin[i] + g.pad_end[i] - (g.kernel[i] - 1) * g.dilation[i] - 1;
    VITRT_RULE(room >= 0, "the kernel is larger than the padded input");
    expected[1 + i] = room / g.stride[i] + 1;
  }
  VITRT_RETURN_IF_ERROR(OutputIs(s.out(), DType::F32, expected));
  return CheckEpilogue(s, op.act(), expected[1] * expected[2], cout);
}

Status CheckConvTranspose2d(const StepTypes& s) {
  const ConvTranspose2d& op = *s.step.op_as_ConvTranspose2d();
  const ValueType &x = s.in(0), &weight = s.in(1), &y = s.out();
  Geometry g;
  VITRT_RETURN_IF_ERROR(ReadGeometry(op, &g));
  VITRT_RETURN_IF_ERROR(CheckMap(x));
  VITRT_RETURN_IF_ERROR(CheckMap(y));
  const int64_t groups = op.groups(), cin = x.channels(), cout = y.channels();
  VITRT_RULE(groups >= 1 && cin % groups == 0 && cout % groups == 0, "groups do not divide the channels");
  VITRT_RULE(IsFloat(weight) && (weight.dims == Dims{g.kernel[0], g.kernel[1], cin, cout / groups}),
             "the weight is not [kh, kw, cin, cout/groups]");
  for (int i = 0; i < 2; ++i) {
    const int64_t full =
        (x.dims[1 + i] - 1) * g.stride[i] + (g.kernel[i] - 1) * g.dilation[i] + 1 - g.pad_begin[i] - g.pad_end[i];
    const int64_t extra = y.dims[1 + i] - full;  // the model's output_padding
    VITRT_RULE(extra >= 0 && extra < std::max(g.stride[i], g.dilation[i]),
               "the output size does not follow from the input's");
  }
  if (const ValueType* bias = s.optional(2))
    VITRT_RULE(IsFloat(*bias) && bias->dims == Dims{cout}, "the bias is not fp32 [cout]");
  return {};
}

Status CheckPool2d(const StepTypes& s) {
  const ValueType &x = s.in(0), &y = s.out();
  Geometry g;
  VITRT_RETURN_IF_ERROR(ReadGeometry(*s.step.op_as_Pool2d(), &g));
  VITRT_RETURN_IF_ERROR(CheckMap(x));
  VITRT_RETURN_IF_ERROR(CheckMap(y));
  VITRT_RULE(x.channels() == y.channels(), "pooling changes the channels");
  for (int i = 0; i < 2; ++i) {
    const int64_t reach = (g.kernel[i] - 1) * g.dilation[i];
    VITRT_RULE(g.pad_begin[i] <= reach && g.pad_end[i] <= reach, "a pad is as large as the window");
    // The last window may stick out (ceil_mode), but every window begins inside the padded input's left part.
    const int64_t last = (y.dims[1 + i] - 1) * g.stride[i] - g.pad_begin[i];
    VITRT_RULE(last < x.dims[1 + i], "a window lies outside the input");
  }
  return {};
}

Status CheckAttention(const StepTypes& s) {
  const Attention& op = *s.step.op_as_Attention();
  const ValueType &q = s.in(0), &k = s.in(1), &v = s.in(2);
  for (const ValueType* value : {&q, &k, &v})
    VITRT_RULE(IsFloat(*value) && value->rank() >= 2, "q, k or v is not fp32 [..., tokens, columns]");
  VITRT_RULE(op.heads() >= 1 && op.head_dim() >= 1 && op.value_dim() >= 1, "heads, head_dim or value_dim below 1");
  const auto columns_fit = [&](const ValueType& value, int64_t column, int64_t stride, int64_t width) {
    return column >= 0 && stride >= 0 && column + (int64_t{op.heads()} - 1) * stride + width <= value.channels();
  };
  VITRT_RULE(columns_fit(q, op.q_column(), op.q_head_stride(), op.head_dim()),
             "the heads of q lie outside its columns");
  VITRT_RULE(columns_fit(k, op.k_column(), op.k_head_stride(), op.head_dim()),
             "the heads of k lie outside its columns");
  VITRT_RULE(columns_fit(v, op.v_column(), op.v_head_stride(), op.value_dim()),
             "the heads of v lie outside its columns");

  const auto tokens = [](const ValueType& value) { return value.dims[value.rank() - 2]; };
  const auto problems = [&](const ValueType& value) { return value.rows() / tokens(value); };
  VITRT_RULE(tokens(k) == tokens(v), "k and v differ in tokens");
  const int64_t count = std::max({problems(q), problems(k), problems(v)});
  for (const ValueType* value : {&q, &k, &v}) {
    VITRT_RULE(problems(*value) == count || problems(*value) == 1, "q, k and v differ in problems");
  }
  const ValueType& y = s.out();
  VITRT_RULE(IsFloat(y) && y.rank() >= 2 && tokens(y) == tokens(q) && problems(y) == count &&
                 y.channels() == int64_t{op.heads()} * op.value_dim(),
             "the output is not [..., tq, heads*value_dim]");
  if (const ValueType* bias = s.optional(3)) {
    Dims whole = {count, op.heads(), tokens(q), tokens(k)}, result;
    VITRT_RULE(IsFloat(*bias) && bias->rank() <= 4 && bias->channels() == tokens(k) &&
                   BroadcastDims(bias->dims, whole, &result) && result == whole,
               "the bias does not broadcast to [problems, heads, tq, tk]");
  }
  return {};
}

Status CheckMatMul(const StepTypes& s) {
  const ValueType &a = s.in(0), &b = s.in(1);
  VITRT_RULE(IsFloat(a) && IsFloat(b) && a.rank() >= 2 && b.rank() >= 2, "a or b is not an fp32 matrix");
  const bool transpose = s.step.op_as_MatMul()->transpose_b();
  const int64_t b_rows = b.dims[b.rank() - 2], b_columns = b.channels();
  VITRT_RULE(a.channels() == (transpose ? b_columns : b_rows), "the inner sizes differ");
  Dims leading;
  VITRT_RULE(BroadcastDims(Dims(a.dims.begin(), a.dims.end() - 2), Dims(b.dims.begin(), b.dims.end() - 2), &leading),
             "the leading axes do not broadcast");
  leading.push_back(a.dims[a.rank() - 2]);
  leading.push_back(transpose ? b_rows : b_columns);
  return OutputIs(s.out(), DType::F32, leading);
}

}  // namespace vitrt::plan
