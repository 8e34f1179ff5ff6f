#include "runtime/kernels/ref/attention.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/tiers.h"

namespace vitrt::kernels {
namespace {

// exp to 2.5e-7 of weights that sum to 1, dot products of head_dim terms below 1.
constexpr double kTolerance = 4e-6;

struct Case {
  int64_t tq, tk, head_dim, value_dim;
  bool bias, one_bias_row, causal;
};
constexpr Case kCases[] = {
    {1, 1, 4, 4, false, false, false},      {197, 197, 64, 64, false, false, false},
    {49, 49, 32, 32, true, false, false},   {16, 196, 8, 8, false, false, false},
    {25, 17, 13, 13, true, true, false},    {30, 31, 15, 18, false, false, true},
    {1, 4097, 40, 40, false, false, false}, {7, 100, 98, 15, true, false, true},
    {50, 3, 18, 98, false, false, true},    {128, 16, 40, 8, true, false, false},
    {3, 2, 1, 1, false, false, false},      {26, 513, 64, 33, false, true, false},
};

struct Problem {
  Buffer q, k, v, bias;
  AttentionArgs args;

  explicit Problem(const Case& c)
      : q(Random(c.tq * (c.head_dim + 2), 1, -2, 2)),
        k(Random(c.tk * (c.head_dim + 5), 2, -2, 2)),
        v(Random(c.tk * (c.value_dim + 1), 3)),
        bias(Random(c.tq * (c.tk + 3), 4)) {
    args = {.tq = c.tq,
            .tk = c.tk,
            .head_dim = c.head_dim,
            .value_dim = c.value_dim,
            .q = q.data(),
            .q_ld = c.head_dim + 2,
            .k = k.data(),
            .k_ld = c.head_dim + 5,
            .v = v.data(),
            .v_ld = c.value_dim + 1,
            .out = nullptr,
            .out_ld = c.value_dim + 3,
            .scale = 1 / std::sqrt(static_cast<float>(c.head_dim)),
            .causal = c.causal};
    if (c.bias) args.bias = bias.data(), args.bias_ld = c.one_bias_row ? 0 : c.tk + 3;
  }
  Buffer Reference() {
    Buffer out(args.tq * args.out_ld, 7);
    std::vector<double> scratch(ref::AttentionScratchBytes(args) / sizeof(double) + 1);
    args.out = out.data();
    ref::Attention(args, 0, args.tq, scratch.data());
    return out;
  }
  // In pieces of `rows` query rows.
  Buffer Run(const KernelTable& tier, int64_t rows) {
    Buffer out(args.tq * args.out_ld, 7);
    args.out = out.data();
    Buffer packed(static_cast<int64_t>(tier.attention_pack_bytes(args) / sizeof(float)), 3);
    Buffer scores(static_cast<int64_t>(tier.attention_score_bytes(args) / sizeof(float)), 3);
    tier.attention_pack(args, packed.data());
    for (int64_t r = 0; r < args.tq; r += rows)
      tier.attention_rows(args, packed.data(), scores.data(), r, std::min(r + rows, args.tq));
    CHECK(packed.Intact());
    CHECK(scores.Intact());
    CHECK(out.Intact());
    return out;
  }
};

TEST_CASE("attention agrees with the reference for odd heads, few and many keys, bias and causality") {
  for (const Case& c : kCases) {
    Problem p(c);
    const Buffer expected = p.Reference();
    for (const KernelTable* tier : Tiers()) {
      CAPTURE(std::string(tier->name));
      CAPTURE(c.tq);
      CAPTURE(c.tk);
      CAPTURE(c.head_dim);
      const Buffer out = p.Run(*tier, c.tq);
      CHECK(LargestError(out.data(), expected.data(), out.size()) <= kTolerance);
    }
  }
}

TEST_CASE("attention gives the same bits for any split of the queries") {
  for (const Case& c : {kCases[1], kCases[5], kCases[11]}) {
    Problem p(c);
    for (const KernelTable* tier : Tiers()) {
      const Buffer whole = p.Run(*tier, c.tq);
      for (const int64_t rows : {1, 5, 24}) {
        CAPTURE(std::string(tier->name));
        CAPTURE(c.tq);
        CAPTURE(rows);
        const Buffer out = p.Run(*tier, rows);
        CHECK(SameBits(out.data(), whole.data(), out.size()));
      }
    }
  }
}

TEST_CASE("attention memory is linear in the number of keys") {
  for (const KernelTable* tier : Tiers()) {
    CAPTURE(std::string(tier->name));
    AttentionArgs args{.tq = 4096, .tk = 4096, .head_dim = 64, .value_dim = 64};
    const size_t pack = tier->attention_pack_bytes(args), scores = tier->attention_score_bytes(args);
    args.tq = 8192, args.tk = 8192;
    CHECK(tier->attention_pack_bytes(args) == 2 * pack);
    CHECK(tier->attention_score_bytes(args) == 2 * scores);
    CHECK(pack == size_t{2} * 4096 * 64 * sizeof(float));
  }
}

TEST_CASE("large scores, masked keys and NaN behave as in softmax") {
  Problem p({6, 40, 8, 8, true, false, false});
  for (int64_t i = 0; i < 8; ++i) p.q[i] = 3000, p.q[10 + i] = -3000;  // rows 0, 1: scores of thousands
  for (int64_t j = 0; j < 40; ++j)
    p.bias[2 * 43 + j] = j == 11 ? 0 : -std::numeric_limits<float>::infinity();                   // row 2: one key left
  for (int64_t j = 0; j < 40; ++j) p.bias[5 * 43 + j] = -std::numeric_limits<float>::infinity();  // row 5: none
  p.q[3 * 10] = std::numeric_limits<float>::quiet_NaN();                                          // row 3
  const Buffer expected = p.Reference();
  for (const KernelTable* tier : Tiers()) {
    CAPTURE(std::string(tier->name));
    const Buffer out = p.Run(*tier, 6);
    // Scores of about 1e4 are only known to 1e-3: rows 0 and 1 are convex mixtures, so within the range of V.
    for (int64_t i = 0; i < 8; ++i) {
      CHECK(std::abs(out[i]) <= 1.0f);
      CHECK(std::abs(out[p.args.out_ld + i]) <= 1.0f);
      CHECK(out[2 * p.args.out_ld + i] == p.v[11 * 9 + i]);
      CHECK(std::isnan(out[3 * p.args.out_ld + i]));
      CHECK(std::isnan(out[5 * p.args.out_ld + i]));
    }
    CHECK(LargestError(&out.data()[4 * p.args.out_ld], &expected.data()[4 * p.args.out_ld], 8) <= kTolerance);
  }
}

}  // namespace
}  // namespace vitrt::kernels
