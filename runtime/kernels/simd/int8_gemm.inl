// C = epilogue(A * B) on 8-bit integers (int8.h). Every sum is an exact integer, so neither tile nor thread changes a
// bit. A panel stays in L1 while the rows pass; k is not cut, because sums never leave their registers.
//
// k comes in segments, which lie one behind the other in B and anywhere in A: one in a linear layer, the rows or taps
// of a kernel in a convolution.
namespace vitrt::kernels::VITRT_TIER {
namespace {

constexpr int64_t kInt8TileColumns = kInt8Vectors * kInts;
constexpr int64_t kInt8GroupColumns = kInt8TileColumns > kPanel ? kInt8TileColumns : kPanel;  // whole panels
constexpr int kInt8FewVectors = kWidth > kInts ? 2 : 1;  // of a tile of few columns, whole vectors of floats
constexpr int64_t kInt8ChunkTiles = 8;                   // whose sums wait in L1 for their epilogue

constexpr int64_t kInt8FinishRows = 32;  // that wait in L1 likewise

// Segments of k: `groups` groups each, the first at offsets[0], the next at offsets[step].
struct Int8Segments {
  int64_t count, groups, step;
  const int64_t* offsets;
};

// Some tiles, one below the other: out = bounds(a_scale * b_scale * (sums - zero * column_sums) + bias) + residual.
struct Int8TileArgs {
  int64_t tiles;
  Int8Segments k;
  const uint8_t* a;
  int64_t lda;
  const float* a_scale;
  const int32_t* a_zero;
  int64_t a_step;  // 1: a scale and a zero for each row; 0: one for all
  const int8_t* b;
  int64_t panel_stride;
  Int8Runs runs;
  const int32_t* column_sums;  // whole vectors, as are the next two
  const float* b_scale;
  const float* bias;
  float* out;
  int64_t out_ld;
  Bounds bounds;
  const float* residual;  // or nullptr
  int64_t residual_ld;
};

struct Int8Tile {
  using Args = Int8TileArgs;
  template <int kRows, int kVectors>
  static void Run(const Int8TileArgs& args);
};

template <int kRows, int kVectors>
void Int8Tile::Run(const Int8TileArgs& args) {
  Int8TileArgs t = args;  // a local copy, which stores cannot change
  for (int64_t tile = 0; tile < t.tiles; ++tile) {
    I sum[kRows][kVectors];
    VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
      const I zero = Set1I(-t.a_zero[r * t.a_step]);
      VITRT_UNROLL for (int v = 0; v < kVectors; ++v) sum[r][v] = MulI(zero, LoadI(t.column_sums + v * kInts));
    }
    const int8_t* b = t.b;
    Int8Runs runs = t.runs;
    for (int64_t s = 0; s < t.k.count; ++s) {
      Int8Operands<kRows> x(t.a + t.k.offsets[s * t.k.step], t.lda, b, t.panel_stride);
      AddInt8Products(x, t.k.groups, runs, sum);
      b += t.k.groups * kPanel * kGroupK;
      runs.blocks += (t.k.groups + kRunBlock - 1) / kRunBlock;
    }
    VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
      const F a_scale = Set1(t.a_scale[r * t.a_step]);
      VITRT_UNROLL for (int c = 0; c < kVectors * kInts; c += kWidth) {
        const F value = Mul(ToFloats(sum[r] + c / kInts), Mul(a_scale, Load(t.b_scale + c)));
        F y = t.bounds(Add(value, Load(t.bias + c)));
        if (t.residual != nullptr) y = Add(y, Load(t.residual + r * t.residual_ld + c));
        Store(t.out + r * t.out_ld + c, y);
      }
    }
    t.a += kRows * t.lda;
    t.a_scale += kRows * t.a_step;
    t.a_zero += kRows * t.a_step;
    t.out += kRows * t.out_ld;
    if (t.residual != nullptr) t.residual += kRows * t.residual_ld;
  }
}

// Rows of A, which become rows [row, row + count) of C.
struct Int8Rows {
  int64_t row, count;
  const uint8_t* a;
  int64_t lda;
  const float* scale;
  const int32_t* zero;
  int64_t step;  // 1: a scale and a zero for each row; 0: one for all
};

