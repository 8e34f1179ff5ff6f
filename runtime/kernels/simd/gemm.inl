// C = epilogue(A * B) with B in panels of 16 columns (gemm.h).
//
// A register tile holds kTileRows x kTileVectors sums. Every element has one sum, starting at the bias and adding
// a[k] * b[k] for k = 0, 1, 2, ...: k is cut into blocks only to keep B in the cache, and a sum crosses a block as the float it
// is, so neither tile nor block nor thread changes a bit. Between blocks the sums are kept in a buffer on the stack, never in
// C, which may be the residual. Blocking as in Goto and van de Geijn 2008 (doi:10.1145/1356052.1356053), without
// packing A.
namespace vitrt::kernels::VITRT_TIER {
namespace {

constexpr int64_t kTileColumns = kTileVectors * kWidth;                           // 16, 16, 16, 32
constexpr int64_t kGroupColumns = kTileColumns > kPanel ? kTileColumns : kPanel;  // whole panels: 16, 16, 16, 32
constexpr int kNarrowRows = kTileRows > 8 ? kTileRows : 8;  // a tile of one vector needs as many accumulators
constexpr int kWideVectors = 8;                             // and so does a tile of one row
constexpr int64_t kWideColumns = kWideVectors * kWidth;     // 32, 64, 64, 128
constexpr int64_t kBlockK = 768;     // a block of a panel, 48 KB, stays in L2 while the rows pass
constexpr int64_t kBlockRows = 200;  // rows of A that pass before the next panel is read
constexpr int64_t kChunkTiles = 8;   // tiles whose sums are in L1 when their epilogue comes

// Some tiles of rows, one below the other: out = bounds(init + A B) + residual. Panel p of a tile starts at
// b + p * panel_stride. Meanwhile the next block of B is prefetched, a few lines in every unrolled iteration.
struct GemmTileArgs {
  int64_t tiles, k;
  const float* a;
  int64_t lda;
  const float* b;
  int64_t panel_stride;
  const float* init;
  int64_t init_ld;
  float* out;
  int64_t out_ld;
  Bounds bounds;
  const float* residual;  // or nullptr
  int64_t residual_ld;
  const char* next;
  int64_t next_step;  // bytes prefetched in every unrolled iteration over k
};

struct GemmTile {
  using Args = GemmTileArgs;
  template <int kRows, int kVectors>
  static void Run(const GemmTileArgs& args);
};

template <int kRows, int kVectors>
void GemmTile::Run(const GemmTileArgs& args) {
  constexpr int kPanels = kVectors * kWidth > kPanel ? kVectors * kWidth / kPanel : 1;
  GemmTileArgs t = args;  // a local copy, which stores of sums cannot change
  for (int64_t tile = 0; tile < t.tiles; ++tile) {
    F sum[kRows][kVectors];
    VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
      VITRT_UNROLL for (int v = 0; v < kVectors; ++v) sum[r][v] = Load(t.init + r * t.init_ld + v * kWidth);
    }
    const float* rows[kRows];
    VITRT_UNROLL for (int r = 0; r < kRows; ++r) rows[r] = t.a + r * t.lda;
    AddProducts<kUnrollK>(
        rows, t.b, t.panel_stride, t.k, sum, [&]() __attribute__((always_inline)) {
          if (kRows == 1) return;  // such a tile is bound by memory, where the hardware prefetcher alone was faster
          VITRT_UNROLL for (int p = 0; p < kPanels; ++p) {
            const char* line = t.next + p * t.panel_stride * 4;
            __builtin_prefetch(line, 0, 2);
            if (t.next_step > 64) {
              VITRT_UNROLL for (int i = 1; i < kUnrollK; ++i) __builtin_prefetch(line + i * 64, 0, 2);
            }
          }
          t.next += t.next_step;
        });
    VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
      VITRT_UNROLL for (int v = 0; v < kVectors; ++v) {
        F value = t.bounds(sum[r][v]);
        if (t.residual != nullptr) value = Add(value, Load(t.residual + r * t.residual_ld + v * kWidth));
        Store(t.out + r * t.out_ld + v * kWidth, value);
      }
    }
    t.a += kRows * t.lda;
    t.init += kRows * t.init_ld;
    t.out += kRows * t.out_ld;
    if (t.residual != nullptr) t.residual += kRows * t.residual_ld;
  }
}

inline TileShape<GemmTile> GemmTileOf(int64_t rows, int64_t columns) {
  static constexpr TileKernel<GemmTile> kWide[] = {nullptr, GemmTile::Run<1, kWideVectors>};
  if (rows == 1 && columns >= kWideColumns) return {1, kWideColumns, kWide};
  if (columns > kTileColumns - kWidth) return ShapeOf<GemmTile, kTileVectors, kTileRows>();
  return ShapeOf<GemmTile, 1, kNarrowRows>();
}

