// The activation functions of an epilogue (epilogue.h) as objects with a vector call operator, and the one place that
// turns a run-time Fn into a type, so that loops are specialised and hold no branch.
namespace vitrt::kernels::VITRT_TIER {
namespace {

struct IdentityFn {
  F operator()(F x) const { return x; }
};
struct ReluFn {
  F operator()(F x) const { return Max(Zero(), x); }
};
struct LeakyReluFn {
  F alpha;
  F operator()(F x) const { return Select(Less(x, Zero()), Mul(alpha, x), x); }
};
struct GeluErfFn {  // x/2 (1 + erf(x / sqrt 2))
  F operator()(F x) const {
    const F half = Mul(Set1(0.5f), x);
    return MulAdd(half, Erf(Mul(Set1(0.70710678118654752f), x)), half);
  }
};
struct GeluTanhFn {  // x/2 (1 + tanh(u)) = x sigmoid(2u), u = sqrt(2/pi) (x + 0.044715 x^3)
  F operator()(F x) const {
    const F cubic = MulAdd(Mul(Set1(0.044715f), x), Mul(x, x), x);
    return Mul(x, Sigmoid(Mul(Set1(1.5957691216057308f), cubic)));
  }
};
struct SigmoidFn {
  F operator()(F x) const { return Sigmoid(x); }
};
struct HardSigmoidFn {
  F alpha, beta;
  F operator()(F x) const { return Max(Zero(), Min(Set1(1), MulAdd(alpha, x, beta))); }
};
struct HardSwishFn {
  F operator()(F x) const { return Mul(x, Max(Zero(), Min(Set1(1), MulAdd(Set1(1.0f / 6.0f), x, Set1(0.5f))))); }
};
struct SiluFn {
  F alpha;
  F operator()(F x) const { return Mul(x, Sigmoid(Mul(alpha, x))); }
};
struct TanhFn {
  F operator()(F x) const { return Tanh(x); }
};
struct ClipFn {
  F low, high;
  F operator()(F x) const { return Min(high, Max(low, x)); }
};

struct ErfFn {
  F operator()(F x) const { return Erf(x); }
};
// scale * clamp(round(x / scale), least, least + 255), operation by operation as plan.fbs says; NaN where x is not finite.
struct FakeQuantizeFn {
  F scale, least;
  F operator()(F x) const {
    const F rounded = Min(Add(least, Set1(255)), Max(least, Round(Div(x, scale))));
    return MulAdd(x, Zero(), Mul(rounded, scale));
  }
};

// body(fn object). An Fn outside the enum acts as identity; the caller has checked.
template <typename Body>
inline void WithFn(Fn fn, float alpha, float beta, Body&& body) {
  switch (fn) {
    case Fn::kIdentity:
      return body(IdentityFn{});
    case Fn::kRelu:
      return body(ReluFn{});
    case Fn::kLeakyRelu:
      return body(LeakyReluFn{Set1(alpha)});
    case Fn::kGeluErf:
      return body(GeluErfFn{});
    case Fn::kGeluTanh:
      return body(GeluTanhFn{});
    case Fn::kSigmoid:
      return body(SigmoidFn{});
    case Fn::kHardSigmoid:
      return body(HardSigmoidFn{Set1(alpha), Set1(beta)});
    case Fn::kHardSwish:
      return body(HardSwishFn{});
    case Fn::kSilu:
      return body(SiluFn{Set1(alpha)});
    case Fn::kTanh:
      return body(TanhFn{});
    case Fn::kClip:
      return body(ClipFn{Set1(alpha), Set1(beta)});
    case Fn::kErf:  // of steps of their own
    case Fn::kFakeQuantize:
      break;
  }
  body(IdentityFn{});
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
