// What the convolutions of this folder share; included by its .cc files only.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/kernels/conv.h"
#include "runtime/onednn/dnnl_objects.h"
#include "runtime/onednn/library.h"

namespace vitrt::onednn {

// While it lives, OpenMP loops that this thread meets (oneDNN's) run on this thread alone; the host's setting comes
// back.
class OneThread {
 public:
  OneThread() : before_(Omp().max_threads()) { Omp().set_threads(1); }
  ~OneThread() { Omp().set_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

inline dnnl::memory ViewOf(const dnnl::memory::desc& desc, const void* data) {
  return dnnl::memory(desc, CpuEngine(), const_cast<void*>(data));
}

// Sizes as oneDNN wants them.
struct ConvolutionDims {
  dnnl::memory::dims weight, x, y, strides, dilations, pads_begin, pads_end;
  dnnl::memory::format_tag weight_tag;

  ConvolutionDims(const kernels::Window2d& w, int64_t cin, int64_t cout, int64_t groups)
      : weight(groups == 1 ? dnnl::memory::dims{cout, cin, w.kernel_h, w.kernel_w}
                           : dnnl::memory::dims{groups, cout / groups, cin / groups, w.kernel_h, w.kernel_w}),
        x{1, cin, w.h, w.w},
        y{1, cout, w.oh, w.ow},
        strides{w.stride_h, w.stride_w},
        dilations{w.dilation_h - 1, w.dilation_w - 1},
        pads_begin{w.pad_top, w.pad_left},
        pads_end{(w.oh - 1) * w.stride_h + (w.kernel_h - 1) * w.dilation_h + 1 - w.h - w.pad_top,
                 (w.ow - 1) * w.stride_w + (w.kernel_w - 1) * w.dilation_w + 1 - w.w - w.pad_left},
        weight_tag(groups == 1 ? dnnl::memory::format_tag::oihw : dnnl::memory::format_tag::goihw) {}
};

// Weights [taps, in, cout] as [groups, cout/groups, in, taps], in = cin/groups, in the layout `to`. Waits until it is done.
template <typename T>
dnnl::memory PackWeights(const T* weight, const ConvolutionDims& dims, const dnnl::memory::desc& to,
                         dnnl::memory::data_type type, int64_t taps, int64_t in, int64_t cout) {
  std::vector<T> plain(static_cast<size_t>(taps * in * cout));
  for (int64_t t = 0; t < taps; ++t) {
    for (int64_t i = 0; i < in; ++i) {
      for (int64_t o = 0; o < cout; ++o)
        plain[static_cast<size_t>((o * in + i) * taps + t)] = weight[(t * in + i) * cout + o];
    }
  }
  dnnl::memory from({dims.weight, type, dims.weight_tag}, CpuEngine(), plain.data()), packed(to, CpuEngine());
  dnnl::stream stream(CpuEngine());
  dnnl::reorder(from, packed).execute(stream, from, packed);
  stream.wait();
  return packed;
}

}  // namespace vitrt::onednn
