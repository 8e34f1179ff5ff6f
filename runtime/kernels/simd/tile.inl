// The register tile of the matrix kernels: kRows x kVectors sums, to which products of rows of A and panels of B are
// added; and the choice among tiles of different heights.
namespace vitrt::kernels::VITRT_TIER {
namespace {

// TilesOf<Tile, v, most>::kByRows[rows]: Tile::Run<rows, v> for up to `most` rows. `Tile` says what its arguments are.
template <typename Tile>
using TileKernel = void (*)(const typename Tile::Args& args);
template <typename Tile, int kVectors, int kLeft, int... kRows>
struct TilesOf : TilesOf<Tile, kVectors, kLeft - 1, kLeft, kRows...> {};
template <typename Tile, int kVectors, int... kRows>
struct TilesOf<Tile, kVectors, 0, kRows...> {
  static constexpr TileKernel<Tile> kByRows[] = {nullptr, Tile::template Run<kRows, kVectors>...};
};

// A shape of tile: up to so many rows, and columns.
template <typename Tile>
struct TileShape {
  int64_t rows, columns;
  const TileKernel<Tile>* by_rows;
};
template <typename Tile, int kVectors, int kRows>
inline TileShape<Tile> ShapeOf() {
  return {kRows, kVectors * kWidth, TilesOf<Tile, kVectors, kRows>::kByRows};
}

// `rows` rows in tiles of at most `most` that are as even as can be: `tall` tiles of low + 1 rows, then the others of
// low.
struct EvenTiles {
  int64_t tiles, low, tall;
  EvenTiles(int64_t rows, int64_t most)
      : tiles((rows + most - 1) / most), low(rows / tiles), tall(rows - low * tiles) {}
};

// sum[r][v] += a[r][k] * b[k][v] for k = 0, 1, 2, ..., count - 1. Panel p of the tile starts at b + p * panel_stride.
// `prefetch()` is called in every unrolled iteration, which takes kUnroll values of k.
//
// With FMA this loop is limited by how many instructions a core can start: four in a cycle on Haswell, six on Zen, half
// as many under background load on the core's other thread. So counters advance once an unrolled iteration, and two
// transformations of the compiler that cost more than that saves are prevented: a separate address for each row and k of
// an iteration (rows are opaque to it), and products reordered until accumulators are spilled (the barrier).
template <int kUnroll, int kRows, int kVectors, typename Prefetch>
__attribute__((always_inline)) inline void AddProducts(const float* const (&rows)[kRows], const float* b,
                                                       int64_t panel_stride, int64_t count, F (&sum)[kRows][kVectors],
                                                       Prefetch prefetch) {
  const float* a[kRows];
  VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
    a[r] = rows[r];
    asm("" : "+r"(a[r]));
  }
  int64_t k = 0;
  const auto add = [&](int i) __attribute__((always_inline)) {
    F column[kVectors];
    VITRT_UNROLL for (int v = 0; v < kVectors; ++v) {
      column[v] = Load(b + v * kWidth / kPanel * panel_stride + v * kWidth % kPanel + i * kPanel);
    }
    VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
      const F x = Set1(a[r][k + i]);
      VITRT_UNROLL for (int v = 0; v < kVectors; ++v) AddProduct(sum[r][v], x, column[v]);
    }
    asm volatile("" ::: "memory");
  };
  for (; k + kUnroll <= count; k += kUnroll, b += kUnroll * kPanel) {
    prefetch();
    VITRT_UNROLL for (int i = 0; i < kUnroll; ++i) add(i);
  }
  for (; k < count; ++k, b += kPanel) add(0);
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
