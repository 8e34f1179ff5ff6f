// Convolution on 8-bit integers (int8.h): the windows of an output row are rows of a matrix whose pitch is the stride, and
// the taps are segments of k, so that the tiles of int8_gemm.inl read the map in place.
namespace vitrt::kernels::VITRT_TIER {
namespace {

void Int8Conv(const Int8ConvArgs& args, int64_t y_begin, int64_t y_end) {
  const Window2d& window = args.window;
  const int64_t cin = args.cin / args.groups, cout = args.cout / args.groups;
  const int64_t panels = PanelCount(cout), taps = window.kernel_h * window.kernel_w;
  const int64_t groups = (cin + kGroupK - 1) / kGroupK, blocks = (groups + kRunBlock - 1) / kRunBlock;
  const bool rows_adjoin = args.groups == 1 && window.dilation_w == 1 && cin % kGroupK == 0;
  const Int8Output out{args.y, args.cout, args.cout, args.epilogue};
  for (int64_t g = 0; g < args.groups; ++g) {
    const Int8Weights weights{{taps, groups, 1, args.taps},
                              args.b + g * panels * taps * groups * kGroupK * kPanel,
                              args.runs + g * panels * taps * blocks,
                              args.column_sums + g * cout,
                              args.b_scale + g * cout};
    for (int64_t column = 0; column < cout; column += kInt8GroupColumns) {
      Int8Group group(weights, column, Min(kInt8GroupColumns, cout - column), out, g * cout + column);
      if (rows_adjoin) group.Merge(window.kernel_w);
      for (int64_t oy = y_begin; oy < y_end; ++oy) {
        const uint8_t* first = args.map + oy * window.stride_h * args.pitch + g * cin;
        group.Multiply({oy * window.ow, window.ow, first, window.stride_w * args.cin, args.a_scale, args.a_zero, 0});
      }
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
