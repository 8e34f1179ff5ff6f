// The most multiply-adds per second that a core does, in registers: independent chains of x = x * a + b.
namespace vitrt::kernels::VITRT_TIER {
namespace {

double PeakFlops(int64_t iterations) {
  constexpr int kChains = 14;
  F chain[kChains];
  for (int i = 0; i < kChains; ++i) chain[i] = Set1(static_cast<float>(i));
  const F a = Set1(0.5f), b = Set1(1.0f);
  for (int64_t n = 0; n < iterations; ++n) {
    for (int i = 0; i < kChains; ++i) chain[i] = MulAdd(chain[i], a, b);
  }
  F sum = Zero();
  for (int i = 0; i < kChains; ++i) sum = Add(sum, chain[i]);
  volatile float sink = Sum(sum);
  (void)sink;
  return 2.0 * kChains * kWidth * static_cast<double>(iterations);
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
