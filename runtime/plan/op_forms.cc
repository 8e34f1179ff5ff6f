// The forms of single ops: weights as kernels read them, channels-last windows, pads and scales within reach.
#include <algorithm>
#include <cmath>
#include <optional>

#include "runtime/base/check.h"
#include "runtime/base/checked_math.h"
#include "runtime/base/panels.h"
#include "runtime/plan/op_rules.h"

namespace vitrt::plan {
namespace {

constexpr int64_t kMaxGeometry = 1 << 20;  // of kernels, strides, dilations and pads: no product below overflows

// Bytes of `groups` matrices [k, n] in panels of 16 columns.
std::optional<uint64_t> PanelBytes(int64_t groups, int64_t k, int64_t n) {
  const int64_t factors[] = {groups, PanelCount(n), k, kPanel, 4};
  const auto bytes = CheckedProduct(factors);
  return bytes ? std::optional<uint64_t>(static_cast<uint64_t>(*bytes)) : std::nullopt;
}

// All elements of panels have four bytes.
Status CheckPanels(const ValueType& weight, DType dtype, int64_t groups, int64_t k, int64_t n) {
  VITRT_RULE(weight.constant && weight.dtype == dtype,
             std::string("the weight is not a constant of ") + EnumNameDType(dtype));
  VITRT_RULE(weight.encoding == Encoding::Panels16, "the weight is not in panels");
  const auto bytes = PanelBytes(groups, k, n);
  VITRT_RULE(bytes && *bytes <= weight.room, "the panels of the weight do not fit its storage");
  VITRT_RULE(weight.offset % 64 == 0, "the weight is not aligned to 64 bytes");
  return {};
}

// A known function that epilogues apply, with finite parameters; a missing activation is the identity.
Status CheckEpilogueActivation(const Activation* act) {
  if (act == nullptr) return {};
  const UnaryFn fn = act->fn();
  VITRT_RULE(fn <= UnaryFn::Clip && fn != UnaryFn::Elu, "not an activation of an epilogue");
  VITRT_RULE(std::isfinite(act->alpha()) || fn == UnaryFn::Clip, "an activation parameter is not finite");
  VITRT_RULE(!std::isnan(act->alpha()) && !std::isnan(act->beta()), "an activation parameter is NaN");
  return {};
}

// x, weight, bias?, row_bias?, residual? and others up to `end`: all but the weight are row-major.
Status CheckEpilogue(const StepTypes& s, const Activation* act, size_t end = SIZE_MAX) {
  VITRT_RULE(IsPlain(s.in(0)), "x has an encoding");
  VITRT_RETURN_IF_ERROR(CheckPlainInputs(s, 2, end));
  return CheckEpilogueActivation(act);
}

// [h, w] of a window.
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

// A window over one channels-last map.
template <typename T>
Status ReadGeometry(const StepTypes& s, const T& op, Geometry* g) {
  if constexpr (requires { op.channels_last(); }) VITRT_RULE(op.channels_last(), "the layout is not channels-last");
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
  for (const ValueType* map : {&s.in(0), &s.out()})
    VITRT_RULE(IsFloat(*map) && map->rank() == 4 && map->dims[0] == 1, "not an fp32 feature map [1, h, w, c]");
  return {};
}

Status CheckInt8Constants(const StepTypes& s) {
  for (const size_t i : {5, 6, 7})
    VITRT_RULE(s.optional(i) != nullptr && s.in(i).constant, "the scale, the column sums or the runs are no constants");
  return {};
}

}  // namespace

template <>
Status CheckForm<Op::Linear>(const StepTypes& s) {
  const ValueType& weight = s.in(1);
  VITRT_RULE(weight.rank() == 2, "the weight is not [k, n]");
  VITRT_RETURN_IF_ERROR(CheckPanels(weight, DType::F32, 1, weight.dims[0], weight.dims[1]));
  return CheckEpilogue(s, s.step.op_as_Linear()->act());
}

template <>
Status CheckForm<Op::LinearI8>(const StepTypes& s) {
  const ValueType& weight = s.in(1);
  VITRT_RULE(weight.rank() == 2, "the weight is not [ceil(k/4), n]");
  VITRT_RETURN_IF_ERROR(CheckPanels(weight, DType::I32, 1, weight.dims[0], weight.dims[1]));
  VITRT_RETURN_IF_ERROR(CheckInt8Constants(s));
  return CheckEpilogue(s, s.step.op_as_LinearI8()->act());
}

template <>
Status CheckForm<Op::ConvI8>(const StepTypes& s) {
  const ConvI8& op = *s.step.op_as_ConvI8();
  const ValueType& weight = s.in(1);
  Geometry g;
  VITRT_RETURN_IF_ERROR(ReadGeometry(s, op, &g));
  const int64_t groups = op.groups();
  VITRT_RULE(weight.rank() == 4, "the weight is not [kh, kw, ceil(cin/groups/4), cout]");
  VITRT_RULE(groups >= 1 && weight.dims[3] % groups == 0, "groups do not divide the channels");
  int64_t map = s.in(0).channels();  // bytes of the quantised map with its padding
  for (int i = 0; i < 2; ++i) {
    const int64_t size = (s.out().dims[1 + i] - 1) * g.stride[i] + (g.kernel[i] - 1) * g.dilation[i] + 1;
    VITRT_RULE(size <= kMaxElements / map, "the padded map is too large");
    map *= size;
  }
  const int64_t k = weight.dims[0] * weight.dims[1] * weight.dims[2];
  VITRT_RETURN_IF_ERROR(CheckPanels(weight, DType::I32, groups, k, weight.dims[3] / groups));
  VITRT_RETURN_IF_ERROR(CheckInt8Constants(s));
  return CheckEpilogue(s, op.act());
}

template <>
Status CheckForm<Op::Conv2d>(const StepTypes& s) {
  const Conv2d& op = *s.step.op_as_Conv2d();
  const ValueType& weight = s.in(1);
  Geometry g;
  VITRT_RETURN_IF_ERROR(ReadGeometry(s, op, &g));
  const int64_t groups = op.groups();
  VITRT_RULE(weight.rank() == 4, "the weight is not [kh, kw, cin/groups, cout]");
  VITRT_RULE(groups >= 1 && weight.dims[3] % groups == 0, "groups do not divide the channels");
  if (weight.encoding == Encoding::Depthwise) {
    VITRT_RULE(groups == s.in(0).channels() && groups == weight.dims[3],
               "a depthwise weight of a convolution that is not depthwise");
    VITRT_RULE(weight.constant && weight.dtype == DType::F32, "the weight is not an fp32 constant");
  } else {
    const int64_t k = weight.dims[0] * weight.dims[1] * weight.dims[2];
    VITRT_RETURN_IF_ERROR(CheckPanels(weight, DType::F32, groups, k, weight.dims[3] / groups));
  }
  if (const ValueType* winograd = s.optional(5); winograd != nullptr) {  // its dims and groups: op_types_window.cc
    const int64_t side = int64_t{op.winograd()} + 2;
    VITRT_RULE(winograd->rank() == 2, "the winograd weight is not a matrix");
    VITRT_RETURN_IF_ERROR(
        CheckPanels(*winograd, DType::F32, side * side, winograd->dims[0], winograd->dims[1] / (side * side)));
  }
  return CheckEpilogue(s, op.act(), 5);
}

template <>
Status CheckForm<Op::ConvTranspose2d>(const StepTypes& s) {
  Geometry g;
  VITRT_RETURN_IF_ERROR(ReadGeometry(s, *s.step.op_as_ConvTranspose2d(), &g));
  return CheckPlainInputs(s);
}

template <>
Status CheckForm<Op::Pool2d>(const StepTypes& s) {
  Geometry g;
  VITRT_RETURN_IF_ERROR(ReadGeometry(s, *s.step.op_as_Pool2d(), &g));
  for (int i = 0; i < 2; ++i) {
    const int64_t reach = (g.kernel[i] - 1) * g.dilation[i];
    VITRT_RULE(g.pad_begin[i] <= reach && g.pad_end[i] <= reach, "a pad is as large as the window");
    // The last window may stick out (ceil_mode), but every window begins inside the padded input's left part.
    const int64_t last = (s.out().dims[1 + i] - 1) * g.stride[i] - g.pad_begin[i];
    VITRT_RULE(last < s.in(0).dims[1 + i], "a window lies outside the input");
  }
  return {};
}

// What remains of an axis after cropping is what a reflection or a wrap repeats.
template <>
Status CheckForm<Op::Pad>(const StepTypes& s) {
  const Pad& op = *s.step.op_as_Pad();
  const ValueType& x = s.in(0);
  const auto per_axis = [&](const auto* pads) { return pads != nullptr && pads->size() == x.dims.size(); };
  VITRT_RULE(per_axis(op.begins()) && per_axis(op.ends()), "pads do not have an entry per axis");
  for (uint32_t i = 0; i < x.dims.size(); ++i) {
    const int64_t begin = op.begins()->Get(i), end = op.ends()->Get(i);
    for (int64_t pad : {begin, end}) VITRT_RULE(pad >= -kMaxElements && pad <= kMaxElements, "a pad is out of range");
    const int64_t kept = x.dims[i] + std::min<int64_t>(begin, 0) + std::min<int64_t>(end, 0);
    VITRT_RULE(kept >= 1 || (kept == 0 && op.mode() == PadMode::Constant), "nothing is left of an axis");
    if (op.mode() == PadMode::Reflect) VITRT_RULE(begin < kept && end < kept, "a reflection is longer than its axis");
    if (op.mode() == PadMode::Wrap) VITRT_RULE(begin <= kept && end <= kept, "a wrap is longer than its axis");
  }
  return CheckPlainInputs(s);
}

template <>
Status CheckForm<Op::Resize>(const StepTypes& s) {
  const Resize& op = *s.step.op_as_Resize();
  const ValueType &x = s.in(0), &y = s.out();
  VITRT_RULE(y.rank() == x.rank(), "the output differs in rank");
  VITRT_RULE(op.scales() != nullptr && op.scales()->size() == x.dims.size(), "scales do not have an entry per axis");
  for (uint32_t i = 0; i < op.scales()->size(); ++i) {
    // Rounded sizes differ a little from input * scale; much more would reach far outside the input.
    const double size = op.scales()->Get(i) * static_cast<double>(x.dims[i]), out = static_cast<double>(y.dims[i]);
    VITRT_RULE(size >= out / 2 && size <= 2 * out + 1, "a scale does not match the output's size");
  }
  return CheckPlainInputs(s);
}

}  // namespace vitrt::plan
