// The register tile of the int8 matrix kernel: kRows x kVectors int32 sums of u8 x int8 products, exact.
//
// Without VNNI, MulBytes adds two products into an int16 lane, and the lanes of a run of groups are added up as int16
// before they are widened: three multiplications for two groups, five for four, where widening every product takes four
// for one. No lane overflows, because the converter proved it (Int8GemmArgs::runs).
namespace vitrt::kernels::VITRT_TIER {
namespace {

// How many groups may be added as int16: in every block of the panels, and block by block.
struct Int8Runs {
  int32_t shortest;
  const int32_t* blocks;
  int64_t stride;  // to those of the tile's second panel
};

// Rows of u8 and the panel at the group where a block begins. Row r is at base[r / 4] + r % 4 * stride, which takes few
// registers: an address is a base and a multiple of the stride. The barriers keep the compiler from making
// a pointer of each row, for which there are no registers.
template <int kRows>
struct Int8Operands {
  static constexpr int kBases = (kRows + 3) / 4;
  const uint8_t* base[kBases];
  int64_t stride, three_strides;
  const int8_t* b;
  int64_t panel_stride;

  __attribute__((always_inline)) Int8Operands(const uint8_t* a, int64_t lda, const int8_t* panel, int64_t to_next)
      : stride(lda), three_strides(3 * lda), b(panel), panel_stride(to_next) {
    VITRT_UNROLL for (int i = 0; i < kBases; ++i) base[i] = a + 4 * i * lda;
    asm("" : "+r"(three_strides));
  }
  __attribute__((always_inline)) RowBytes Row(int r) const {
    return RowBytes(base[r / 4] + (r % 4 == 3 ? three_strides : r % 4 * stride));
  }
  // Of vector v of the tile, `group` groups on.
  __attribute__((always_inline)) I Weights(int v, int group) const {
    return LoadAlignedI(b + v * kInts / kPanel * panel_stride + v * kInts % kPanel * kGroupK +
                        group * kPanel * kGroupK);
  }
  __attribute__((always_inline)) void Advance(int groups) {
    VITRT_UNROLL for (int i = 0; i < kBases; ++i) {
      base[i] += groups * kGroupK;
      asm("" : "+r"(base[i]));
    }
    asm("" : "+r"(stride), "+r"(three_strides));
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
__attribute__((always_inline)) inline void AddInt8Products(Int8Operands<kRows>& x, int64_t groups, const Int8Runs&,
                                                           I (&sum)[kRows][kVectors]) {
  for (; groups >= kRunBlock; groups -= kRunBlock, x.Advance(kRunBlock)) AddGroups<kRunBlock>(x, sum);
  for (; groups > 0; --groups, x.Advance(1)) AddGroups<1>(x, sum);
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
    VITRT_UNROLL for (int v = 0; v < kVectors; ++v) {
      sum[r][v] = AddI(sum[r][v], PairSums(shorts[v]));
      InRegister(sum[r][v]);
    }
  }
}

// One group whose products may not be added as int16: each is widened first. The weights of the tile are widened once for
// its rows, the bytes of a row once for its vectors. The barriers keep the compiler from loading the bytes of later rows
// and groups first, for which there are no registers.
template <int kRows, int kVectors>
__attribute__((always_inline)) inline void AddWide(const Int8Operands<kRows>& x, int group, I (&sum)[kRows][kVectors]) {
  I even[kVectors], odd[kVectors];
  asm volatile("" ::: "memory");
  VITRT_UNROLL for (int v = 0; v < kVectors; ++v) {
    const I weights = x.Weights(v, group);
    even[v] = EvenSigned(weights);
    odd[v] = OddSigned(weights);
  }
  VITRT_UNROLL for (int r = 0; r < kRows; ++r) {
    const I a = x.Row(r).Group(group), even_bytes = EvenBytes(a), odd_bytes = OddBytes(a);
    VITRT_UNROLL for (int v = 0; v < kVectors; ++v) {
      sum[r][v] = AddI(sum[r][v], AddI(MulShorts(even_bytes, even[v]), MulShorts(odd_bytes, odd[v])));
      InRegister(sum[r][v]);
    }
    asm volatile("" ::: "memory");
  }
}

// Groups that may all be added in runs of kRun.
template <int kRun, int kRows, int kVectors>
__attribute__((always_inline)) inline void AddRuns(Int8Operands<kRows>& x, int64_t groups, I (&sum)[kRows][kVectors]) {
  for (; groups >= kRunBlock; groups -= kRunBlock, x.Advance(kRunBlock)) {
    VITRT_UNROLL for (int g = 0; g < kRunBlock; g += kRun) AddRun<kRun>(x, g, sum);
  }
  if (kRun > 1 && groups >= 2) {
    AddRun<2>(x, 0, sum);
    x.Advance(2);
    groups -= 2;
  }
  for (; groups > 0; --groups, x.Advance(1)) AddRun<1>(x, 0, sum);
}

// Where some block has products that must be widened: block by block.
template <int kRows, int kVectors>
__attribute__((always_inline)) inline void AddMixed(Int8Operands<kRows>& x, int64_t groups, const Int8Runs& runs,
                                                    I (&sum)[kRows][kVectors]) {
  const int32_t* block = runs.blocks;
  for (; groups >= kRunBlock; groups -= kRunBlock, ++block, x.Advance(kRunBlock)) {
    if (Min(block[0], block[runs.stride]) > 0) {
      VITRT_UNROLL for (int g = 0; g < kRunBlock; ++g) AddRun<1>(x, g, sum);
    } else {
      VITRT_UNROLL for (int g = 0; g < kRunBlock; ++g) AddWide(x, g, sum);
    }
  }
  for (; groups > 0; --groups, x.Advance(1)) AddWide(x, 0, sum);
}

template <int kRows, int kVectors>
__attribute__((always_inline)) inline void AddInt8Products(Int8Operands<kRows>& x, int64_t groups, const Int8Runs& runs,
                                                           I (&sum)[kRows][kVectors]) {
  switch (runs.shortest) {
    case 4:
      return AddRuns<4>(x, groups, sum);
    case 2:
      return AddRuns<2>(x, groups, sum);
    case 1:
      return AddRuns<1>(x, groups, sum);
    default:
      return AddMixed(x, groups, runs, sum);
  }
}

#endif

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
