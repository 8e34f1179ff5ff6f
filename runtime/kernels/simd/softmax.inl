// Softmax and log-softmax over rows, with the row's maximum subtracted. A NaN in a row makes the whole row NaN.
namespace vitrt::kernels::VITRT_TIER {
namespace {

constexpr float kMinusInfinity = -__builtin_inff();

// Largest value of a row; where the row holds NaN, any of its values.
inline float RowMax(const float* x, int64_t count) {
  F largest = Set1(kMinusInfinity);
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) largest = Max(largest, Load(x + i));
  float result = Largest(largest);
  for (; i < count; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

// y = exp(x - shift); returns the sum of y.
inline float ExpRow(const float* x, float* y, int64_t count, F shift) {
  F sum = Zero();
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) {
    const F e = ExpNonPositive(Sub(Load(x + i), shift));
    Store(y + i, e);
    sum = Add(sum, e);
  }
  if (i < count) {
    StorePart(y + i, ExpNonPositive(Sub(LoadPart(x + i, count - i), shift)), count - i);
    sum = Add(sum, LoadPart(y + i, count - i));
  }
  return Sum(sum);
}

inline void ScaleRow(float* y, int64_t count, F scale) {
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) Store(y + i, Mul(Load(y + i), scale));
  if (i < count) StorePart(y + i, Mul(LoadPart(y + i, count - i), scale), count - i);
}

// y = x - shift - log_sum, in that order: x - shift is exact where it matters.
inline void ShiftRow(const float* x, float* y, int64_t count, F shift, F log_sum) {
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) Store(y + i, Sub(Sub(Load(x + i), shift), log_sum));
  if (i < count) StorePart(y + i, Sub(Sub(LoadPart(x + i, count - i), shift), log_sum), count - i);
}

// The sum of exponentials without storing them (x may be y).
inline float ExpSum(const float* x, int64_t count, F shift) {
  F sum = Zero();
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) sum = Add(sum, ExpNonPositive(Sub(Load(x + i), shift)));
  if (i < count) {
    float tail[kWidth];
    Store(tail, ExpNonPositive(Sub(LoadPart(x + i, count - i), shift)));
    sum = Add(sum, LoadPart(tail, count - i));
  }
  return Sum(sum);
}

void Softmax(const SoftmaxArgs& args) {
  if (args.channels == 0) return;
  for (int64_t r = 0; r < args.rows; ++r) {
    const float* x = args.x + r * args.channels;
    float* y = args.y + r * args.channels;
    const F shift = Set1(RowMax(x, args.channels));
    if (args.log) {
      ShiftRow(x, y, args.channels, shift, Set1(__builtin_logf(ExpSum(x, args.channels, shift))));
    } else {
      ScaleRow(y, args.channels, Set1(1.0f / ExpRow(x, y, args.channels, shift)));
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