// Where the products go: [.., n], and what is done to them.
struct Int8Output {
  float* c;
  int64_t ldc, n;
  const Epilogue& epilogue;
};

// Weights in panels, k of each panel in segments, and what belongs to their columns.
struct Int8Weights {
  Int8Segments k;
  const int8_t* b;
  const int32_t* runs;
  const int32_t* column_sums;
  const float* scale;
};

// Up to kInt8GroupColumns columns of the weights, from a panel's first on: the rows of A pass them.
class Int8Group {
 public:
  // Columns [column, column + columns) of the weights, which are columns out_column... of C.
  Int8Group(const Int8Weights& w, int64_t column, int64_t columns, const Int8Output& out, int64_t out_column)
      : out_(out), column_(out_column), columns_(columns), k_(w.k) {
    const int64_t panel = column / kPanel, blocks = k_.count * ((k_.groups + kRunBlock - 1) / kRunBlock);
    const bool two_panels = columns > kPanel;
    panel_stride_ = two_panels ? k_.count * k_.groups * kGroupK * kPanel : 0;
    b_ = w.b + panel * k_.count * k_.groups * kGroupK * kPanel;
    runs_ = {4, w.runs + panel * blocks, two_panels ? blocks : 0};
    for (int64_t i = 0; i < blocks; ++i) {
      const int32_t run = Min(runs_.blocks[i], runs_.blocks[i + runs_.stride]);
      if (run < runs_.shortest) runs_.shortest = run;
    }
    for (int64_t i = 0; i < kInt8GroupColumns; ++i) {
      const bool used = i < columns;
      scale_[i] = used ? w.scale[column + i] : 0;
      bias_[i] = used && out.epilogue.bias != nullptr ? out.epilogue.bias[out_column + i] : 0;
      sums_[i] = used ? w.column_sums[column + i] : 0;
    }
  }

  // Takes `taps` segments that follow each other in A as one, where no run crosses from one to the next.
  void Merge(int64_t taps) {
    if (taps == 1 || runs_.shortest == 0 || k_.groups % runs_.shortest != 0) return;
    k_ = {k_.count / taps, k_.groups * taps, taps, k_.offsets};
  }

  void Multiply(const Int8Rows& rows) const {
    for (int64_t c = 0; c < columns_;) {
      const bool few = columns_ - c <= kInt8FewVectors * kInts;
      const auto* by_rows = few ? TilesOf<Int8Tile, kInt8FewVectors, kInt8Rows>::kByRows
                                : TilesOf<Int8Tile, kInt8Vectors, kInt8Rows>::kByRows;
      const int64_t width = few ? kInt8FewVectors * kInts : kInt8TileColumns;
      const EvenTiles even(rows.count, kInt8Rows);
      Int8Rows tall = rows, low = rows;
      tall.count = even.tall * (even.low + 1);
      low.count -= tall.count;
      low.row += tall.count;
      low.a += tall.count * rows.lda;
      low.scale += tall.count * rows.step;
      low.zero += tall.count * rows.step;
      Tiles(tall, even.low + 1, c, width, by_rows);
      Tiles(low, even.low, c, width, by_rows);
      c += width;
    }
  }

 private:
  // Columns [c, c + width) of the group, for tiles of `height` rows.
  void Tiles(const Int8Rows& rows, int64_t height, int64_t c, int64_t width,
             const TileKernel<Int8Tile>* by_rows) const {
    alignas(64) float buffer[kInt8ChunkTiles * kInt8Rows * kInt8TileColumns];
    const Epilogue& e = out_.epilogue;
    const int64_t used = Min(width, columns_ - c), column = column_ + c;
    const bool to_c = used == width && InRegisters(e);
    Int8TileArgs t{.tiles = 0,
                   .k = k_,
                   .a = rows.a,
                   .lda = rows.lda,
                   .a_scale = rows.scale,
                   .a_zero = rows.zero,
                   .a_step = rows.step,
                   .b = b_ + c / kPanel * panel_stride_ + c % kPanel * kGroupK,
                   .panel_stride = panel_stride_,
                   .runs = runs_,
                   .column_sums = sums_ + c,
                   .b_scale = scale_ + c,
                   .bias = bias_ + c,
                   .out = buffer,
                   .out_ld = kInt8TileColumns,
                   .bounds = {},
                   .residual = nullptr,
                   .residual_ld = e.residual_ld};
    float* y = out_.c + rows.row * out_.ldc + column;
    if (to_c) {
      t.tiles = rows.count / height;
      t.out = y;
      t.out_ld = out_.ldc;
      t.bounds = BoundsOf(e);
      t.residual = ResidualAt(e, rows.row, column);
      if (t.tiles > 0) by_rows[height](t);
      return;
    }
    for (int64_t r = 0; r < rows.count; r += t.tiles * height) {
      t.tiles = Min(kInt8ChunkTiles, (rows.count - r) / height);
      t.a = rows.a + r * rows.lda;
      t.a_scale = rows.scale + r * rows.step;
      t.a_zero = rows.zero + r * rows.step;
      by_rows[height](t);
      FinishRows(e, {out_.n, rows.row + r, column, used, buffer, y + r * out_.ldc}, t.tiles * height, t.out_ld,
                 out_.ldc);
    }
  }

