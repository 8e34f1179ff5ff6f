// LayerNorm (Ba et al. 2016, arXiv:1607.06450) and RMS norm (Zhang and Sennrich 2019, arXiv:1910.07467) over rows.
// Sums run in four interleaved vectors, folded in a fixed order.
namespace vitrt::kernels::VITRT_TIER {
namespace {

// Sum of f(x[i]) over a row; f(0) need not be 0, so the last part is masked after f.
template <typename Function>
inline float RowSum(const float* x, int64_t count, Function f) {
  F sums[4] = {Zero(), Zero(), Zero(), Zero()};
  int64_t i = 0;
  for (; i + 4 * kWidth <= count; i += 4 * kWidth) {
    for (int j = 0; j < 4; ++j) sums[j] = Add(sums[j], f(Load(x + i + j * kWidth)));
  }
  for (; i + kWidth <= count; i += kWidth) sums[0] = Add(sums[0], f(Load(x + i)));
  if (i < count) {
    float tail[kWidth];
    Store(tail, f(LoadPart(x + i, count - i)));
    sums[1] = Add(sums[1], LoadPart(tail, count - i));
  }
  return Sum(Add(Add(sums[0], sums[1]), Add(sums[2], sums[3])));
}

// y = (x - mean) * inverse (* gamma) (+ beta)
template <bool kGamma, bool kBeta>
inline void NormalizeRow(const LayerNormArgs& args, const float* x, float* y, F mean, F inverse) {
  int64_t i = 0;
  for (; i + kWidth <= args.channels; i += kWidth) {
    F value = Mul(Sub(Load(x + i), mean), inverse);
    if (kGamma) value = Mul(value, Load(args.gamma + i));
    if (kBeta) value = Add(value, Load(args.beta + i));
    Store(y + i, value);
  }
  const int64_t n = args.channels - i;
  if (n == 0) return;
  F value = Mul(Sub(LoadPart(x + i, n), mean), inverse);
  if (kGamma) value = Mul(value, LoadPart(args.gamma + i, n));
  if (kBeta) value = Add(value, LoadPart(args.beta + i, n));
  StorePart(y + i, value, n);
}

constexpr int64_t kNormRows = 4;  // at a time: the sums of one row need not wait for those of another

void LayerNorm(const LayerNormArgs& in) {
  const LayerNormArgs args = in;  // a local copy, which stores to y cannot change
  const float channels = static_cast<float>(args.channels);
  for (int64_t begin = 0; begin < args.rows; begin += kNormRows) {
    const int64_t rows = Min(kNormRows, args.rows - begin);
    const float* x = args.x + begin * args.x_ld;
    float means[kNormRows] = {}, variances[kNormRows];
    if (!args.rms) {
      for (int64_t r = 0; r < rows; ++r) {
        means[r] = RowSum(x + r * args.x_ld, args.channels, [](F v) { return v; }) / channels;
      }
    }
    for (int64_t r = 0; r < rows; ++r) {
      const F mean = Set1(means[r]);
      variances[r] = RowSum(x + r * args.x_ld, args.channels,
                            [mean](F v) {
                              const F d = Sub(v, mean);
                              return Mul(d, d);
                            }) /
                     channels;
    }
    for (int64_t r = 0; r < rows; ++r) {
      const float* row = x + r * args.x_ld;
      float* y = args.y + (begin + r) * args.y_ld;
      const F mean = Set1(means[r]), inverse = Div(Set1(1), Sqrt(Set1(variances[r] + args.epsilon)));
      if (args.gamma != nullptr) {
        args.beta != nullptr ? NormalizeRow<true, true>(args, row, y, mean, inverse)
                             : NormalizeRow<true, false>(args, row, y, mean, inverse);
      } else {
        args.beta != nullptr ? NormalizeRow<false, true>(args, row, y, mean, inverse)
                             : NormalizeRow<false, false>(args, row, y, mean, inverse);
      }
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
