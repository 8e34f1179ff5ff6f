// Attention of one head (Vaswani et al. 2017, arXiv:1706.03762) on the matrix kernel: K^T and V are packed into panels
// once; a few query rows at a time get scores = Q K^T, exp(scale * scores + bias - max), times V, and the division by
// their sum last. Memory grows with the number of keys, never with its product with the queries.
namespace vitrt::kernels::VITRT_TIER {
namespace {

constexpr int64_t kScoreRows = (24 + kTileRows - 1) / kTileRows * kTileRows;  // query rows at a time, whole tiles

inline int64_t PanelsOf(int64_t columns) { return (columns + kPanel - 1) / kPanel; }

// K^T as [PanelsOf(tk)][head_dim][16], then V as [PanelsOf(value_dim)][tk][16].
inline int64_t PackedKeys(const AttentionArgs& args) { return PanelsOf(args.tk) * args.head_dim * kPanel; }
size_t AttentionPackSize(const AttentionArgs& args) {
  return static_cast<size_t>(PackedKeys(args) + PanelsOf(args.value_dim) * args.tk * kPanel) * sizeof(float);
}
size_t AttentionScoreSize(const AttentionArgs& args) {
  return static_cast<size_t>(kScoreRows * PanelsOf(args.tk) * kPanel) * sizeof(float);
}

void PackAttention(const AttentionArgs& args, void* packed) {
  float* keys = static_cast<float*>(packed);
  for (int64_t j = 0; j < args.tk; j += kPanel) {
    const int64_t n = Smaller(kPanel, args.tk - j);
    float* panel = keys + j * args.head_dim;
    if (n < kPanel) ZeroFloats(args.head_dim * kPanel, panel);
    Transpose({n, args.head_dim, args.k + j * args.k_ld, args.k_ld, panel, kPanel});
  }
  float* values = keys + PackedKeys(args);
  for (int64_t d = 0; d < args.value_dim; d += kPanel) {
    const int64_t n = args.value_dim - d;
    for (int64_t j = 0; j < args.tk; ++j, values += kPanel) {
      for (int64_t i = 0; i < kPanel; i += kWidth) Store(values + i, LoadPart(args.v + j * args.v_ld + d + i, n - i));
    }
  }
}

// scores = scale * scores + bias; returns the largest (of a row with NaN, any).
inline float ScaleScores(float* scores, const float* bias, int64_t count, float scale) {
  F largest = Set1(kMinusInfinity);
  const F factor = Set1(scale);
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) {
    F s = Mul(Load(scores + i), factor);
    if (bias != nullptr) s = Add(s, Load(bias + i));
    Store(scores + i, s);
    largest = Max(largest, s);
  }
  float result = Largest(largest);
  for (; i < count; ++i) {
    scores[i] = scores[i] * scale + (bias != nullptr ? bias[i] : 0.0f);
    result = scores[i] > result ? scores[i] : result;
  }
  return result;
}

void AttentionBlock(const AttentionArgs& args, const float* packed, float* scores, int64_t row_begin, int64_t rows) {
  const int64_t tk = args.tk, pitch = PanelsOf(tk) * kPanel;
  GemmArgs product;
  product.m = rows, product.n = tk, product.k = args.head_dim;
  product.lda = args.q_ld, product.b = packed, product.c = scores, product.ldc = pitch;
  GemmFrom(product, {0, rows, 0, PanelsOf(tk)}, args.q + row_begin * args.q_ld);

  float inverse[kScoreRows];
  for (int64_t r = 0; r < rows; ++r) {
    float* row = scores + r * pitch;
    const int64_t keys = args.causal ? Smaller(tk, row_begin + r + 1) : tk;
    const float* bias = args.bias == nullptr ? nullptr : args.bias + (row_begin + r) * args.bias_ld;
    const F largest = Set1(ScaleScores(row, bias, keys, args.scale));
    inverse[r] = 1.0f / ExpRow(row, row, keys, largest);
    for (int64_t i = keys; i < tk; ++i) row[i] = 0;
  }

  GemmArgs mix;
  mix.m = rows, mix.n = args.value_dim, mix.k = tk;
  mix.lda = pitch, mix.b = packed + PackedKeys(args), mix.c = args.out + row_begin * args.out_ld, mix.ldc = args.out_ld;
  GemmFrom(mix, {0, rows, 0, PanelsOf(args.value_dim)}, scores);
  for (int64_t r = 0; r < rows; ++r) ScaleRow(mix.c + r * args.out_ld, args.value_dim, Set1(inverse[r]));
}

void Attention(const AttentionArgs& args, const void* packed, void* scores, int64_t row_begin, int64_t row_end) {
  for (int64_t r = row_begin; r < row_end; r += kScoreRows) {
    AttentionBlock(args, static_cast<const float*>(packed), static_cast<float*>(scores), r,
                   Smaller(kScoreRows, row_end - r));
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
