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

// One axis of a window: where its first tap is, and the map with its padding around it.
struct PoolAxis {
  int64_t start, taps, dilation, size, pad_begin, pad_end;

  TapRange Inside() const { return TapsInside(start, taps, dilation, size); }
  // How many taps an average divides by.
  int64_t Counted(bool with_pad) const {
    const TapRange range =
        with_pad ? TapsInside(start + pad_begin, taps, dilation, pad_begin + size + pad_end) : Inside();
    return range.end - range.begin;
  }
};

void Pool(const PoolArgs& args, int64_t y_begin, int64_t y_end) {
  const Window2d& w = args.window;
  for (int64_t oy = y_begin; oy < y_end; ++oy) {
    const PoolAxis vertical{oy * w.stride_h - w.pad_top, w.kernel_h, w.dilation_h, w.h, w.pad_top, args.pad_bottom};
    const TapRange rows = vertical.Inside();
    const int64_t counted_rows = vertical.Counted(args.count_include_pad);
    for (int64_t ox = 0; ox < w.ow; ++ox) {
      const PoolAxis across{ox * w.stride_w - w.pad_left, w.kernel_w, w.dilation_w, w.w, w.pad_left, args.pad_right};
      const TapRange columns = across.Inside();
      const int64_t counted = counted_rows * across.Counted(args.count_include_pad);
      const int64_t first =
          (vertical.start + rows.begin * w.dilation_h) * w.w + across.start + columns.begin * w.dilation_w;
      const PoolWindow one{.x = args.x + first * args.channels,
                           .rows = rows.end - rows.begin,
                           .columns = columns.end - columns.begin,
                           .row_step = w.dilation_h * w.w * args.channels,
                           .column_step = w.dilation_w * args.channels,
                           .scale = 1.0f / static_cast<float>(counted)};
      float* y = args.y + (oy * w.ow + ox) * args.channels;
      args.average ? PoolChannels<true>(one, args.channels, y) : PoolChannels<false>(one, args.channels, y);
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
