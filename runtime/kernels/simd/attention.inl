// Attention of one head (Vaswani et al. 2017, arXiv:1706.03762) on the matrix kernel: K^T and V are packed into panels
// once; a few query rows at a time get scores = Q K^T, exp(scale * scores + bias - max), times V, and the division by
// their sum last. Memory grows with the number of keys, never with its product with the queries.
namespace vitrt::kernels::VITRT_TIER {
namespace {

constexpr int64_t kScoreRows = (48 + kTileRows - 1) / kTileRows * kTileRows;  // query rows at a time, whole tiles

inline int64_t PanelsOf(int64_t columns) { return (columns + kPanel - 1) / kPanel; }
inline int64_t WholeVectors(int64_t lanes) { return (lanes + kWidth - 1) / kWidth * kWidth; }

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
      for (int64_t i = 0; i < kPanel; i += kWidth) Store(values + i, LoadFirst(args.v + j * args.v_ld + d + i, n - i));
    }
  }
}

// scores = scale * scores + bias.
inline void ScaleScores(float* scores, const float* bias, int64_t count, float scale) {
  const F factor = Set1(scale);
  for (int64_t i = 0; i < count; i += kWidth) {
    const F s = Mul(Load(scores + i), factor);
    Store(scores + i, bias == nullptr ? s : Add(s, LoadFirst(bias + i, count - i)));
  }
}

// Turns the scores of one query into weights before they are divided by their sum; returns 1 / sum. Key lanes up to a
// whole vector are there to write: they get weight 0.
inline float WeighScores(float* scores, const float* bias, int64_t keys, float scale) {
  constexpr float kLog2E = 1.44269504088896341f;
  const bool plain = bias == nullptr && scale >= 0;  // then the largest score is the largest before scaling
  if (!plain) ScaleScores(scores, bias, keys, scale);
  const int64_t lanes = WholeVectors(keys);
  for (int64_t i = keys; i < lanes; ++i) scores[i] = kMinusInfinity;
  const F largest = Set1(RowMax(scores, lanes)), factor = Set1(plain ? scale * kLog2E : kLog2E);
  F sum = Zero();
  for (int64_t i = 0; i < lanes; i += kWidth) {
    const F weight = Exp2NonPositive(Mul(Sub(Load(scores + i), largest), factor));
    Store(scores + i, weight);
    sum = Add(sum, weight);
  }
  return 1.0f / Sum(sum);
}

void AttentionBlock(const AttentionArgs& args, const float* packed, float* scores, int64_t row_begin, int64_t rows) {
  const int64_t tk = args.tk, pitch = PanelsOf(tk) * kPanel;
  GemmArgs product;
  product.m = rows, product.n = WholeVectors(tk), product.k = args.head_dim;
  product.lda = args.q_ld, product.b = packed, product.c = scores, product.ldc = pitch;
  GemmFrom(product, {0, rows, 0, PanelsOf(tk)}, args.q + row_begin * args.q_ld);

  float inverse[kScoreRows];
  for (int64_t r = 0; r < rows; ++r) {
    float* row = scores + r * pitch;
    const int64_t keys = args.causal ? Smaller(tk, row_begin + r + 1) : tk;
    const float* bias = args.bias == nullptr ? nullptr : args.bias + (row_begin + r) * args.bias_ld;
    inverse[r] = WeighScores(row, bias, keys, args.scale);
    for (int64_t i = keys; i < tk; ++i) row[i] = 0;
  }

  GemmArgs mix;
  mix.m = rows, mix.n = args.value_dim, mix.k = tk;
  mix.lda = pitch, mix.b = packed + PackedKeys(args), mix.c = args.out + row_begin * args.out_ld, mix.ldc = args.out_ld;
  GemmFrom(mix, {0, rows, 0, PanelsOf(args.value_dim)}, scores);
  for (int64_t r = 0; r < rows; ++r) ScaleRow(mix.c + r * args.out_ld, args.value_dim, Set1(inverse[r]));
}

void Attention(const AttentionArgs& args, const void* packed, void* scores, int64_t row_begin, int64_t row_end) {
  const int64_t rows = row_end - row_begin, blocks = (rows + kScoreRows - 1) / kScoreRows;
  for (int64_t i = 0; i < blocks; ++i) {
    const int64_t begin = rows * i / blocks, end = rows * (i + 1) / blocks;
    AttentionBlock(args, static_cast<const float*>(packed), static_cast<float*>(scores), row_begin + begin,
                   end - begin);
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER
