// Winograd's convolution (winograd.h): blocks of tiles are transformed into scratch memory, (t+2)^2 matrices of tiles x
// input channels; each is multiplied by its panels (gemm.inl), and tiles of outputs are made of the products.
//
// Tiles that are rough (winograd.h) go through the products like the others, and then are summed directly instead.
//
// Transforms run over vectors of channels, first down the columns of a tile, then along its rows. Places outside the map are
// read from a row of zeros. A product is summed over channels in their order and a transform knows its own tile only: no split
// changes a bit.
namespace vitrt::kernels::VITRT_TIER {
namespace {

constexpr int64_t kWinogradFloats = 131072;  // of a block's matrices, 512 KB, which stay in L2

// B^T d and A^T m in one dimension.
template <int kTile>
struct WinogradOf;

template <>
struct WinogradOf<2> {
  static_assert(kWinogradPoint2 == 1);
  static void Input(const F (&d)[4], F (&v)[4]) {
    v[0] = Sub(d[2], d[0]);
    v[1] = Add(d[2], d[1]);
    v[2] = Sub(d[2], d[1]);
    v[3] = Sub(d[3], d[1]);
  }
  static void Output(const F (&m)[4], F (&y)[2]) {
    y[0] = Add(m[0], Add(m[1], m[2]));
    y[1] = Add(Sub(m[1], m[2]), m[3]);
  }
};

template <>
struct WinogradOf<4> {
  static constexpr float kA = kWinogradPoints4[0], kB = kWinogradPoints4[1], kAA = kA * kA, kBB = kB * kB;
  static void Input(const F (&d)[6], F (&v)[6]) {
    const F product = Set1(kAA * kBB), sum = Set1(kAA + kBB), aa = Set1(kAA), bb = Set1(kBB), a = Set1(kA),
            b = Set1(kB);
    const F even_a = NegMulAdd(bb, d[2], d[4]), odd_a = NegMulAdd(bb, d[1], d[3]);
    const F even_b = NegMulAdd(aa, d[2], d[4]), odd_b = NegMulAdd(aa, d[1], d[3]);
    v[0] = MulAdd(product, d[0], NegMulAdd(sum, d[2], d[4]));
    v[1] = MulAdd(a, odd_a, even_a);
    v[2] = NegMulAdd(a, odd_a, even_a);
    v[3] = MulAdd(b, odd_b, even_b);
    v[4] = NegMulAdd(b, odd_b, even_b);
    v[5] = MulAdd(product, d[1], NegMulAdd(sum, d[3], d[5]));
  }
  static void Output(const F (&m)[6], F (&y)[4]) {
    const F sum_a = Add(m[1], m[2]), difference_a = Sub(m[1], m[2]);
    const F sum_b = Add(m[3], m[4]), difference_b = Sub(m[3], m[4]);
    y[0] = Add(m[0], Add(sum_a, sum_b));
    y[1] = MulAdd(Set1(kA), difference_a, Mul(Set1(kB), difference_b));
    y[2] = MulAdd(Set1(kAA), sum_a, Mul(Set1(kBB), sum_b));
    y[3] = MulAdd(Set1(kA * kAA), difference_a, MulAdd(Set1(kB * kBB), difference_b, m[5]));
  }
};

struct WinogradPlan {
  int64_t rows, columns;     // of tiles
  int64_t block;             // tiles whose matrices are in scratch memory at once
  int64_t x_pitch, y_pitch;  // floats of a tile's row in the matrices of inputs and of products
  int64_t x_place,
      y_place;  // floats from one matrix to the next: a line more, so that places are not in the same cache set
  int64_t direct,
      rough;  // floats before the direct kernel's scratch memory, and before a float for each tile of a block
};

inline WinogradPlan PlanWinograd(const WinogradArgs& args) {
  const Window2d& window = args.conv.window;
  const int64_t places = (args.tile + 2) * (args.tile + 2);
  WinogradPlan plan;
  plan.rows = (window.oh + args.tile - 1) / args.tile;
  plan.columns = (window.ow + args.tile - 1) / args.tile;
  plan.x_pitch = PanelCount(args.conv.cin) * kPanel;
  plan.y_pitch = PanelCount(args.conv.cout) * kPanel;
  const int64_t fit = kWinogradFloats / (places * (plan.x_pitch + plan.y_pitch)) / kTileRows * kTileRows;
  plan.block = Min(plan.rows * plan.columns, fit < 2 * kTileRows ? 2 * kTileRows : fit);
  plan.x_place = plan.block * plan.x_pitch + kPanel;
  plan.y_place = plan.block * plan.y_pitch + kPanel;
  plan.direct = plan.x_pitch + args.tile * args.tile * plan.y_pitch + places * (plan.x_place + plan.y_place);
  plan.rough = plan.direct + static_cast<int64_t>((ConvScratchBytes(args.conv) + 63) / 64 * 64 / sizeof(float));
  return plan;
}

int64_t WinogradTiles(const WinogradArgs& args) {
  const WinogradPlan plan = PlanWinograd(args);
  return plan.rows * plan.columns;
}

// Scratch: a row of zeros, a tile of outputs, the matrices of inputs, those of products, what the direct kernel needs, which tiles
// are rough.
size_t WinogradScratchBytes(const WinogradArgs& args) {
  const WinogradPlan plan = PlanWinograd(args);
  return sizeof(float) * static_cast<size_t>(plan.rough + plan.block);
}

// The tile at row ty and column tx of tiles into row 0 of the matrices at v. Gives whether it is rough.
template <int kTile>
bool TransformInput(const ConvArgs& args, const WinogradPlan& plan, int64_t ty, int64_t tx, const float* zeros,
                    float* v) {
  constexpr int kSide = kTile + 2;
  const Window2d& window = args.window;
  const float* inputs[kSide][kSide];
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < kSide; ++j) {
      const int64_t y = ty * kTile - window.pad_top + i, x = tx * kTile - window.pad_left + j;
      const bool inside = y >= 0 && y < window.h && x >= 0 && x < window.w;
      inputs[i][j] = inside ? args.x + (y * window.w + x) * args.cin : zeros;
    }
  }
  F largest = Zero(), total = Zero();  // of magnitudes
  for (int64_t c = 0; c < args.cin; c += kWidth) {
    const int64_t left = args.cin - c;
    F half[kSide][kSide];  // transposed: half[j] is column j
    VITRT_UNROLL for (int j = 0; j < kSide; ++j) {
      F d[kSide];
      VITRT_UNROLL for (int i = 0; i < kSide; ++i) {
        d[i] = LoadFirst(inputs[i][j] + c, left);
        const F magnitude = Abs(d[i]);
        largest = Max(largest, magnitude);
        total = Add(total, magnitude);
      }
      WinogradOf<kTile>::Input(d, half[j]);
    }
    VITRT_UNROLL for (int i = 0; i < kSide; ++i) {
      F d[kSide], row[kSide];
      VITRT_UNROLL for (int j = 0; j < kSide; ++j) d[j] = half[j][i];
      WinogradOf<kTile>::Input(d, row);
      VITRT_UNROLL for (int j = 0; j < kSide; ++j) Store(v + (i * kSide + j) * plan.x_place + c, row[j]);
    }
  }
  const float most = Largest(largest), count = static_cast<float>(kSide * kSide * args.cin);
  return !(most <= kWinogradLargest && most * count <= kWinogradRough * Sum(total));  // a sum with NaN is NaN
}

