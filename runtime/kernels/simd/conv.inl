// Dense and grouped convolution on rows x channels (conv.h) as matrix products that read the map in place.
//
// The window of an output position is a few segments of the map that are contiguous: whole kernel rows, or single taps
// where the kernel is dilated or grouped. A tile takes the addresses of several windows and adds segment after segment:
// no patch matrix is made. Where windows leave the map, a strip of input rows is first copied between zeros; kernel
// rows above and below the map are left out. Every sum starts at the bias and runs over ky, kx, c in that order, as the
// panels do; a split changes no bit.
namespace vitrt::kernels::VITRT_TIER {
namespace {

constexpr int kConvSums = kTileRows * kTileVectors;  // in registers, as many as in a tile of the matrix kernel
constexpr int64_t kConvColumns = 4 * kWidth;         // of the widest tile: 16, 32, 32, 64
constexpr int64_t kConvBlockK = 384;                 // a block of a panel, 24 KB, stays in L1 while the positions pass
constexpr int64_t kConvRows = 96;                    // positions whose sums are kept at a time
constexpr int64_t kConvStripFloats = 32768;          // copied input rows, 128 KB, stay in L2

// Taps [begin, end) with 0 <= start + tap * dilation < size.
struct TapRange {
  int64_t begin, end;
};
inline TapRange TapsInside(int64_t start, int64_t taps, int64_t dilation, int64_t size) {
  const int64_t begin = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
  const int64_t end = size <= start ? 0 : (size - start + dilation - 1) / dilation;
  return {Min(begin, taps), Min(end, taps)};
}

struct ConvPlan {
  int64_t cin, cout, panels, k;  // of one group
  int64_t segments, segment_k;   // k = segments * segment_k
  bool padded;                   // some window leaves the map
  int64_t height, width;         // input rows under one output row, and columns under all of it
  int64_t strip;                 // output rows whose input is copied at once
};

inline ConvPlan PlanConv(const ConvArgs& args) {
  const Window2d& window = args.window;
  ConvPlan plan;
  plan.cin = args.cin / args.groups;
  plan.cout = args.cout / args.groups;
  plan.panels = PanelCount(plan.cout);
  plan.k = window.kernel_h * window.kernel_w * plan.cin;
  const bool rows_contiguous = args.groups == 1 && (window.dilation_w == 1 || window.kernel_w == 1);
  plan.segments = rows_contiguous ? window.kernel_h : window.kernel_h * window.kernel_w;
  plan.segment_k = plan.k / plan.segments;
  plan.height = (window.kernel_h - 1) * window.dilation_h + 1;
  plan.width = (window.ow - 1) * window.stride_w + (window.kernel_w - 1) * window.dilation_w + 1;
  const int64_t bottom = (window.oh - 1) * window.stride_h + plan.height - window.pad_top;
  plan.padded =
      window.pad_top > 0 || window.pad_left > 0 || bottom > window.h || plan.width - window.pad_left > window.w;
  const int64_t fit = kConvStripFloats / (plan.width * args.cin) - plan.height;  // rows beside those of one output row
  plan.strip = fit <= 0 ? 1 : Min(window.oh, fit / window.stride_h + 1);
  return plan;
}

inline int64_t OffsetBytes(const ConvPlan& plan) { return (plan.segments * int64_t{8} + 63) / 64 * 64; }

size_t ConvScratchBytes(const ConvArgs& args) {
  const ConvPlan plan = PlanConv(args);
  const int64_t rows = (plan.strip - 1) * args.window.stride_h + plan.height;
  return static_cast<size_t>(OffsetBytes(plan) + (plan.padded ? rows * plan.width * args.cin * int64_t{4} : 0));
}

// Some tiles of rows, one below the other: out[r] = init[r] + sum over segments and k of rows[r][offsets[segment] + k]
// * b[k], kept within bounds, plus a residual row.
struct ConvTileArgs {
  int64_t tiles;
  const float* const* rows;
  const int64_t* offsets;
  int64_t shift;        // added to every offset
  int64_t segments, k;  // k of one segment; both > 0
  const float* b;
  int64_t panel_stride;
  const float* init;
  int64_t init_ld;
  float* out;
  int64_t out_ld;
  Bounds bounds;
  const float* residual;  // or nullptr
  int64_t residual_ld;
};

struct ConvTile {
  using Args = ConvTileArgs;
  template <int kRows, int kVectors>
  static void Run(const ConvTileArgs& t);
};

template <int kRows, int kVectors>
void ConvTile::Run(const ConvTileArgs& t) {
  // Tiles of one vector and of four take short segments (groups of a few channels, stems): they begin and end too
  // often.
  constexpr int kUnroll = kVectors == 1 || kVectors == 4 ? 1 : kUnrollK;
  const ConvTileArgs args = t;  // a local copy, which stores to the map cannot change
  const float* const* rows = args.rows;
  const float* init = args.init;
  float* out = args.out;
  const float* residual = args.residual;
  for (int64_t tile = 0; tile < args.tiles;
       ++tile, rows += kRows, init += kRows * args.init_ld, out += kRows * args.out_ld) {
    F sum[kRows][kVectors];
    VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
      VITRT_UNROLL for (int v = 0; v < kVectors; ++v) sum[r][v] = Load(init + r * args.init_ld + v * kWidth);
    }
    const float* b = args.b;
    int64_t s = 0;
    do {
      const int64_t offset = args.offsets[s] + args.shift;
      const float* a[kRows];
      VITRT_UNROLL for (int r = 0; r < kRows; ++r) a[r] = rows[r] + offset;
      AddProducts<kUnroll>(a, b, args.panel_stride, args.k, sum, [] {});
      b += args.k * kPanel;
    } while (++s < args.segments);
    VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
      VITRT_UNROLL for (int v = 0; v < kVectors; ++v) {
        F value = args.bounds(sum[r][v]);
        if (residual != nullptr) value = Add(value, Load(residual + r * args.residual_ld + v * kWidth));
        Store(out + r * args.out_ld + v * kWidth, value);
      }
    }
    if (residual != nullptr) residual += kRows * args.residual_ld;
  }
}

