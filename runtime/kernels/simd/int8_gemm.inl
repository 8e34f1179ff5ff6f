// C = epilogue(A * B) on 8-bit integers (int8.h). Every sum is an exact integer, so neither tile nor thread changes a
// bit. A panel stays in L1 while the rows pass; k is not cut, because sums never leave their registers.
namespace vitrt::kernels::VITRT_TIER {
namespace {

constexpr int64_t kInt8TileColumns = kInt8Vectors * kInts;
constexpr int64_t kInt8GroupColumns = kInt8TileColumns > kPanel ? kInt8TileColumns : kPanel;  // whole panels

// One tile: out = bounds(a_scale * b_scale * (sums - zero * column_sums) + bias) + residual.
struct Int8TileArgs {
  int64_t groups;
  const uint8_t* a;
  int64_t lda;
  const float* a_scale;
  const int32_t* a_zero;
  const int8_t* b;
  int64_t panel_stride;
  const int32_t* runs;
  int64_t runs_stride;         // to those of the second panel
  const int32_t* column_sums;  // whole vectors, as are the next two
  const float* b_scale;
  const float* bias;
  float* out;
  int64_t out_ld;
  Bounds bounds;
  const float* residual;  // or nullptr
  int64_t residual_ld;
};
using Int8TileKernel = void (*)(const Int8TileArgs& t);

template <int kRows, int kVectors>
void Int8Tile(const Int8TileArgs& args) {
  const Int8TileArgs t = args;
  I sum[kRows][kVectors];
  Int8Operands<kRows> x{.rows = {}, .b = t.b, .panel_stride = t.panel_stride};
  VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
    x.rows[r] = t.a + r * t.lda;
    const I zero = Set1I(-t.a_zero[r]);
    VITRT_UNROLL for (int v = 0; v < kVectors; ++v) sum[r][v] = MulI(zero, LoadI(t.column_sums + v * kInts));
  }
  AddInt8Products(x, t.groups, t.runs, t.runs_stride, sum);
  VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
    const F a_scale = Set1(t.a_scale[r]);
    VITRT_UNROLL for (int c = 0; c < kVectors * kInts; c += kWidth) {
      const F value = Mul(ToFloats(sum[r] + c / kInts), Mul(a_scale, Load(t.b_scale + c)));
      F y = t.bounds(Add(value, Load(t.bias + c)));
      if (t.residual != nullptr) y = Add(y, Load(t.residual + r * t.residual_ld + c));
      Store(t.out + r * t.out_ld + c, y);
    }
  }
}

// Int8TilesOf<v, most>::kByRows[rows]: the tile of that many rows, up to `most`, and v vectors.
template <int kVectors, int kLeft, int... kRows>
struct Int8TilesOf : Int8TilesOf<kVectors, kLeft - 1, kLeft, kRows...> {};
template <int kVectors, int... kRows>
struct Int8TilesOf<kVectors, 0, kRows...> {
  static constexpr Int8TileKernel kByRows[] = {nullptr, Int8Tile<kRows, kVectors>...};
};

// Columns of a group of panels, filled up to whole vectors.
struct Int8Columns {
  alignas(64) float scale[kInt8GroupColumns], bias[kInt8GroupColumns];
  alignas(64) int32_t sums[kInt8GroupColumns];

  Int8Columns(const Int8GemmArgs& args, int64_t column, int64_t columns) {
    for (int64_t i = 0; i < kInt8GroupColumns; ++i) {
      const bool used = i < columns;
      scale[i] = used ? args.b_scale[column + i] : 0;
      bias[i] = used && args.epilogue.bias != nullptr ? args.epilogue.bias[column + i] : 0;
      sums[i] = used ? args.column_sums[column + i] : 0;
    }
  }
};

// Rows [row_begin, row_end) of columns [column_begin, column_begin + columns), at most kInt8GroupColumns.
inline void Int8Group(const Int8GemmArgs& args, int64_t row_begin, int64_t row_end, int64_t column_begin,
                      int64_t columns) {
  const Epilogue& e = args.epilogue;
  const int64_t groups = (args.k + kGroupK - 1) / kGroupK, panel_stride = groups * kGroupK * kPanel;
  const int64_t blocks = (groups + kRunBlock - 1) / kRunBlock;
  const Int8Columns of_columns(args, column_begin, columns);
  const bool direct = InRegisters(e);
  const int64_t rows = row_end - row_begin;
  const int64_t tiles = (rows + kInt8Rows - 1) / kInt8Rows, low = rows / tiles, tall = rows - low * tiles;
  alignas(64) float buffer[kInt8Rows * kInt8TileColumns];
  for (int64_t tile = 0, row = row_begin; tile < tiles; ++tile) {
    const int64_t height = tile < tall ? low + 1 : low;
    for (int64_t c = 0; c < columns; c += kInt8TileColumns) {
      const int64_t panel = (column_begin + c) / kPanel, used = Smaller(kInt8TileColumns, columns - c);
      const bool two_panels = kInt8TileColumns > kPanel && used > kPanel;
      const bool to_c = direct && used == kInt8TileColumns;
      Int8TileArgs t{.groups = groups,
                     .a = args.a + row * args.lda,
                     .lda = args.lda,
                     .a_scale = args.a_scale + row,
                     .a_zero = args.a_zero + row,
                     .b = args.b + panel * panel_stride + (column_begin + c) % kPanel * kGroupK,
                     .panel_stride = two_panels ? panel_stride : 0,
                     .runs = args.runs + panel * blocks,
                     .runs_stride = two_panels ? blocks : 0,
                     .column_sums = of_columns.sums + c,
                     .b_scale = of_columns.scale + c,
                     .bias = of_columns.bias + c,
                     .out = buffer,
                     .out_ld = kInt8TileColumns,
                     .bounds = {},
                     .residual = nullptr,
                     .residual_ld = e.residual_ld};
      if (to_c) {
        t.out = args.c + row * args.ldc + column_begin + c;
        t.out_ld = args.ldc;
        t.bounds = BoundsOf(e);
        if (e.residual != nullptr) t.residual = e.residual + row * e.residual_ld + column_begin + c;
      }
      Int8TilesOf<kInt8Vectors, kInt8Rows>::kByRows[height](t);
      if (to_c) continue;
      FinishRows(e, {args.n, row, column_begin + c, used, buffer, args.c + row * args.ldc + column_begin + c}, height,
                 kInt8TileColumns, args.ldc);
    }
    row += height;
  }
}

void Int8Gemm(const Int8GemmArgs& args, const GemmBlock& block) {
  const int64_t column_end = Smaller(block.panel_end * kPanel, args.n);
  if (block.row_end <= block.row_begin) return;
  for (int64_t c = block.panel_begin * kPanel; c < column_end; c += kInt8GroupColumns) {
    Int8Group(args, block.row_begin, block.row_end, c, Smaller(kInt8GroupColumns, column_end - c));
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