// Row 0 of the matrices at m into a tile of outputs, kTile * kTile rows of plan.y_pitch floats, from the bias on.
template <int kTile>
void TransformOutput(const ConvArgs& args, const WinogradPlan& plan, const float* m, float* outputs) {
  constexpr int kSide = kTile + 2;
  for (int64_t c = 0; c < args.cout; c += kWidth) {
    F half[kSide][kTile];  // transposed: half[j] is column j
    VITRT_UNROLL for (int j = 0; j < kSide; ++j) {
      F d[kSide];
      VITRT_UNROLL for (int i = 0; i < kSide; ++i) d[i] = Load(m + (i * kSide + j) * plan.y_place + c);
      WinogradOf<kTile>::Output(d, half[j]);
    }
    const F bias = args.epilogue.bias == nullptr ? Zero() : LoadFirst(args.epilogue.bias + c, args.cout - c);
    VITRT_UNROLL for (int i = 0; i < kTile; ++i) {
      F d[kSide], row[kTile];
      VITRT_UNROLL for (int j = 0; j < kSide; ++j) d[j] = half[j][i];
      WinogradOf<kTile>::Output(d, row);
      VITRT_UNROLL for (int j = 0; j < kTile; ++j)
          Store(outputs + (i * kTile + j) * plan.y_pitch + c, Add(row[j], bias));
    }
  }
}

