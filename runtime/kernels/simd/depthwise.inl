// Depthwise convolution on rows x channels (conv.h): one vector of channels at a time, seven output positions beside
// each other, so that a loaded input serves every tap that reads it. Sums start at the bias and run over ky, kx. Taps
// outside the map are not added; tiles that touch the map's sides test their columns, tiles inside do not.
namespace vitrt::kernels::VITRT_TIER {
namespace {

constexpr int kDepthwiseTile = 7;            // positions; maps of 7, 14, 28, 56 and 112 columns need no remainder
constexpr int64_t kDepthwiseChannels = 256;  // whose sums are kept at a time

template <int kValue>
struct Index {
  static constexpr int value = kValue;
};
// body(Index<kBegin>), ..., body(Index<kEnd - 1>), in registers whatever the compiler's limit on unrolling.
template <int kBegin, int kEnd, typename Body>
[[gnu::always_inline]] inline void Unrolled(Body&& body) {
  if constexpr (kBegin < kEnd) {
    body(Index<kBegin>{});
    Unrolled<kBegin + 1, kEnd>(body);
  }
}

// One output row's tile. x: input row of the first tap row inside the map, at the first tap column of the first
// position, which may lie outside: only columns [column_begin, column_end) from there are in the map.
struct DepthwiseTileArgs {
  const float* x;
  int64_t row_step;  // from tap row to tap row
  int64_t pitch;     // from position to position: the channels of the map
  int64_t column_begin, column_end;
  const float* weight;  // of the first tap row inside the map
  int64_t tap_rows;
  const float* bias;  // or nullptr
  int64_t channels;   // to do
  int64_t positions;  // to store
  float* out;
  int64_t out_ld;
  Bounds bounds;
  bool hard_swish;        // instead of the bounds
  const float* residual;  // where out is in the map to add last, or nullptr
  int64_t residual_ld;
};
using DepthwiseTileKernel = void (*)(const DepthwiseTileArgs& t);

// The channels of a tile's vector, of which n are left: a part of it only where kFreeMasks.
inline F LoadTile(const float* p, int64_t n) { return kFreeMasks ? LoadPart(p, n) : Load(p); }
inline void StoreTile(float* p, F x, int64_t n) { kFreeMasks ? StoreFirst(p, x, n) : Store(p, x); }

template <int kTaps, int kStride, bool kSides, bool kHardSwish>
void DepthwiseTile(const DepthwiseTileArgs& args) {
  const DepthwiseTileArgs t = args;  // a local copy, which stores to the map cannot change
  constexpr int kColumns = (kDepthwiseTile - 1) * kStride + kTaps;
  for (int64_t c = 0; c < t.channels; c += kWidth) {
    const int64_t n = t.channels - c;
    F sum[kDepthwiseTile];
    const F first = t.bias == nullptr ? Zero() : LoadTile(t.bias + c, n);
    Unrolled<0, kDepthwiseTile>([&](auto p) __attribute__((always_inline)) { sum[p.value] = first; });
    for (int64_t row = 0; row < t.tap_rows; ++row) {
      const float* x = t.x + row * t.row_step + c;
      const float* weight = t.weight + row * kTaps * t.pitch + c;
      F taps[kTaps];
      Unrolled<0, kTaps>([&](auto tap) __attribute__((always_inline)) {
        taps[tap.value] = LoadTile(weight + tap.value * t.pitch, n);
      });
      Unrolled<0, kColumns>([&](auto column) __attribute__((always_inline)) {
        constexpr int kColumn = decltype(column)::value;
        if (kSides && (kColumn < t.column_begin || kColumn >= t.column_end)) return;
        const F value = LoadTile(x + kColumn * t.pitch, n);
        Unrolled<0, kDepthwiseTile>([&](auto p) __attribute__((always_inline)) {
          constexpr int kTap = kColumn - decltype(p)::value * kStride;
          if constexpr (kTap >= 0 && kTap < kTaps) sum[p.value] = MulAdd(value, taps[kTap], sum[p.value]);
        });
      });
    }
    Unrolled<0, kDepthwiseTile>([&](auto p) __attribute__((always_inline)) {
      if (kSides && p.value >= t.positions) return;
      F value = kHardSwish ? HardSwishFn{}(sum[p.value]) : t.bounds(sum[p.value]);
      if (t.residual != nullptr) value = Add(value, LoadTile(t.residual + p.value * t.residual_ld + c, n));
      StoreTile(t.out + p.value * t.out_ld + c, value, n);
    });
  }
}

template <int kTaps, int kStride>
inline DepthwiseTileKernel TileOfStride(bool sides, bool hard_swish) {
  if (hard_swish) return sides ? DepthwiseTile<kTaps, kStride, true, true> : DepthwiseTile<kTaps, kStride, false, true>;
  return sides ? DepthwiseTile<kTaps, kStride, true, false> : DepthwiseTile<kTaps, kStride, false, false>;
}
template <int kTaps>
inline DepthwiseTileKernel TileOfTaps(int64_t stride, bool sides, bool hard_swish) {
  return stride == 1 ? TileOfStride<kTaps, 1>(sides, hard_swish) : TileOfStride<kTaps, 2>(sides, hard_swish);
}

// nullptr: no tile for this geometry, every position is done alone.
inline DepthwiseTileKernel DepthwiseTileOf(const Window2d& window, bool sides, bool hard_swish) {
  if (window.dilation_w != 1 || window.stride_w > 2) return nullptr;
  switch (window.kernel_w) {
    case 3:
      return TileOfTaps<3>(window.stride_w, sides, hard_swish);
    case 5:
      return TileOfTaps<5>(window.stride_w, sides, hard_swish);
    case 7:
      return TileOfTaps<7>(window.stride_w, sides, hard_swish);
    default:
      return nullptr;
  }
}

// kVectors vectors of channels of one position from channel c on; taps [taps.begin, taps.end) of each tap row lie in
// the map. n: channels of the last vector.
template <int kVectors>
inline void DepthwisePoint(const DepthwiseTileArgs& t, const Window2d& window, TapRange taps, int64_t c, int64_t n) {
  F sum[kVectors];
  for (int v = 0; v < kVectors; ++v) sum[v] = t.bias == nullptr ? Zero() : LoadFirst(t.bias + c + v * kWidth, n);
  for (int64_t row = 0; row < t.tap_rows; ++row) {
    for (int64_t tap = taps.begin; tap < taps.end; ++tap) {
      const float* x = t.x + row * t.row_step + tap * window.dilation_w * t.pitch + c;
      const float* weight = t.weight + (row * window.kernel_w + tap) * t.pitch + c;
      for (int v = 0; v < kVectors; ++v) {
        const F value = kVectors > 1 ? Load(x + v * kWidth) : LoadFirst(x, n);
        sum[v] = MulAdd(value, kVectors > 1 ? Load(weight + v * kWidth) : LoadFirst(weight, n), sum[v]);
      }
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    F value = t.hard_swish ? HardSwishFn{}(sum[v]) : t.bounds(sum[v]);
    if (t.residual != nullptr) value = Add(value, LoadFirst(t.residual + c + v * kWidth, n));
    StoreFirst(t.out + c + v * kWidth, value, n);
  }
}

// Positions [ox, ox + positions) of output row oy, channels [c, c + channels), and where they go: into the map with the
// epilogue applied, or as sums into a buffer.
struct DepthwisePart {
  int64_t oy, ox, positions, c, channels;
  float* out;
  int64_t out_ld;
  bool finish;  // apply the epilogue's function and residual
};

// The arguments that tiles and points of a part share. left: the input column of the part's first tap.
inline DepthwiseTileArgs DepthwiseTileArgsOf(const DepthwiseArgs& args, const DepthwisePart& part, int64_t left) {
  const Window2d& window = args.window;
  const Epilogue& e = args.epilogue;
  const int64_t top = part.oy * window.stride_h - window.pad_top, pitch = args.channels;
  const TapRange rows = TapsInside(top, window.kernel_h, window.dilation_h, window.h);
  DepthwiseTileArgs t{};
  t.x = args.x + (top + rows.begin * window.dilation_h) * window.w * pitch + left * pitch + part.c;
  t.row_step = window.dilation_h * window.w * pitch;
  t.pitch = pitch;
  t.column_begin = -left;
  t.column_end = window.w - left;
  t.weight = args.weight + rows.begin * window.kernel_w * pitch + part.c;
  t.tap_rows = rows.end > rows.begin ? rows.end - rows.begin : 0;
  t.bias = e.bias == nullptr ? nullptr : e.bias + part.c;
  t.positions = part.positions;
  t.out = part.out;
  t.out_ld = part.out_ld;
  if (part.finish) {
    t.bounds = BoundsOf(e);
    t.hard_swish = e.fn == Fn::kHardSwish;
    t.residual = ResidualAt(e, part.oy * window.ow + part.ox, part.c);
    t.residual_ld = e.residual_ld;
  }
  return t;
}

inline void DepthwisePositions(const DepthwiseArgs& args, const DepthwisePart& part) {
  const Window2d& window = args.window;
  const int64_t left = part.ox * window.stride_w - window.pad_left, channels = part.channels;
  DepthwiseTileArgs t = DepthwiseTileArgsOf(args, part, left);
  const int64_t columns = (kDepthwiseTile - 1) * window.stride_w + window.kernel_w;
  const bool sides = part.positions < kDepthwiseTile || left < 0 || left + columns > window.w;
  int64_t done = 0;
  if (const DepthwiseTileKernel tile = DepthwiseTileOf(window, sides, t.hard_swish)) {
    t.channels = done = kFreeMasks ? channels : channels / kWidth * kWidth;
    tile(t);
  }
  if (done == channels) return;
  for (int64_t i = 0; i < part.positions; ++i) {
    const TapRange taps = TapsInside(left + i * window.stride_w, window.kernel_w, window.dilation_w, window.w);
    int64_t at = done;
    for (; at + 4 * kWidth <= channels; at += 4 * kWidth) DepthwisePoint<4>(t, window, taps, at, kWidth);
    for (; at < channels; at += kWidth) DepthwisePoint<1>(t, window, taps, at, channels - at);
    t.x += window.stride_w * t.pitch;
    t.out += t.out_ld;
    if (t.residual != nullptr) t.residual += t.residual_ld;
  }
}

void Depthwise(const DepthwiseArgs& args, int64_t y_begin, int64_t y_end) {
  const int64_t ow = args.window.ow, channels = args.channels;
  const Epilogue& e = args.epilogue;
  const bool direct = InRegisters(e, true);  // hard swish as well: here a sum is short, and its epilogue as long
  alignas(64) float sums[kDepthwiseTile * kDepthwiseChannels];
  for (int64_t oy = y_begin; oy < y_end; ++oy) {
    for (int64_t ox = 0; ox < ow; ox += kDepthwiseTile) {
      const int64_t positions = Min(kDepthwiseTile, ow - ox), row = oy * ow + ox;
      float* y = args.y + row * channels;
      if (direct) {
        DepthwisePositions(args, {oy, ox, positions, 0, channels, y, channels, true});
        continue;
      }
      for (int64_t c = 0; c < channels; c += kDepthwiseChannels) {
        const int64_t n = Min(kDepthwiseChannels, channels - c);
        DepthwisePositions(args, {oy, ox, positions, c, n, sums, kDepthwiseChannels, false});
        FinishRows(e, {channels, row, c, n, sums, y + c}, positions, kDepthwiseChannels, channels);
      }
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