// The tile for the first of so many columns of a group: up to so many rows, and vectors. Four vectors are fastest while
// their panels stay in L1, two after that, and three are not split into two and one. A tile begins with a panel, or
// lies within one.
inline TileShape<ConvTile> ConvTileOf(const ConvPlan& plan, int64_t columns) {
  const int64_t vectors = (columns + kWidth - 1) / kWidth;
  const bool one_panel = kConvColumns <= kPanel, in_l1 = 2 * plan.k <= kConvBlockK && vectors != 5;
  if (vectors == 1) return ShapeOf<ConvTile, 1, kNarrowRows>();
  if (vectors == 3) return ShapeOf<ConvTile, 3, kConvSums / 3>();
  if (vectors > 3 && (one_panel || in_l1)) return ShapeOf<ConvTile, 4, kConvSums / 4>();
  return ShapeOf<ConvTile, 2, kConvSums / 2>();
}

// Positions [row, row + rows), rows <= kConvRows, whose windows meet the map in the same segments.
struct ConvRows {
  TapRange segments;
  const int64_t* offsets;         // of every segment from a window's first input
  const float* const* addresses;  // of the windows' first inputs
  int64_t row, rows;
};

// One group's columns from `column` on, as many as a tile of this shape has.
inline void ConvColumns(const ConvArgs& args, const ConvPlan& plan, const ConvRows& positions, int64_t group,
                        int64_t column, const TileShape<ConvTile>& shape) {
  alignas(64) float sums[kConvRows * kConvColumns];
  alignas(64) float first[kConvColumns] = {};
  const Epilogue& e = args.epilogue;
  const int64_t row = positions.row, width = shape.columns, columns = Min(width, plan.cout - column),
                y_column = group * plan.cout + column;
  float* y = args.y + row * args.cout + y_column;
  if (e.bias != nullptr) {
    for (int64_t i = 0; i < columns; i += kWidth) Store(first + i, LoadPart(e.bias + y_column + i, columns - i));
  }
  const float* panel = args.weight + (group * plan.panels + column / kPanel) * kPanel * plan.k + column % kPanel;
  const bool direct = InRegisters(e) && columns == width;
  const auto [tiles, low, tall] = EvenTiles(positions.rows, shape.rows);
  // Blocks of k that keep a panel in L1: several segments, or a part of one.
  const int64_t parts = (plan.segment_k + kConvBlockK - 1) / kConvBlockK,
                step = parts > 1 ? 1 : kConvBlockK / plan.segment_k;
  const TapRange range = positions.segments;
  for (int64_t s = range.begin; s < range.end; s += step) {
    const int64_t segments = Min(step, range.end - s);
    for (int64_t part = 0; part < parts; ++part) {
      const int64_t begin = plan.segment_k * part / parts, k = plan.segment_k * (part + 1) / parts - begin;
      const bool start = s == range.begin && part == 0, last = s + segments == range.end && part == parts - 1;
      const bool to_y = last && direct;
      ConvTileArgs tile{.tiles = tall,
                        .rows = positions.addresses,
                        .offsets = positions.offsets + s,
                        .shift = group * plan.cin + begin,
                        .segments = segments,
                        .k = k,
                        .b = panel + (s * plan.segment_k + begin) * kPanel,
                        .panel_stride = plan.k * kPanel,
                        .init = start ? first : sums,
                        .init_ld = start ? 0 : width,
                        .out = to_y ? y : sums,
                        .out_ld = to_y ? args.cout : width,
                        .bounds = to_y ? BoundsOf(e) : Bounds{},
                        .residual = to_y ? ResidualAt(e, row, y_column) : nullptr,
                        .residual_ld = e.residual_ld};
      const int64_t tall_rows = tall * (low + 1);  // tall tiles, then the others
      if (tall > 0) shape.by_rows[low + 1](tile);
      tile.tiles = tiles - tall;
      tile.rows += tall_rows;
      tile.init += tall_rows * tile.init_ld;
      tile.out += tall_rows * tile.out_ld;
      if (tile.residual != nullptr) tile.residual += tall_rows * tile.residual_ld;
      shape.by_rows[low](tile);
    }
  }
  if (!direct) FinishRows(e, {args.cout, row, y_column, columns, sums, y}, positions.rows, width, args.cout);
}