// Tiles [begin, end), at most plan.block; `weight` as in WinogradArgs.
template <int kTile>
void WinogradBlock(const ConvArgs& args, const float* weight, const WinogradPlan& plan, int64_t begin, int64_t end,
                   float* scratch) {
  constexpr int kPlaces = (kTile + 2) * (kTile + 2);
  const float* zeros = scratch;
  float* outputs = scratch + plan.x_pitch;
  float* v = outputs + kTile * kTile * plan.y_pitch;
  float* m = v + kPlaces * plan.x_place;
  float* rough = scratch + plan.rough;
  for (int64_t tile = begin; tile < end; ++tile) {
    rough[tile - begin] = TransformInput<kTile>(args, plan, tile / plan.columns, tile % plan.columns, zeros,
                                                v + (tile - begin) * plan.x_pitch);
  }
  const int64_t panels = PanelCount(args.cout);
  for (int place = 0; place < kPlaces; ++place) {
    const GemmArgs product{.m = end - begin,
                           .n = args.cout,
                           .k = args.cin,
                           .a = v + place * plan.x_place,
                           .lda = plan.x_pitch,
                           .b = weight + place * panels * args.cin * kPanel,
                           .c = m + place * plan.y_place,
                           .ldc = plan.y_pitch,
                           .epilogue = {}};
    Gemm(product, {0, end - begin, 0, panels});
  }
  const Window2d& window = args.window;
  for (int64_t tile = begin; tile < end; ++tile) {
    const bool direct = rough[tile - begin] != 0;
    if (!direct) TransformOutput<kTile>(args, plan, m + (tile - begin) * plan.y_pitch, outputs);
    const int64_t oy = tile / plan.columns * kTile, ox = tile % plan.columns * kTile;
    for (int64_t i = 0; i < Min(kTile, window.oh - oy); ++i) {
      const int64_t row = (oy + i) * window.ow + ox, count = Min(kTile, window.ow - ox);
      if (direct) {
        Conv(args, row, row + count, scratch + plan.direct);
        continue;
      }
      FinishRows(args.epilogue,
                 {args.cout, row, 0, args.cout, outputs + i * kTile * plan.y_pitch, args.y + row * args.cout}, count,
                 plan.y_pitch, args.cout);
    }
  }
}

void Winograd(const WinogradArgs& args, int64_t tile_begin, int64_t tile_end, void* scratch) {
  const WinogradPlan plan = PlanWinograd(args);
  const auto block = args.tile == 2 ? WinogradBlock<2> : WinogradBlock<4>;
  ZeroFloats(plan.x_pitch, static_cast<float*>(scratch));
  for (int64_t begin = tile_begin; begin < tile_end; begin += plan.block) {
    block(args.conv, args.weight, plan, begin, Min(begin + plan.block, tile_end), static_cast<float*>(scratch));
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