// Rows [row_begin, row_end), at most kBlockRows, of one group of panels: kGroupColumns, or what is left, or for a
// single row kWideColumns. `a` is row row_begin of A.
inline void GemmGroup(const GemmArgs& args, const float* a, int64_t row_begin, int64_t row_end, int64_t column_begin,
                      int64_t width) {
  alignas(64) float sums[kBlockRows * kGroupColumns];
  alignas(64) float first[kWideColumns];
  const Epilogue& e = args.epilogue;
  const int64_t columns = Min(width, args.n - column_begin);  // the last panel may hold fewer
  for (int64_t i = 0; i < width; i += kWidth) {
    Store(first + i, e.bias == nullptr ? Zero() : LoadPart(e.bias + column_begin + i, columns - i));
  }
  const bool direct = InRegisters(e);
  const int64_t rows = row_end - row_begin;
  const float* panel = args.b + column_begin * args.k;
  const int64_t panel_stride = args.k * kPanel;
  int64_t k = 0;
  do {  // once even where k is 0
    const int64_t block_k = Min(kBlockK, args.k - k);
    const bool last = k + block_k == args.k;
    // The block of B after this one.
    const char* next = reinterpret_cast<const char*>(last ? panel + width * args.k : panel + (k + block_k) * kPanel);
    for (int64_t c = 0; c < columns;) {
      const TileShape<GemmTile> shape = GemmTileOf(rows, columns - c);
      const auto [tiles, low, tall] = EvenTiles(rows, shape.rows);
      const int64_t step = (kUnrollK * kPanel * 4 + tiles - 1) / tiles;
      const bool to_c = last && direct && c + shape.columns <= columns;
      for (int64_t tile = 0, r = 0; tile < tiles;) {
        const int64_t height = tile < tall ? low + 1 : low;
        const int64_t count = Min(kChunkTiles, (tile < tall ? tall : tiles) - tile);
        const int64_t row = row_begin + r, column = column_begin + c;
        float* tile_sums = sums + r * width + c;
        float* c_tile = args.c + row * args.ldc + column;
        GemmTileArgs t{.tiles = count,
                       .k = block_k,
                       .a = a + r * args.lda + k,
                       .lda = args.lda,
                       .b = panel + k * kPanel + c / kPanel * panel_stride + c % kPanel,
                       .panel_stride = panel_stride,
                       .init = k == 0 ? first + c : tile_sums,
                       .init_ld = k == 0 ? 0 : width,
                       .out = tile_sums,
                       .out_ld = width,
                       .bounds = {},
                       .residual = nullptr,
                       .residual_ld = e.residual_ld,
                       .next = next + (c == 0 ? tile * (block_k / kUnrollK) * step : 0),
                       .next_step = c == 0 ? step : 0};
        if (to_c) {
          t.out = c_tile;
          t.out_ld = args.ldc;
          t.bounds = BoundsOf(e);
          t.residual = ResidualAt(e, row, column);
        }
        shape.by_rows[height](t);
        if (last && !to_c) {
          FinishRows(e, {args.n, row, column, Min(shape.columns, columns - c), tile_sums, c_tile}, height * count,
                     width, args.ldc);
        }
        tile += count, r += height * count;
      }
      c += shape.columns;
    }
    k += block_k;
  } while (k < args.k);
}

// Gemm where A's row row_begin is at `a` instead of args.a + row_begin * args.lda.
inline void GemmFrom(const GemmArgs& args, const GemmBlock& block, const float* a) {
  const int64_t rows = block.row_end - block.row_begin;
  const int64_t column_end = Min(block.panel_end * kPanel, PanelCount(args.n) * kPanel);
  if (rows <= 0) return;
  const int64_t blocks = (rows + kBlockRows - 1) / kBlockRows;
  const int64_t block_tiles = (rows + blocks * kTileRows - 1) / (blocks * kTileRows);
  const int64_t block_rows = Min(kBlockRows, block_tiles * kTileRows);
  for (int64_t r = 0; r < rows; r += block_rows) {
    const int64_t row_begin = block.row_begin + r, row_end = Min(row_begin + block_rows, block.row_end);
    for (int64_t c = block.panel_begin * kPanel; c < column_end;) {
      const bool wide = row_end - row_begin == 1 && column_end - c >= kWideColumns;
      const int64_t width = wide ? kWideColumns : Min(kGroupColumns, column_end - c);
      GemmGroup(args, a + r * args.lda, row_begin, row_end, c, width);
      c += width;
    }
  }
}

void Gemm(const GemmArgs& args, const GemmBlock& block) { GemmFrom(args, block, args.a + block.row_begin * args.lda); }

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
