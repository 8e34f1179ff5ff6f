// Max and average pooling on rows x channels (conv.h): the window's positions inside the map, in the order ky, kx.
namespace vitrt::kernels::VITRT_TIER {
namespace {

struct PoolWindow {  // of one output position
  const float* x;    // first position inside the map
  int64_t rows, columns, row_step, column_step;
  float scale;  // 1 / positions counted
};

// kVectors vectors of channels; n: channels of the last.
template <int kVectors, bool kAverage>
inline void PoolPoint(const PoolWindow& window, int64_t c, int64_t n, float* y) {
  F value[kVectors];
  for (int v = 0; v < kVectors; ++v) value[v] = kAverage ? Zero() : Set1(-__builtin_inff());
  for (int64_t row = 0; row < window.rows; ++row) {
    for (int64_t column = 0; column < window.columns; ++column) {
      const float* x = window.x + row * window.row_step + column * window.column_step + c;
      for (int v = 0; v < kVectors; ++v) {
        const F next = kVectors > 1 ? Load(x + v * kWidth) : LoadFirst(x, n);
        value[v] = kAverage ? Add(value[v], next) : Max(next, value[v]);  // Max: a NaN takes no part
      }
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    StoreFirst(y + c + v * kWidth, kAverage ? Mul(value[v], Set1(window.scale)) : value[v], n);
  }
}

template <bool kAverage>
inline void PoolChannels(const PoolWindow& window, int64_t channels, float* y) {
  int64_t c = 0;
  for (; c + 4 * kWidth <= channels; c += 4 * kWidth) PoolPoint<4, kAverage>(window, c, kWidth, y);
  for (; c < channels; c += kWidth) PoolPoint<1, kAverage>(window, c, channels - c, y);
}

// Taps of one axis that an average divides by.
inline int64_t TapsCounted(const TapRange& inside, bool with_pad, int64_t start, int64_t taps, int64_t dilation,
                           int64_t pad_begin, int64_t padded_size) {
  if (!with_pad) return inside.end - inside.begin;
  const TapRange range = TapsInside(start + pad_begin, taps, dilation, padded_size);
  return range.end - range.begin;
}

void Pool(const PoolArgs& args, int64_t y_begin, int64_t y_end) {
  const Window2d& window = args.window;
  for (int64_t oy = y_begin; oy < y_end; ++oy) {
    const int64_t top = oy * window.stride_h - window.pad_top;
    const TapRange rows = TapsInside(top, window.kernel_h, window.dilation_h, window.h);
    const int64_t counted_rows = TapsCounted(rows, args.count_include_pad, top, window.kernel_h, window.dilation_h,
                                             window.pad_top, window.pad_top + window.h + args.pad_bottom);
    for (int64_t ox = 0; ox < window.ow; ++ox) {
      const int64_t left = ox * window.stride_w - window.pad_left;
      const TapRange columns = TapsInside(left, window.kernel_w, window.dilation_w, window.w);
      const int64_t counted_columns =
          TapsCounted(columns, args.count_include_pad, left, window.kernel_w, window.dilation_w, window.pad_left,
                      window.pad_left + window.w + args.pad_right);
      const int64_t first =
          (top + rows.begin * window.dilation_h) * window.w + left + columns.begin * window.dilation_w;
      const PoolWindow one{
          args.x + first * args.channels,    rows.end - rows.begin,
          columns.end - columns.begin,       window.dilation_h * window.w * args.channels,
          window.dilation_w * args.channels, 1.0f / static_cast<float>(counted_rows * counted_columns)};
      float* y = args.y + (oy * window.ow + ox) * args.channels;
      args.average ? PoolChannels<true>(one, args.channels, y) : PoolChannels<false>(one, args.channels, y);
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
