#include "runtime/onednn/int8_convolution.h"

#include <algorithm>
#include <limits>
#include <string>
#include <unordered_map>

#include "runtime/base/check.h"
#include "runtime/onednn/convolution_parts.h"

namespace vitrt::onednn {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

// Whether oneDNN, as it is capped, sums four products without a stop at int16.
bool HasVnni() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
    case dnnl::cpu_isa::avx:
    case dnnl::cpu_isa::avx2:
    case dnnl::cpu_isa::avx512_core:
      return false;
    default:
      return true;
  }
}

// Largest magnitudes that products of bytes with the weights can add up to: of two neighbours of cin, and of a whole sum.
struct LargestSums {
  int64_t pair = 0, whole = 0;

  explicit LargestSums(const Int8ConvolutionSpec& s) {
    const int64_t taps = s.window.kernel_h * s.window.kernel_w, in = s.cin / s.groups;
    for (int64_t o = 0; o < s.cout; ++o) {
      int64_t high = 0, low = 0;
      for (int64_t t = 0; t < taps; ++t) {
        int64_t pair_high = 0, pair_low = 0;
        for (int64_t i = 0; i < in; ++i) {
          if (i % 2 == 0) pair_high = pair_low = 0;
          const int8_t w = s.weight[(t * in + i) * s.cout + o];
          (w > 0 ? high : low) += int64_t{255} * w;
          (w > 0 ? pair_high : pair_low) += int64_t{255} * w;
          pair = std::max({pair, pair_high, -pair_low});
        }
      }
      whole = std::max({whole, high, -low});
    }
  }
};

}  // namespace

struct Int8Convolution::Impl {
  dnnl::convolution_forward::primitive_desc descriptor;
  dnnl::convolution_forward primitive;
  memory weight;
};

Int8Convolution::Int8Convolution(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Int8Convolution::~Int8Convolution() = default;
size_t Int8Convolution::scratch_bytes() const { return impl_->descriptor.scratchpad_desc().get_size(); }

Result<std::unique_ptr<Int8Convolution>> Int8Convolution::Create(const Int8ConvolutionSpec& s) try {
  VITRT_RETURN_IF_ERROR(Load());
  const LargestSums largest(s);
  if (largest.pair > std::numeric_limits<int16_t>::max() && !HasVnni())
    return Unsupported("oneDNN would saturate with these weights on this CPU");
  // oneDNN takes its int32 sums through fp32 to their destination, int32 or not.
  constexpr int64_t kExactInFloat = 1 << 24;
  if (largest.whole > kExactInFloat) return Unsupported("oneDNN would round sums beyond 2^24");
  const ConvolutionDims dims(s.window, s.cin, s.cout, s.groups);
  const memory::desc x(dims.x, memory::data_type::u8, Tag::nhwc), y(dims.y, memory::data_type::s32, Tag::nhwc);
  const memory::desc any(dims.weight, memory::data_type::s8, Tag::any);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);

  const OneThread one_thread;  // oneDNN plans for the number of threads it sees here
  auto impl = std::make_unique<Impl>();
  impl->descriptor = dnnl::convolution_forward::primitive_desc(
      CpuEngine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, x, any, y, dims.strides,
      dims.dilations, dims.pads_begin, dims.pads_end, attributes);
  const std::string name = impl->descriptor.impl_info_str();
  if (name.find("ref") != std::string::npos)
    return Unsupported("oneDNN has only its reference implementation here (" + name + ")");
  impl->primitive = dnnl::convolution_forward(impl->descriptor);
  impl->weight = PackWeights(s.weight, dims, impl->descriptor.weights_desc(), memory::data_type::s8,
                             s.window.kernel_h * s.window.kernel_w, s.cin / s.groups, s.cout);
  return std::unique_ptr<Int8Convolution>(new Int8Convolution(std::move(impl)));
} catch (const dnnl::error& e) {
  return Unsupported(std::string("oneDNN refuses: ") + e.what());
} catch (const std::bad_alloc&) {
  return Internal("out of memory while oneDNN packs weights");
}

bool Int8Convolution::Run(const uint8_t* x, int32_t* sums, std::byte* scratch) const try {
  const OneThread one_thread;
  dnnl::stream stream(CpuEngine());
  const std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, ViewOf(impl_->descriptor.src_desc(), x)},
      {DNNL_ARG_WEIGHTS, impl_->weight},
      {DNNL_ARG_DST, ViewOf(impl_->descriptor.dst_desc(), sums)},
      {DNNL_ARG_SCRATCHPAD, ViewOf(impl_->descriptor.scratchpad_desc(), scratch)},
  };
  impl_->primitive.execute(stream, arguments);
  stream.wait();
  return true;
} catch (...) {
  return false;
}

}  // namespace vitrt::onednn
