// Smallest and largest with NaN; exp, erf, tanh and the logistic function on vectors. Polynomials are minimax fits in double
// precision, evaluated in float; stated errors are against double and hold on every tier (tests/kernels/unary_test.cc). NaN in
// gives NaN out.
namespace vitrt::kernels::VITRT_TIER {
namespace {

// NaN where either is NaN: the instruction keeps b's, the select a's.
inline F MinOrNan(F a, F b) { return Select(IsNan(a), a, Min(a, b)); }
inline F MaxOrNan(F a, F b) { return Select(IsNan(a), a, Max(a, b)); }

// Horner's rule, highest power first.
template <int kCount>
inline F Polynomial(F x, const float (&coefficients)[kCount]) {
  F sum = Set1(coefficients[0]);
  for (int i = 1; i < kCount; ++i) sum = MulAdd(sum, x, Set1(coefficients[i]));
  return sum;
}

// e^x for x <= 0, relative error < 2.5e-7. Below -87.3 (where results turn denormal) exactly 0.
// x = n ln 2 + r with |r| <= ln 2 / 2; ln 2 is split so that n * 0.693359375 is exact.
inline F ExpNonPositive(F x) {
  static constexpr float kExp[] = {0.001383683760650456f,
                                   0.008374822326004505f,
                                   0.04166822507977486f,
                                   0.16666419804096222f,
                                   0.49999991059303284f,
                                   1.0f,
                                   1.0f};
  const F clamped = Max(Set1(-87.3f), x);
  const F n = Round(Mul(clamped, Set1(1.44269504088896341f)));
  const F r = NegMulAdd(n, Set1(-2.12194440e-4f), NegMulAdd(n, Set1(0.693359375f), clamped));
  const F result = Mul(Polynomial(r, kExp), Exp2Int(n));
  return Select(Less(x, Set1(-87.3f)), Zero(), result);
}

// 2^x for x <= 0, relative error < 2e-7, and 1 for 0. Below -126.5 exactly 0: there 2^n is made of exponent bits 0.
inline F Exp2NonPositive(F x) {
  static constexpr float kExp2[] = {0.0013264717999845743f, 0.009671518579125404f, 0.05550733953714371f,
                                    0.24022242426872253f,   0.6931470036506653f,   1.0f};
  const F clamped = Max(Set1(-127), x);
  const F n = Round(clamped);
  return Mul(Polynomial(Sub(clamped, n), kExp2), Exp2Int(n));
}

// Absolute error < 5e-7. Odd rational function on [-3.92, 3.92]; beyond, erf is 1 within half an ulp.
inline F Erf(F x) {
  static constexpr float kTop[] = {2.034721546806395e-06f, 0.0002874772762879729f, 0.0038682955782860518f,
                                   0.053060382604599f,     0.1927635222673416f,    1.128378987312317f};
  static constexpr float kBottom[] = {3.807038956438191e-05f, 0.0011881047394126654f, 0.015172234736382961f,
                                      0.11508437246084213f,   0.504163920879364f,     1.0f};
  const F clamped = Max(Set1(-3.92f), Min(Set1(3.92f), x));
  const F square = Mul(clamped, clamped);
  return Div(Mul(clamped, Polynomial(square, kTop)), Polynomial(square, kBottom));
}

// Relative error < 5e-7. Odd rational function on [-9, 9]; beyond, tanh is 1 within half an ulp.
inline F Tanh(F x) {
  static constexpr float kTop[] = {1.3354344297056286e-08f, 2.0608846170944162e-05f, 0.003495573764666915f,
                                   0.1338101327419281f, 1.0f};
  static constexpr float kBottom[] = {7.776426400596392e-07f, 0.0003285611164756119f, 0.025876928120851517f,
                                      0.46714329719543457f, 1.0f};
  const F clamped = Max(Set1(-9.0f), Min(Set1(9.0f), x));
  const F square = Mul(clamped, clamped);
  return Div(Mul(clamped, Polynomial(square, kTop)), Polynomial(square, kBottom));
}

// 1 / (1 + e^-x), relative error < 6e-7 for x > -87.3, and 0 below.
inline F Sigmoid(F x) {
  const F e = ExpNonPositive(Sub(Zero(), Abs(x)));
  return Div(Select(Less(x, Zero()), e, Set1(1)), Add(Set1(1), e));
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
