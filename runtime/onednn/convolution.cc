#include "runtime/onednn/convolution.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <unordered_map>

#include "runtime/base/check.h"
#include "runtime/onednn/convolution_parts.h"

namespace vitrt::onednn {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

// False if oneDNN has no such function.
bool AppendFunction(kernels::Fn fn, float alpha, float beta, dnnl::post_ops* ops) {
  using dnnl::algorithm;
  using kernels::Fn;
  switch (fn) {
    case Fn::kIdentity:
      return true;
    case Fn::kRelu:
      ops->append_eltwise(algorithm::eltwise_relu, 0, 0);
      return true;
    case Fn::kLeakyRelu:
      ops->append_eltwise(algorithm::eltwise_relu, alpha, 0);
      return true;
    case Fn::kGeluErf:
      ops->append_eltwise(algorithm::eltwise_gelu_erf, 0, 0);
      return true;
    case Fn::kGeluTanh:
      ops->append_eltwise(algorithm::eltwise_gelu_tanh, 0, 0);
      return true;
    case Fn::kSigmoid:
      ops->append_eltwise(algorithm::eltwise_logistic, 0, 0);
      return true;
    case Fn::kHardSigmoid:
      ops->append_eltwise(algorithm::eltwise_hardsigmoid, alpha, beta);
      return true;
    case Fn::kHardSwish:
      ops->append_eltwise(algorithm::eltwise_hardswish, 1.0f / 6, 0.5f);
      return true;
    case Fn::kSilu:
      ops->append_eltwise(algorithm::eltwise_swish, alpha, 0);
      return true;
    case Fn::kTanh:
      ops->append_eltwise(algorithm::eltwise_tanh, 0, 0);
      return true;
    case Fn::kClip:
      ops->append_eltwise(algorithm::eltwise_clip, alpha, beta);
      return true;
    case Fn::kErf:
    case Fn::kFakeQuantize:
      return false;
  }
  return false;
}

}  // namespace

struct Convolution::Impl {
  dnnl::convolution_forward::primitive_desc descriptor;
  dnnl::convolution_forward primitive;
  memory weight, bias;
  bool residual = false;
};

Convolution::Convolution(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Convolution::~Convolution() = default;
size_t Convolution::scratch_bytes() const { return impl_->descriptor.scratchpad_desc().get_size(); }

Result<std::unique_ptr<Convolution>> Convolution::Create(const ConvolutionSpec& s) try {
  VITRT_RETURN_IF_ERROR(Load());
  const kernels::Window2d& w = s.window;
  const ConvolutionDims dims(w, s.cin, s.cout, s.groups);
  const memory::desc x(dims.x, memory::data_type::f32, Tag::nhwc), y(dims.y, memory::data_type::f32, Tag::nhwc);
  const memory::desc any(dims.weight, memory::data_type::f32, Tag::any);
  const memory::desc bias({s.cout}, memory::data_type::f32, Tag::x);

  dnnl::post_ops post_ops;
  if (!AppendFunction(s.fn, s.alpha, s.beta, &post_ops)) return Unsupported("oneDNN has no such epilogue function");
  if (s.residual) post_ops.append_binary(dnnl::algorithm::binary_add, y);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(post_ops);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);

  const OneThread one_thread;  // oneDNN plans for the number of threads it sees here
  auto impl = std::make_unique<Impl>();
  impl->descriptor = dnnl::convolution_forward::primitive_desc(
      CpuEngine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, x, any,
      s.bias ? bias : memory::desc(), y, dims.strides, dims.dilations, dims.pads_begin, dims.pads_end, attributes);
  const std::string name = impl->descriptor.impl_info_str();
  if (name.find("ref") != std::string::npos)
    return Unsupported("oneDNN has only its reference implementation here (" + name + ")");
  impl->primitive = dnnl::convolution_forward(impl->descriptor);
  impl->residual = s.residual;

  impl->weight = PackWeights(s.weight, dims, impl->descriptor.weights_desc(), memory::data_type::f32,
                             w.kernel_h * w.kernel_w, s.cin / s.groups, s.cout);
  if (s.bias) {
    impl->bias = memory(bias, CpuEngine());
    std::memcpy(impl->bias.get_data_handle(), s.bias, static_cast<size_t>(s.cout) * sizeof(float));
  }
  return std::unique_ptr<Convolution>(new Convolution(std::move(impl)));
} catch (const dnnl::error& e) {
  return Unsupported(std::string("oneDNN refuses: ") + e.what());
} catch (const std::bad_alloc&) {
  return Internal("out of memory while oneDNN packs weights");
}

void Convolution::Run(const float* x, float* y, const float* residual, std::byte* scratch) const try {
  const OneThread one_thread;
  dnnl::stream stream(CpuEngine());
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, ViewOf(impl_->descriptor.src_desc(), x)},
      {DNNL_ARG_WEIGHTS, impl_->weight},
      {DNNL_ARG_DST, ViewOf(impl_->descriptor.dst_desc(), y)},
      {DNNL_ARG_SCRATCHPAD, ViewOf(impl_->descriptor.scratchpad_desc(), scratch)},
  };
  if (impl_->bias) arguments.insert({DNNL_ARG_BIAS, impl_->bias});
  if (impl_->residual) {
    const int position = impl_->descriptor.get_primitive_attr().get_post_ops().len() - 1;
    arguments.insert(
        {DNNL_ARG_ATTR_MULTIPLE_POST_OP(position) | DNNL_ARG_SRC_1, ViewOf(impl_->descriptor.dst_desc(), residual)});
  }
  impl_->primitive.execute(stream, arguments);
  stream.wait();
} catch (...) {
  // A run has no way to fail; oneDNN out of memory shows as logits that are not finite.
  const size_t count = impl_->descriptor.dst_desc().get_size() / sizeof(float);
  std::fill_n(y, count, std::numeric_limits<float>::quiet_NaN());
}

}  // namespace vitrt::onednn
