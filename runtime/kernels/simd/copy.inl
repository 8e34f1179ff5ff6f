// What the other kernels share: the smaller of two sizes, copying and clearing runs of floats.
namespace vitrt::kernels::VITRT_TIER {
namespace {

inline int64_t Min(int64_t a, int64_t b) { return a < b ? a : b; }

// The first n lanes, n > 0, where most often that is all: whole moves are cheaper than masked ones.
inline F LoadFirst(const float* p, int64_t n) { return n >= kWidth ? Load(p) : LoadPart(p, n); }
inline void StoreFirst(float* p, F x, int64_t n) { n >= kWidth ? Store(p, x) : StorePart(p, x, n); }

inline void CopyFloats(const float* x, int64_t count, float* y) {
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) Store(y + i, Load(x + i));
  if (i < count) StorePart(y + i, LoadPart(x + i, count - i), count - i);
}

inline void ZeroFloats(int64_t count, float* y) {
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) Store(y + i, Zero());
  if (i < count) StorePart(y + i, Zero(), count - i);
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
