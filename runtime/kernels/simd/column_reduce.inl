// Sums, largest and smallest values of columns (rows.h): four interleaved rows, then the four results.
namespace vitrt::kernels::VITRT_TIER {
namespace {

struct ColumnTotal {
  static F Start() { return Zero(); }
  static F Fold(F result, F x) { return Add(result, x); }
};
struct ColumnLargest {
  static F Start() { return Set1(-__builtin_inff()); }
  static F Fold(F result, F x) { return MaxOrNan(result, x); }
};
struct ColumnSmallest {
  static F Start() { return Set1(__builtin_inff()); }
  static F Fold(F result, F x) { return MinOrNan(result, x); }
};

// Columns [c, c + kVectors vectors), n of the last vector in the matrix.
template <typename Of, int kVectors>
inline void ReduceVectors(const ColumnReduceArgs& args, int64_t c, int64_t n) {
  F results[4][kVectors];
  for (int i = 0; i < 4; ++i) {
    for (int v = 0; v < kVectors; ++v) results[i][v] = Of::Start();
  }
  const auto fold = [&](F* result, int64_t r) {
    const float* x = args.x + r * args.x_ld + c;
    for (int v = 0; v < kVectors; ++v) {
      result[v] = Of::Fold(result[v], kVectors > 1 ? Load(x + v * kWidth) : LoadFirst(x, n));
    }
  };
  int64_t r = 0;
  for (; r + 4 <= args.rows; r += 4) {
    for (int i = 0; i < 4; ++i) fold(results[i], r + i);
  }
  for (int i = 0; r + i < args.rows; ++i) fold(results[i], r + i);
  for (int v = 0; v < kVectors; ++v) {
    const F result = Of::Fold(Of::Fold(results[0][v], results[1][v]), Of::Fold(results[2][v], results[3][v]));
    StoreFirst(args.y + c + v * kWidth, Mul(Set1(args.scale), result), n);
  }
}

template <typename Of>
inline void ReduceColumns(const ColumnReduceArgs& args) {
  int64_t c = 0;
  for (; c + 2 * kWidth <= args.channels; c += 2 * kWidth) ReduceVectors<Of, 2>(args, c, kWidth);
  for (; c < args.channels; c += kWidth) ReduceVectors<Of, 1>(args, c, args.channels - c);
}

// A column's result does not depend on the columns beside it.
void ColumnReduce(const ColumnReduceArgs& args) {
  switch (args.fn) {
    case ColumnFn::kSum:
      return ReduceColumns<ColumnTotal>(args);
    case ColumnFn::kMax:
      return ReduceColumns<ColumnLargest>(args);
    case ColumnFn::kMin:
      return ReduceColumns<ColumnSmallest>(args);
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
