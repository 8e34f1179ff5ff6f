// Attention of one head (Vaswani et al. 2017, arXiv:1706.03762) on the matrix kernel: K^T and V are packed into panels
// once; a few query rows at a time get scores = Q K^T, exp(scale * scores + bias - max), times V, and the division by
// their sum last. Memory grows with the number of keys, never with its product with the queries.
namespace vitrt::kernels::VITRT_TIER {
namespace {

// Query rows at a time: whole tiles, and a window of Swin (49 rows) at once.
constexpr int64_t kScoreRows = (49 + kTileRows - 1) / kTileRows * kTileRows;

inline int64_t PanelsOf(int64_t columns) { return PanelCount(columns); }
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
    const int64_t n = Min(kPanel, args.tk - j);
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

// scores = f(scores, index of the first lane), -infinity in the lanes behind the last key; returns the largest.
template <typename Function>
inline float MapScores(float* scores, int64_t keys, Function f) {
  alignas(64) static constexpr float kLanes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  F largest = Set1(kMinusInfinity);
  int64_t i = 0;
  for (; i + kWidth <= keys; i += kWidth) {
    const F s = f(Load(scores + i), i);
    Store(scores + i, s);
    largest = Max(largest, s);
  }
  if (i < keys) {
    const M is_key = Less(Load(kLanes), Set1(static_cast<float>(keys - i)));
    const F s = Select(is_key, f(Load(scores + i), i), Set1(kMinusInfinity));
    Store(scores + i, s);
    largest = Max(largest, s);
  }
  return Largest(largest);
}

// Turns the scores of one query into weights before they are divided by their sum, 2^(factor (score - largest));
// returns 1 / sum. Lanes up to a whole vector are there.
inline float WeighScores(float* scores, int64_t keys, float largest, float factor) {
  F sum = Zero();
  for (int64_t i = 0; i < keys; i += kWidth) {
    const F weight = Exp2NonPositive(Mul(Sub(Load(scores + i), Set1(largest)), Set1(factor)));
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

  // All rows to their largest score, then all to weights: within a row one waits for the other.
  constexpr float kLog2E = 1.44269504088896341f;
  const bool late = args.bias == nullptr && args.scale > 0;  // then the largest score is the largest before scaling
  const F scale = Set1(args.scale);
  const auto keys_of = [&](int64_t r) { return args.causal ? Min(tk, row_begin + r + 1) : tk; };
  float largest[kScoreRows], inverse[kScoreRows];
  for (int64_t r = 0; r < rows; ++r) {
    float* row = scores + r * pitch;
    const int64_t keys = keys_of(r);
    if (late) {
      largest[r] = MapScores(row, keys, [](F s, int64_t) { return s; });
    } else if (args.bias == nullptr) {
      largest[r] = MapScores(row, keys, [&](F s, int64_t) { return Mul(s, scale); });
    } else {
      const float* bias = args.bias + (row_begin + r) * args.bias_ld;
      largest[r] =
          MapScores(row, keys, [&](F s, int64_t i) { return MulAdd(s, scale, LoadFirst(bias + i, keys - i)); });
    }
  }
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t keys = keys_of(r);
    inverse[r] = WeighScores(scores + r * pitch, keys, largest[r], late ? args.scale * kLog2E : kLog2E);
    for (int64_t i = keys; i < tk; ++i) scores[r * pitch + i] = 0;
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