  const Int8Output& out_;
  int64_t column_, columns_;
  Int8Segments k_;
  const int8_t* b_;
  int64_t panel_stride_;
  Int8Runs runs_;
  alignas(64) float scale_[kInt8GroupColumns], bias_[kInt8GroupColumns];
  alignas(64) int32_t sums_[kInt8GroupColumns];
};

void FinishInt8(const Int8SumsArgs& args, int64_t row_begin, int64_t row_end) {
  const Epilogue& e = args.epilogue;
  for (int64_t column = 0; column < args.n; column += kPanel) {
    const int64_t used = Min(kPanel, args.n - column);
    alignas(64) float scale[kPanel] = {}, bias[kPanel] = {}, values[kInt8FinishRows * kPanel];
    alignas(64) int32_t column_sums[kPanel] = {}, part[kPanel] = {};
    for (int64_t i = 0; i < used; ++i) {
      scale[i] = args.b_scale[column + i];
      bias[i] = e.bias != nullptr ? e.bias[column + i] : 0;
      column_sums[i] = args.column_sums[column + i];
    }
    for (int64_t first = row_begin; first < row_end; first += kInt8FinishRows) {
      const int64_t rows = Min(kInt8FinishRows, row_end - first);
      for (int64_t r = 0; r < rows; ++r) {
        const int32_t* from = args.sums + (first + r) * args.n + column;
        if (used < kPanel) {
          for (int64_t i = 0; i < used; ++i) part[i] = from[i];
          from = part;
        }
        const I zero = Set1I(-args.a_zero[(first + r) * args.a_step]);
        const F a_scale = Set1(args.a_scale[(first + r) * args.a_step]);
        VITRT_UNROLL for (int c = 0; c < kPanel; c += kWidth) {
          I sums[kWidth / kInts];
          VITRT_UNROLL for (int i = 0; i < kWidth / kInts; ++i) {
            const int at = c + i * kInts;
            sums[i] = AddI(LoadI(from + at), MulI(zero, LoadI(column_sums + at)));
          }
          Store(values + r * kPanel + c, Add(Mul(ToFloats(sums), Mul(a_scale, Load(scale + c))), Load(bias + c)));
        }
      }
      FinishRows(e, {args.n, first, column, used, values, args.c + first * args.n + column}, rows, kPanel, args.n);
    }
  }
}

void Int8Gemm(const Int8GemmArgs& args, const GemmBlock& block) {
  constexpr int64_t kNoOffset = 0;
  const int64_t column_end = Min(block.panel_end * kPanel, args.n);
  if (block.row_end <= block.row_begin) return;
  const Int8Weights weights{
      {1, (args.k + kGroupK - 1) / kGroupK, 1, &kNoOffset}, args.b, args.runs, args.column_sums, args.b_scale};
  const Int8Output out{args.c, args.ldc, args.n, args.epilogue};
  const Int8Rows rows{block.row_begin,
                      block.row_end - block.row_begin,
                      args.a + block.row_begin * args.lda,
                      args.lda,
                      args.a_scale + block.row_begin,
                      args.a_zero + block.row_begin,
                      1};
  for (int64_t c = block.panel_begin * kPanel; c < column_end; c += kInt8GroupColumns) {
    Int8Group(weights, c, Min(kInt8GroupColumns, column_end - c), out, c).Multiply(rows);
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
