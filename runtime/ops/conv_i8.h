// ConvI8 as its implementations share it: the layer and its quantised map.
#pragma once

#include "runtime/ops/epilogue.h"
#include "runtime/ops/int8_input.h"
#include "runtime/ops/int8_weights.h"
#include "runtime/ops/window.h"

namespace vitrt::ops {

// What does not depend on the image. Scratch memory: the quantised map, its scale, zero and grid, and one range a thread.
struct ConvI8Layer {
  ValueDesc x, y;
  kernels::Int8ConvArgs args;
  kernels::Int8MapArgs map;
  int64_t map_rows, map_bytes;
  std::vector<int64_t> taps;
  BoundEpilogue epilogue;
  plan::InputRange range;
  kernels::Int8Grid grid;  // where it is given

  explicit ConvI8Layer(const OpContext& c)
      : x(c.inputs[0]),
        y(c.outputs[0]),
        epilogue(c, c.step->op_as_ConvI8()->act()),
        range(c.step->op_as_ConvI8()->range()),
        grid(GivenGrid(*c.step->op_as_ConvI8())) {
    kernels::Window2d& w = args.window = WindowOf(*c.step->op_as_ConvI8(), x, y);
    args.cin = x.channels();
    args.cout = y.channels();
    args.groups = c.step->op_as_ConvI8()->groups();
    map.h = w.h;
    map.row = w.w * args.cin;
    map.top = w.pad_top;
    map.left = w.pad_left * args.cin;
    map.pitch = args.pitch = ((w.ow - 1) * w.stride_w + (w.kernel_w - 1) * w.dilation_w + 1) * args.cin;
    map_rows = (w.oh - 1) * w.stride_h + (w.kernel_h - 1) * w.dilation_h + 1;
    map_bytes = UpTo(map_rows * map.pitch + 15, 64);
    for (int64_t tap = 0; tap < w.kernel_h * w.kernel_w; ++tap) {
      taps.push_back(tap / w.kernel_w * w.dilation_h * map.pitch + tap % w.kernel_w * w.dilation_w * args.cin);
    }
    TakeInt8Weights(c, &args);
  }

  size_t bytes(int threads) const {
    return static_cast<size_t>(map_bytes + 64 + UpTo(threads * int64_t{sizeof(kernels::Int8Range)}, 64));
  }
  kernels::Int8Range* Ranges(std::byte* scratch) const {
    return reinterpret_cast<kernels::Int8Range*>(scratch + map_bytes + 64);
  }
  // `found`: the range of the image.
  kernels::Int8MapArgs Map(std::byte* scratch, const float* image, const kernels::Int8Range& found) const {
    kernels::Int8MapArgs m = map;
    m.x = image;
    m.range = found;
    m.scale = reinterpret_cast<float*>(scratch + map_bytes);
    m.zero = reinterpret_cast<int32_t*>(m.scale + 1);
    if (range == plan::InputRange::Given) m.grid = &grid;
    if (range == plan::InputRange::Image) {
      auto* computed = reinterpret_cast<kernels::Int8Grid*>(m.zero + 1);
      *computed = GridOf(found);
      m.grid = computed;
    }
    m.map = reinterpret_cast<uint8_t*>(scratch);
    return m;
  }
  kernels::Int8ConvArgs Conv(const kernels::Int8MapArgs& quantized, const RunContext& run, int64_t image) const {
    kernels::Int8ConvArgs a = args;
    a.map = quantized.map;
    a.taps = taps.data();
    a.a_scale = quantized.scale;
    a.a_zero = quantized.zero;
    a.y = run.outputs[0].image<float>(image, y);
    a.epilogue = epilogue.At(run, image);
    return a;
  }
};

}  // namespace vitrt::ops
