// Epilogues that are a clamp and nothing else (identity, ReLU, clip; the bias is in the sum from the start): a tile
// applies them in its registers, every other epilogue goes through a buffer and FinishRow.
namespace vitrt::kernels::VITRT_TIER {
namespace {

struct Bounds {
  float low = -__builtin_inff(), high = __builtin_inff();
  F operator()(F x) const { return Min(Set1(high), Max(Set1(low), x)); }  // keeps NaN
};

inline bool IsClamp(const Epilogue& e) {
  const bool clamps = e.fn == Fn::kIdentity || e.fn == Fn::kRelu || e.fn == Fn::kClip;
  return clamps && e.row_bias == nullptr && e.residual == nullptr;
}

// A clamp and then, perhaps, a residual row for every row: what the matrix kernel's tiles do themselves.
inline bool IsDirect(const Epilogue& e) {
  Epilogue without = e;
  without.residual = nullptr;
  return IsClamp(without) && (e.residual == nullptr || e.residual_period == 0);
}

inline Bounds BoundsOf(const Epilogue& e) {
  if (e.fn == Fn::kClip) return {e.alpha, e.beta};
  return e.fn == Fn::kRelu ? Bounds{.low = 0} : Bounds{};
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
