// Convolutions and pooling.
#include "runtime/kernels/ref/conv.h"
#include "runtime/kernels/ref/pool.h"
#include "tests/fuzz/kernels/case.h"
#include "tests/kernels/winograd_weights.h"

namespace vitrt::fuzz {

using namespace vitrt::kernels;

namespace {

struct Axis {
  int64_t size, out, kernel, stride, dilation, pad_begin, pad_end;
};

// One axis of a window, with at least one output. Pads reach as far as the window does, but for its last tap.
Axis DrawAxis(Input* input) {
  Axis a;
  a.kernel = input->Size(7), a.stride = input->Size(3), a.dilation = input->Size(2);
  const int64_t reach = (a.kernel - 1) * a.dilation;
  a.pad_begin = input->Size(reach + 1) - 1, a.pad_end = input->Size(reach + 1) - 1;
  a.size = std::max<int64_t>(input->Size(12), reach + 1 - a.pad_begin - a.pad_end);
  a.out = (a.size + a.pad_begin + a.pad_end - reach - 1) / a.stride + 1;
  return a;
}

Window2d WindowOf(const Axis& h, const Axis& w) {
  return {.h = h.size,
          .w = w.size,
          .oh = h.out,
          .ow = w.out,
          .kernel_h = h.kernel,
          .kernel_w = w.kernel,
          .stride_h = h.stride,
          .stride_w = w.stride,
          .dilation_h = h.dilation,
          .dilation_w = w.dilation,
          .pad_top = h.pad_begin,
          .pad_left = w.pad_begin};
}

}  // namespace

void TryConv(Input* input, const KernelTable& tier) {
  ConvArgs args;
  const Axis h = DrawAxis(input), w = DrawAxis(input);
  args.window = WindowOf(h, w);
  const Window2d& window = args.window;
  args.groups = input->Flag() ? input->Size(3) : 1;
  const int64_t group_in = input->Size(12), group_out = input->Size(24);
  args.cin = args.groups * group_in, args.cout = args.groups * group_out;
  const int64_t positions = window.oh * window.ow, k = window.kernel_h * window.kernel_w * group_in;
  const Panels weight(k, group_out, args.groups, input);
  const RandomEpilogue epilogue(positions, args.cout, input);
  const Floats x(window.h * window.w * args.cin, input), y(positions * args.cout), expected(positions * args.cout);
  args.x = x.data(), args.weight = weight.data(), args.y = y.data(), args.epilogue = epilogue.get();
  const Floats scratch(static_cast<int64_t>((tier.conv.scratch_bytes(args) + 3) / sizeof(float)));
  const int64_t part = input->Size(positions) - 1;
  tier.conv.run(args, 0, part, scratch.data());
  tier.conv.run(args, part, positions, scratch.data());
  Require(scratch.Intact());
  args.y = expected.data();
  ref::Conv2d(args, 0, positions);
  RequireClose(y, expected, 1e-4 * static_cast<double>(k));
}

void TryWinograd(Input* input, const KernelTable& tier) {
  const int tile = input->Flag() ? 2 : 4;
  ConvArgs args;
  const auto axis = [&] {
    Axis a;
    a.kernel = 3, a.stride = a.dilation = 1;
    a.pad_begin = input->Size(4) - 1, a.pad_end = input->Size(4) - 1;
    a.size = std::max<int64_t>(input->Size(12), 3 - a.pad_begin - a.pad_end);
    a.out = a.size + a.pad_begin + a.pad_end - 2;
    return a;
  };
  const Axis h = axis(), w = axis();
  args.window = WindowOf(h, w);
  args.cin = input->Size(40), args.cout = input->Size(40);
  std::vector<float> taps(static_cast<size_t>(9 * args.cin * args.cout));
  for (float& tap : taps) tap = input->Value();
  const std::vector<float> rows = test::WinogradWeights(tile, taps, args.cin, args.cout);
  const int64_t places = (tile + 2) * (tile + 2), panels = PanelCount(args.cout);
  // Columns [first, first + cout) of a matrix of k rows in panels.
  const auto pack = [&](const std::vector<float>& matrix, int64_t k, int64_t first, float* out) {
    const int64_t ld = static_cast<int64_t>(matrix.size()) / k;
    for (int64_t i = 0; i < panels * k * kPanel; ++i) {
      const int64_t row = i / kPanel % k, column = i / kPanel / k * kPanel + i % kPanel;
      out[i] = column < args.cout ? matrix[static_cast<size_t>(row * ld + first + column)] : 0;
    }
  };
  const Floats direct(panels * 9 * args.cin * kPanel), weight(places * panels * args.cin * kPanel);
  pack(taps, 9 * args.cin, 0, direct.data());
  for (int64_t place = 0; place < places; ++place)
    pack(rows, args.cin, place * args.cout, weight.data() + place * panels * args.cin * kPanel);
  const int64_t positions = h.out * w.out;
  const RandomEpilogue epilogue(positions, args.cout, input);
  const Floats x(h.size * w.size * args.cin, input), y(positions * args.cout), expected(positions * args.cout);
  args.x = x.data(), args.weight = direct.data(), args.y = y.data(), args.epilogue = epilogue.get();
  const WinogradArgs winograd{.tile = tile, .weight = weight.data(), .conv = args};
  const Floats scratch(static_cast<int64_t>((tier.winograd.scratch_bytes(winograd) + 3) / sizeof(float)));
  const int64_t tiles = tier.winograd.tiles(winograd), part = input->Size(tiles) - 1;
  tier.winograd.run(winograd, 0, part, scratch.data());
  tier.winograd.run(winograd, part, tiles, scratch.data());
  Require(scratch.Intact());
  args.y = expected.data();
  ref::Conv2d(args, 0, positions);
  RequireClose(y, expected, 1e-3 * static_cast<double>(9 * args.cin));
}

void TryDepthwise(Input* input, const KernelTable& tier) {
  DepthwiseArgs args;
  const Axis h = DrawAxis(input), w = DrawAxis(input);
  args.window = WindowOf(h, w);
  args.channels = input->Size(70);
  const Window2d& window = args.window;
  const int64_t positions = window.oh * window.ow, k = window.kernel_h * window.kernel_w;
  const RandomEpilogue epilogue(positions, args.channels, input);
  const Floats x(window.h * window.w * args.channels, input), weight(k * args.channels, input),
      y(positions * args.channels), expected(positions * args.channels);
  args.x = x.data(), args.weight = weight.data(), args.y = y.data(), args.epilogue = epilogue.get();
  const int64_t part = input->Size(window.oh) - 1;
  tier.depthwise(args, 0, part);
  tier.depthwise(args, part, window.oh);
  args.y = expected.data();
  ref::Depthwise(args, 0, window.oh);
  RequireClose(y, expected, 1e-4 * static_cast<double>(k));
}

void TryPool(Input* input, const KernelTable& tier) {
  const Axis h = DrawAxis(input), w = DrawAxis(input);
  PoolArgs args;
  args.window = WindowOf(h, w);
  args.pad_bottom = h.pad_end, args.pad_right = w.pad_end;
  args.channels = input->Size(70);
  args.average = input->Flag(), args.count_include_pad = input->Flag();
  const int64_t positions = h.out * w.out;
  const Floats x(h.size * w.size * args.channels, input), y(positions * args.channels),
      expected(positions * args.channels);
  args.x = x.data(), args.y = y.data();
  const int64_t part = input->Size(h.out) - 1;
  tier.pool(args, 0, part);
  tier.pool(args, part, h.out);
  args.y = expected.data();
  ref::Pool(args, 0, h.out);
  RequireClose(y, expected, 1e-4);
}

}  // namespace vitrt::fuzz
