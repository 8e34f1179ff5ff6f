// C = epilogue(A * B) with B in panels of 16 columns (gemm.h).
//
// A register tile holds kTileRows x kTileVectors sums. Every element has one sum, starting at the bias and adding
// a[k] * b[k] for k = 0, 1, 2, ...: k is cut into blocks only to keep B near, and a sum crosses a block as the float it
// is, so neither tile nor block nor thread changes a bit. Sums between blocks wait in a buffer on the stack, never in
// C, which may be the residual. Blocking as in Goto and van de Geijn 2008 (doi:10.1145/1356052.1356053), without
// packing A.
namespace vitrt::kernels::VITRT_TIER {
namespace {

constexpr int64_t kTileColumns = kTileVectors * kWidth;                           // 8, 16, 16, 32
constexpr int64_t kGroupColumns = kTileColumns > kPanel ? kTileColumns : kPanel;  // whole panels: 16, 16, 16, 32
constexpr int kWideVectors = 4 * kTileVectors;           // a single row needs more columns for as many independent sums
constexpr int64_t kWideColumns = kWideVectors * kWidth;  // 32, 64, 64, 128
constexpr int64_t kBlockK = 768;                         // a block of a panel, 48 KB, stays in L2 while the rows pass
constexpr int64_t kPrefetchAhead = 8 * kPanel;           // floats of B on their way from L2 to L1
constexpr int64_t kPrefetchTiles = 8;  // fewer tiles of rows do not hide the prefetch of the next block of B
constexpr int64_t kBlockRows = 200;    // rows of A that pass before the next panel is read

// out = init + A B, kept within bounds, for a few rows and vectors of columns. Panel p of the tile starts at
// b + p * panel_stride.
struct TileArgs {
  int64_t k;
  const float* a;
  int64_t lda;
  const float* b;
  int64_t panel_stride;
  const float* init;
  int64_t init_ld;
  float* out;
  int64_t out_ld;
  Bounds bounds;
};
using TileKernel = void (*)(const TileArgs& t);

template <int kRows, int kVectors>
void Tile(const TileArgs& args) {
  const TileArgs t = args;  // a local copy, which stores of sums cannot change
  const float* a = t.a;
  const float* b = t.b;
  const int64_t lda = t.lda, panel_stride = t.panel_stride;
  F sum[kRows][kVectors];
  VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
    VITRT_UNROLL for (int v = 0; v < kVectors; ++v) sum[r][v] = Load(t.init + r * t.init_ld + v * kWidth);
  }
  for (int64_t k = 0; k < t.k; ++k, b += kPanel) {
    __builtin_prefetch(b + kPrefetchAhead);
    F column[kVectors];
    VITRT_UNROLL for (int v = 0; v < kVectors; ++v) {
      column[v] = Load(b + v * kWidth / kPanel * panel_stride + v * kWidth % kPanel);
    }
    VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
      const F x = Set1(a[r * lda + k]);
      VITRT_UNROLL for (int v = 0; v < kVectors; ++v) sum[r][v] = MulAdd(x, column[v], sum[r][v]);
    }
  }
  VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
    VITRT_UNROLL for (int v = 0; v < kVectors; ++v) Store(t.out + r * t.out_ld + v * kWidth, t.bounds(sum[r][v]));
  }
}

// TilesOf<v>::kByRows[rows]: the tile of that many rows and v vectors.
template <int kVectors, int... kRows>
struct TileList {
  static constexpr TileKernel kByRows[] = {nullptr, Tile<kRows, kVectors>...};
};
template <int kVectors, int kLeft = kTileRows, int... kRows>
struct TilesOf : TilesOf<kVectors, kLeft - 1, kLeft, kRows...> {};
template <int kVectors, int... kRows>
struct TilesOf<kVectors, 0, kRows...> : TileList<kVectors, kRows...> {};

inline TileKernel TileOf(int64_t rows, int64_t columns) {
  constexpr int kPanelVectors =
      kPanel / kWidth < kTileVectors ? kPanel / kWidth : kTileVectors;  // where one panel is left over
  if (columns == kWideColumns) return Tile<1, kWideVectors>;
  return columns == kTileColumns ? TilesOf<kTileVectors>::kByRows[rows] : TilesOf<kPanelVectors>::kByRows[rows];
}

// Row `row`, columns [column, column + columns) of a matrix of n columns: y = f(sums + row bias) + residual. `sums` has
// the bias in it and whole vectors to read; y is where the first of these columns goes.
template <typename Function>
inline void FinishRow(const Epilogue& e, Function f, int64_t n, int64_t row, int64_t column, int64_t columns,
                      const float* sums, float* y) {
  const float* row_bias = e.row_bias == nullptr ? nullptr : e.row_bias + row % e.row_period * n + column;
  const int64_t residual_row = e.residual_period == 0 ? row : row % e.residual_period;
  const float* residual = e.residual == nullptr ? nullptr : e.residual + residual_row * e.residual_ld + column;
  for (int64_t i = 0; i < columns; i += kWidth) {
    const int64_t left = columns - i;
    F value = Load(sums + i);
    if (row_bias != nullptr) value = Add(value, left >= kWidth ? Load(row_bias + i) : LoadPart(row_bias + i, left));
    value = f(value);
    if (residual != nullptr) value = Add(value, left >= kWidth ? Load(residual + i) : LoadPart(residual + i, left));
    left >= kWidth ? Store(y + i, value) : StorePart(y + i, value, left);
  }
}

