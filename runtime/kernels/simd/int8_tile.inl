// The register tile of the int8 matrix kernel: kRows x kVectors int32 sums of u8 x int8 products, exact.
//
// Without VNNI, MulBytes adds two products into an int16 lane, and the lanes of a run of groups are added up as int16
// before they are widened: three multiplications for two groups, five for four, where widening every product takes four
// for one. No lane overflows, because the converter proved it (Int8GemmArgs::runs).
namespace vitrt::kernels::VITRT_TIER {
namespace {

// Rows of u8 and the panel at the group where a block begins. Vector v of a group is at b + VectorAt(v).
template <int kRows>
struct Int8Operands {
  const uint8_t* rows[kRows];
  const int8_t* b;
  int64_t panel_stride;
  int64_t at = 0;  // byte of the rows

  __attribute__((always_inline)) RowBytes Row(int r) const { return RowBytes(rows[r] + at); }
  __attribute__((always_inline)) I Weights(int v, int group) const {
    return LoadAlignedI(b + v * kInts / kPanel * panel_stride + v * kInts % kPanel * kGroupK +
                        group * kPanel * kGroupK);
  }
  __attribute__((always_inline)) void Advance(int groups) {
    at += groups * kGroupK;
    b += groups * kPanel * kGroupK;
  }
};

#ifdef VITRT_VNNI

template <int kGroups, int kRows, int kVectors>
__attribute__((always_inline)) inline void AddGroups(const Int8Operands<kRows>& x, I (&sum)[kRows][kVectors]) {
  VITRT_UNROLL for (int g = 0; g < kGroups; ++g) {
    I weights[kVectors];
    VITRT_UNROLL for (int v = 0; v < kVectors; ++v) weights[v] = x.Weights(v, g);
    VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
      const I a = x.Row(r).Group(g);
      VITRT_UNROLL for (int v = 0; v < kVectors; ++v) sum[r][v] = AddDots(sum[r][v], a, weights[v]);
    }
  }
}

template <int kRows, int kVectors>
__attribute__((always_inline)) inline void AddInt8Products(Int8Operands<kRows> x, int64_t groups, const int32_t*,
                                                           int64_t, I (&sum)[kRows][kVectors]) {
  for (; groups >= kRunBlock; groups -= kRunBlock) {
    AddGroups<kRunBlock>(x, sum);
    x.Advance(kRunBlock);
  }
  for (; groups > 0; --groups) {
    AddGroups<1>(x, sum);
    x.Advance(1);
  }
}

#else

// One run of kRun groups, `first` groups behind the operands' place. Row by row, and the compiler may not mix rows: the
// sums would leave their registers.
template <int kRun, int kRows, int kVectors>
__attribute__((always_inline)) inline void AddRun(const Int8Operands<kRows>& x, int first, I (&sum)[kRows][kVectors]) {
  I kept[kRun][kVectors];
  if (kWeightsInRegisters) {
    VITRT_UNROLL for (int g = 0; g < kRun; ++g) {
      VITRT_UNROLL for (int v = 0; v < kVectors; ++v) kept[g][v] = x.Weights(v, first + g);
    }
  }
  VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
    const RowBytes row = x.Row(r);
    I shorts[kVectors];
    VITRT_UNROLL for (int g = 0; g < kRun; ++g) {
      const I a = row.Group(first + g);
      VITRT_UNROLL for (int v = 0; v < kVectors; ++v) {
        const I products = MulBytes(a, kWeightsInRegisters ? kept[g][v] : x.Weights(v, first + g));
        shorts[v] = g == 0 ? products : AddShorts(shorts[v], products);
      }
    }
    VITRT_UNROLL for (int v = 0; v < kVectors; ++v) sum[r][v] = AddI(sum[r][v], PairSums(shorts[v]));
    asm volatile("" ::: "memory");
  }
}

// One group whose products may not be added as int16: each is widened first.
template <int kRows, int kVectors>
__attribute__((always_inline)) inline void AddWide(const Int8Operands<kRows>& x, int group, I (&sum)[kRows][kVectors]) {
  VITRT_UNROLL for (int v = 0; v < kVectors; ++v) {
    const I weights = x.Weights(v, group), even = EvenSigned(weights), odd = OddSigned(weights);
    VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
      const I a = x.Row(r).Group(group);
      sum[r][v] = AddI(sum[r][v], AddI(MulShorts(EvenBytes(a), even), MulShorts(OddBytes(a), odd)));
    }
    asm volatile("" ::: "memory");
  }
}

// A loop for each kind of run over as many blocks as have it, so that each has its registers to itself. Where two
// panels are added at once, the shorter run is safe for both.
template <int kRows, int kVectors>
__attribute__((always_inline)) inline void AddInt8Products(Int8Operands<kRows> x, int64_t groups, const int32_t* runs,
                                                           int64_t runs_stride, I (&sum)[kRows][kVectors]) {
  static_assert(kRunBlock == 4);
  const int64_t blocks = groups / kRunBlock;
  const auto run_of = [&](int64_t block) __attribute__((always_inline)) {
    return Smaller(runs[block], runs[block + runs_stride]);
  };
  for (int64_t block = 0; block < blocks;) {
    const int64_t run = run_of(block);
    int64_t end = block + 1;
    while (end < blocks && run_of(end) == run) ++end;
    switch (run) {
      case 4:
        for (; block < end; ++block, x.Advance(kRunBlock)) AddRun<4>(x, 0, sum);
        break;
      case 2:
        for (; block < end; ++block, x.Advance(kRunBlock)) {
          AddRun<2>(x, 0, sum);
          AddRun<2>(x, 2, sum);
        }
        break;
      case 1:
        for (; block < end; ++block, x.Advance(kRunBlock)) {
          VITRT_UNROLL for (int g = 0; g < kRunBlock; ++g) AddRun<1>(x, g, sum);
        }
        break;
      default:
        for (; block < end; ++block, x.Advance(kRunBlock)) {
          VITRT_UNROLL for (int g = 0; g < kRunBlock; ++g) AddWide(x, g, sum);
        }
    }
  }
  for (int64_t group = blocks * kRunBlock; group < groups; ++group, x.Advance(1)) {
    run_of(blocks) == 0 ? AddWide(x, 0, sum) : AddRun<1>(x, 0, sum);
  }
}

#endif

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