// The input rows under output rows [oy, oy_end), plan.width positions each from column -pad_left, zeros outside the
// map.
inline void CopyStrip(const ConvArgs& args, const ConvPlan& plan, int64_t oy, int64_t oy_end, float* strip) {
  const Window2d& window = args.window;
  const int64_t top = oy * window.stride_h - window.pad_top;
  const int64_t rows = (oy_end - oy - 1) * window.stride_h + plan.height, floats = plan.width * args.cin;
  const int64_t left = Min(window.pad_left, plan.width) * args.cin;
  const int64_t inside = Min(window.w * args.cin, floats - left);
  for (int64_t y = top; y < top + rows; ++y, strip += floats) {
    if (y < 0 || y >= window.h) {
      ZeroFloats(floats, strip);
      continue;
    }
    ZeroFloats(left, strip);
    CopyFloats(args.x + y * window.w * args.cin, inside, strip + left);
    ZeroFloats(floats - left - inside, strip + left + inside);
  }
}

// Kernel rows that meet the map under output row oy; all of them where none does.
inline TapRange KernelRows(const Window2d& window, int64_t oy) {
  const TapRange rows = TapsInside(oy * window.stride_h - window.pad_top, window.kernel_h, window.dilation_h, window.h);
  return rows.begin < rows.end ? rows : TapRange{0, window.kernel_h};
}

void Conv(const ConvArgs& args, int64_t row_begin, int64_t row_end, void* scratch) {
  const Window2d& window = args.window;
  const ConvPlan plan = PlanConv(args);
  int64_t* offsets = static_cast<int64_t*>(scratch);
  float* strip = reinterpret_cast<float*>(static_cast<char*>(scratch) + OffsetBytes(plan));
  const int64_t pitch = (plan.padded ? plan.width : window.w) * args.cin;  // of an input row
  const int64_t segments_per_row = plan.segments / window.kernel_h;
  for (int64_t s = 0; s < plan.segments; ++s) {
    offsets[s] = s / segments_per_row * window.dilation_h * pitch + s % segments_per_row * window.dilation_w * args.cin;
  }
  for (int64_t row = row_begin, strip_end = row_begin, strip_oy = 0; row < row_end;) {
    if (plan.padded && row == strip_end) {
      strip_oy = row / window.ow;
      const int64_t last_oy = (row_end - 1) / window.ow, oy_end = Min(strip_oy + plan.strip, last_oy + 1);
      strip_end = Min(oy_end * window.ow, row_end);
      CopyStrip(args, plan, strip_oy, oy_end, strip);
    }
    const float* source = plan.padded ? strip : args.x;
    // Output rows that the same kernel rows belong to.
    const TapRange kernel_rows = KernelRows(window, row / window.ow);
    const int64_t most = Min(kConvRows, (plan.padded ? strip_end : row_end) - row);
    int64_t rows = most;
    for (int64_t oy = row / window.ow + 1; oy * window.ow - row < most; ++oy) {
      const TapRange others = KernelRows(window, oy);
      if (others.begin == kernel_rows.begin && others.end == kernel_rows.end) continue;
      rows = oy * window.ow - row;
      break;
    }
    const float* addresses[kConvRows];
    const ConvRows positions{.segments = {kernel_rows.begin * segments_per_row, kernel_rows.end * segments_per_row},
                             .offsets = offsets,
                             .addresses = addresses,
                             .row = row,
                             .rows = rows};
    for (int64_t i = 0, oy = row / window.ow, ox = row % window.ow; i < rows; ++oy, ox = 0) {
      const float* input_row = source + (oy - strip_oy) * window.stride_h * pitch;
      const int64_t end = Min(rows, i + window.ow - ox);
      for (; i < end; ++i, ++ox) addresses[i] = input_row + ox * window.stride_w * args.cin;
    }
    for (int64_t group = 0; group < args.groups; ++group) {
      for (int64_t column = 0; column < plan.cout;) {
        const TileShape<ConvTile> shape = ConvTileOf(plan, plan.cout - column);
        ConvColumns(args, plan, positions, group, column, shape);
        column += shape.columns;
      }
    }
    row += rows;
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