// Rows [row, row + rows) and columns [column, column + columns) of C from their sums.
template <typename Function>
void FinishTile(const GemmArgs& args, Function f, int64_t row, int64_t rows, int64_t column, int64_t columns,
                const float* sums, int64_t sums_ld) {
  for (int64_t r = row; r < row + rows; ++r, sums += sums_ld) {
    FinishRow(args.epilogue, f, args.n, r, column, columns, sums, args.c + r * args.ldc + column);
  }
}

// Share i of `shares` of a block of B, `lines` cache lines in each of `panels` panels, on its way to L2.
inline void PrefetchShare(const float* block, int64_t panel_stride, int64_t panels, int64_t lines, int64_t i,
                          int64_t shares) {
  for (int64_t p = 0; p < panels; ++p, block += panel_stride) {
    for (int64_t line = lines * i / shares; line < lines * (i + 1) / shares; ++line)
      __builtin_prefetch(block + line * kPanel, 0, 2);
  }
}

// Rows [row_begin, row_end), at most kBlockRows, of one group of panels: kGroupColumns, or what is left, or for a
// single row kWideColumns. `a` is row row_begin of A.
inline void GemmGroup(const GemmArgs& args, const float* a, int64_t row_begin, int64_t row_end, int64_t column_begin,
                      int64_t width) {
  alignas(64) float sums[kBlockRows * kGroupColumns];
  alignas(64) float first[kWideColumns] = {};
  const Epilogue& e = args.epilogue;
  const int64_t columns = Smaller(width, args.n - column_begin);  // the last panel may hold fewer
  if (e.bias != nullptr) {
    for (int64_t i = 0; i < columns; i += kWidth) Store(first + i, LoadPart(e.bias + column_begin + i, columns - i));
  }
  const bool plain = columns == width && IsClamp(e);
  const int64_t rows = row_end - row_begin, tiles = (rows + kTileRows - 1) / kTileRows;
  const int64_t step = width == kWideColumns ? width : Smaller(width, kTileColumns);
  const float* panel = args.b + column_begin * args.k;
  const int64_t panel_stride = args.k * kPanel;
  int64_t k = 0;
  do {  // once even where k is 0
    const int64_t block_k = Smaller(kBlockK, args.k - k);
    const bool last = k + block_k == args.k;
    const float* next =
        last ? panel + width * args.k : panel + (k + block_k) * kPanel;  // the block of B after this one
    for (int64_t c = 0; c < width; c += step) {
      for (int64_t i = 0; i < tiles; ++i) {
        const int64_t r = rows * i / tiles, tile_rows = rows * (i + 1) / tiles - r;
        float* tile_sums = sums + r * width + c;
        const bool to_c = last && plain;
        if (c == 0 && tiles >= kPrefetchTiles) PrefetchShare(next, panel_stride, width / kPanel, block_k, i, tiles);
        TileOf(tile_rows, step)({block_k, a + r * args.lda + k, args.lda, panel + k * kPanel + c, panel_stride,
                                 k == 0 ? first + c : tile_sums, k == 0 ? 0 : width,
                                 to_c ? args.c + (row_begin + r) * args.ldc + column_begin + c : tile_sums,
                                 to_c ? args.ldc : width, to_c ? BoundsOf(e) : Bounds{}});
        if (!last || plain || c >= columns) continue;
        WithFn(e.fn, e.alpha, e.beta, [&](auto f) {
          FinishTile(args, f, row_begin + r, tile_rows, column_begin + c, Smaller(step, columns - c), tile_sums, width);
        });
      }
    }
    k += block_k;
  } while (k < args.k);
}

// Gemm where A's row row_begin is at `a` instead of args.a + row_begin * args.lda.
inline void GemmFrom(const GemmArgs& args, const GemmBlock& block, const float* a) {
  const int64_t rows = block.row_end - block.row_begin;
  const int64_t column_end = Smaller(block.panel_end * kPanel, (args.n + kPanel - 1) / kPanel * kPanel);
  if (rows <= 0) return;
  const int64_t blocks = (rows + kBlockRows - 1) / kBlockRows;
  const int64_t block_tiles = (rows + blocks * kTileRows - 1) / (blocks * kTileRows);
  const int64_t block_rows = Smaller(kBlockRows, block_tiles * kTileRows);
  for (int64_t r = 0; r < rows; r += block_rows) {
    const int64_t row_begin = block.row_begin + r, row_end = Smaller(row_begin + block_rows, block.row_end);
    for (int64_t c = block.panel_begin * kPanel; c < column_end;) {
      const bool wide = row_end - row_begin == 1 && column_end - c >= kWideColumns;
      const int64_t width = wide ? kWideColumns : Smaller(kGroupColumns, column_end - c);
      GemmGroup(args, a + r * args.lda, row_begin, row_end, c, width);
      c += width;
    }
  }
}

void Gemm(const GemmArgs& args, const GemmBlock& block) { GemmFrom(args, block, args.a + block.row_begin * args.lda); }

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
