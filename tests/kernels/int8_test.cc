// Exact sums on every tier and with VNNI masked, for weights and inputs at their extremes, against 64-bit arithmetic.
#include "runtime/kernels/int8.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "runtime/kernels/int8_runs.h"
#include "runtime/kernels/ref/int8.h"
#include "tests/kernels/epilogues.h"
#include "tests/kernels/int8_fillings.h"

namespace vitrt::kernels {
namespace {

int64_t UpTo16(int64_t k) { return (k + 15) / 16 * 16; }

// Quantised inputs [m, k] and weights [k, n] with everything that a product needs.
struct Product {
  int64_t m, k, n, lda;
  Buffer a_bytes, weight_bytes, a_scale, b_scale, a_zero, sums;
  std::vector<int32_t> runs;

  template <typename A, typename B>
  Product(int64_t rows, int64_t inner, int64_t columns, A input, B weight)
      : m(rows),
        k(inner),
        n(columns),
        lda(UpTo16(inner)),
        a_bytes((m * lda + 3) / 4),
        weight_bytes((n + 15) / 16 * ((k + 3) / 4) * 16),
        a_scale(m, 1),
        b_scale(n, 1),
        a_zero(m),
        sums((n + 15) / 16 * 16) {
    auto* a = reinterpret_cast<uint8_t*>(a_bytes.data());
    for (int64_t i = 0; i < m * lda; ++i) a[i] = i % lda < k ? input(i / lda, i % lda) : 77;  // 77 is never read
    for (int64_t i = 0; i < k; ++i) {
      for (int64_t j = 0; j < n; ++j) weights()[Place(i, j)] = weight(i, j);
    }
    auto* zero = reinterpret_cast<int32_t*>(a_zero.data());
    for (int64_t i = 0; i < m; ++i) zero[i] = static_cast<int32_t>(i * 37 % 256);
    const Int8Panels panels{weights(), k, n};
    const std::vector<int32_t> of_columns = ColumnSums(panels);
    std::memcpy(sums.data(), of_columns.data(), of_columns.size() * sizeof(int32_t));
    runs = ProvedRuns(panels);
  }

  int8_t* weights() { return reinterpret_cast<int8_t*>(weight_bytes.data()); }
  int64_t Place(int64_t i, int64_t j) const { return (j / 16 * ((k + 3) / 4) * 16 + i / 4 * 16 + j % 16) * 4 + i % 4; }
  Int8GemmArgs Args(float* c) {
    return {.m = m,
            .n = n,
            .k = k,
            .a = reinterpret_cast<const uint8_t*>(a_bytes.data()),
            .lda = lda,
            .a_scale = a_scale.data(),
            .a_zero = reinterpret_cast<const int32_t*>(a_zero.data()),
            .b = weights(),
            .b_scale = b_scale.data(),
            .column_sums = reinterpret_cast<const int32_t*>(sums.data()),
            .runs = runs.data(),
            .c = c,
            .ldc = n,
            .epilogue = {}};
  }
};

constexpr struct {
  int64_t m, k, n;
} kShapes[] = {{1, 1, 1},   {1, 384, 33}, {2, 3, 16},  {3, 4, 17},    {5, 16, 15},  {7, 63, 48},
               {13, 64, 7}, {17, 65, 40}, {25, 67, 1}, {12, 147, 31}, {9, 770, 80}, {26, 128, 32}};

Product Filled(int64_t m, int64_t k, int64_t n, const Filling& input, const Filling& weight) {
  std::mt19937 random(static_cast<uint32_t>(m * 1000 + k * 10 + n));
  return Product(
      m, k, n, [&](int64_t i, int64_t j) { return static_cast<uint8_t>(input.value(i, j, random() >> 4)); },
      [&](int64_t i, int64_t j) { return static_cast<int8_t>(weight.value(i, j, random() >> 4)); });
}

TEST_CASE("int8 gemm: sums equal 64-bit arithmetic for every weight, input and tier") {
  for (const auto& shape : kShapes) {
    for (const Filling& weight : kWeights) {
      for (const Filling& input : kInputs) {
        Product p = Filled(shape.m, shape.k, shape.n, input, weight);
        Buffer expected(p.m * p.n);
        const int64_t panels = (p.n + 15) / 16;
        ref::Int8Gemm(p.Args(expected.data()), {0, p.m, 0, panels});
        for (const Tier& tier : Int8Tiers()) {
          INFO(tier.name, ", ", p.m, "x", p.k, "x", p.n, ", weights ", weight.name, ", inputs ", input.name);
          Buffer c(p.m * p.n, 1e30f);
          tier.kernels.gemm(p.Args(c.data()), {0, p.m, 0, panels});
          CHECK(SameBits(c.data(), expected.data(), c.size()));
          CHECK(c.Intact());
        }
      }
    }
  }
}

TEST_CASE("int8 gemm: any split of rows and panels gives the same bits") {
  Product p = Filled(29, 200, 70, kInputs[0], kWeights[1]);
  for (int64_t i = 0; i < p.m; ++i) p.a_scale[i] = 0.01f * static_cast<float>(i + 1);
  for (int64_t j = 0; j < p.n; ++j) p.b_scale[j] = 0.003f * static_cast<float>(j + 1);
  for (const Tier& tier : Int8Tiers()) {
    INFO(tier.name);
    // A residual in place: a block that wrote an element of another one would add it twice.
    const auto args = [&](Buffer& c) {
      Int8GemmArgs in_place = p.Args(c.data());
      in_place.epilogue.residual = c.data();
      in_place.epilogue.residual_ld = p.n;
      return in_place;
    };
    Buffer whole = Random(p.m * p.n, 8);
    tier.kernels.gemm(args(whole), {0, p.m, 0, 5});
    for (const auto& [rows, panels] : {std::pair(1, 1), std::pair(4, 2), std::pair(11, 3)}) {
      Buffer parts = Random(p.m * p.n, 8);
      for (int64_t r = 0; r < p.m; r += rows) {
        for (int64_t c = 0; c < 5; c += panels) {
          tier.kernels.gemm(args(parts), {r, std::min<int64_t>(r + rows, p.m), c, std::min<int64_t>(c + panels, 5)});
        }
      }
      CHECK(SameBits(whole.data(), parts.data(), whole.size()));
    }
  }
}

TEST_CASE("int8 gemm: every epilogue") {
  for (const auto& size : {std::pair(7, 37), std::pair(14, 64)}) {
    const int64_t m = size.first, n = size.second;
    Product p = Filled(m, 50, n, kInputs[0], kWeights[1]);
    for (int64_t i = 0; i < p.m; ++i) p.a_scale[i] = 1e-3f * static_cast<float>(i + 1);
    for (int64_t j = 0; j < p.n; ++j) p.b_scale[j] = 1e-3f * static_cast<float>(j % 5 + 1);
    for (EpilogueCase& c : EpilogueCases(m, n)) {
      const auto run = [&](const auto& gemm) {
        Buffer y = c.Destination();
        Int8GemmArgs args = p.Args(y.data());
        args.epilogue = c.epilogue;
        if (c.in_place) args.epilogue.residual = y.data();
        gemm(args, GemmBlock{0, p.m, 0, (n + 15) / 16});
        return y;
      };
      const Buffer expected = run(ref::Int8Gemm);
      for (const Tier& tier : Int8Tiers()) {
        INFO(tier.name, ", ", c.what);
        const Buffer y = run(tier.kernels.gemm);
        CHECK(LargestError(y.data(), expected.data(), y.size()) < 2e-5);
        CHECK(y.Intact());
      }
    }
  }
}

TEST_CASE("int8 sums that another library made end in the same bits") {
  for (const auto& size : {std::pair(7, 37), std::pair(70, 64), std::pair(3, 5)}) {
    const int64_t m = size.first, n = size.second;
    Product p = Filled(m, 50, n, kInputs[0], kWeights[1]);
    for (int64_t i = 0; i < p.m; ++i) p.a_scale[i] = 1e-3f * static_cast<float>(i + 1);
    for (int64_t j = 0; j < p.n; ++j) p.b_scale[j] = 1e-3f * static_cast<float>(j % 5 + 1);
    std::vector<int32_t> sums;
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        int32_t sum = 0;
        for (int64_t k = 0; k < p.k; ++k) sum += p.Args(nullptr).a[i * p.lda + k] * p.weights()[p.Place(k, j)];
        sums.push_back(sum);
      }
    }
    for (EpilogueCase& c : EpilogueCases(m, n)) {
      for (const Tier& tier : Int8Tiers()) {
        INFO(tier.name, ", ", c.what, ", ", m, " x ", n);
        Buffer whole = c.Destination(), ended = c.Destination();
        Int8GemmArgs args = p.Args(whole.data());
        args.epilogue = c.epilogue;
        if (c.in_place) args.epilogue.residual = whole.data();
        tier.kernels.gemm(args, {0, m, 0, (n + 15) / 16});
        args.epilogue.residual = c.in_place ? ended.data() : c.epilogue.residual;
        const Int8SumsArgs end{.n = n,
                               .sums = sums.data(),
                               .a_scale = args.a_scale,
                               .a_zero = args.a_zero,
                               .b_scale = args.b_scale,
                               .column_sums = args.column_sums,
                               .c = ended.data(),
                               .epilogue = args.epilogue};
        tier.kernels.finish(end, 0, m / 2);
        tier.kernels.finish(end, m / 2, m);
        CHECK(SameBits(whole.data(), ended.data(), whole.size()));
        CHECK(ended.Intact());
      }
    }
  }
}

TEST_CASE("int8 rows: the same bytes, scales and zero points on every tier, on their own grids and on a given one") {
  constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
  for (const int64_t k : {1, 3, 16, 37, 384}) {
    std::vector<Buffer> rows;
    for (const auto& [low, high] :
         {std::pair(-1.0f, 1.0f), std::pair(0.0f, 6.0f), std::pair(-0.17f, 9.0f), std::pair(2.0f, 3.0f),
          std::pair(-3.0f, -2.0f), std::pair(-1e-39f, 1e-39f), std::pair(-3e38f, 3e38f), std::pair(0.0f, 0.0f)}) {
      rows.push_back(Random(k, static_cast<uint32_t>(rows.size() + 5), low, high));
    }
    for (const float wrong : {kInf, -kInf, kNan}) {
      rows.push_back(Random(k, 3));
      rows.back()[k / 2] = wrong;
    }
    constexpr Int8Grid kGiven{0.0123f, 77};
    for (const Int8Grid* grid : {static_cast<const Int8Grid*>(nullptr), &kGiven})
      for (Buffer& x : rows) {
        std::vector<uint8_t> expected(static_cast<size_t>(UpTo16(k)));
        float scale = 0;
        int32_t zero = 0;
        ref::QuantizeRows({k, x.data(), k, expected.data(), UpTo16(k), &scale, &zero, grid}, 0, 1);
        for (const Tier& tier : Int8Tiers()) {
          INFO(tier.name, ", k ", k, ", first ", x[0], ", scale ", scale);
          Buffer bytes(UpTo16(k) / 4);
          float tier_scale = 0;
          int32_t tier_zero = -1;
          auto* q = reinterpret_cast<uint8_t*>(bytes.data());
          tier.kernels.quantize({k, x.data(), k, q, UpTo16(k), &tier_scale, &tier_zero, grid}, 0, 1);
          CHECK(SameBits(&tier_scale, &scale, std::isnan(scale) ? 0 : 1));
          CHECK(std::isnan(tier_scale) == std::isnan(scale));
          CHECK(tier_zero == zero);
          CHECK(zero >= 0);
          CHECK(zero <= 255);
          CHECK(bytes.Intact());
          if (std::isnan(scale)) continue;
          CHECK(std::equal(q, q + k, expected.begin()));
          const float low = scale * static_cast<float>(-zero), high = scale * static_cast<float>(255 - zero);
          for (int64_t i = 0; i < k; ++i) {
            const float held = grid == nullptr ? x[i] : std::clamp(x[i], low, high);
            CHECK(std::abs(scale * static_cast<float>(q[i] - zero) - held) <= scale);
          }
        }
      }
  }
}

TEST_CASE("int8 runs: what is called safe does not overflow, and what is one longer may") {
  std::mt19937 random(9);
  int seen[5] = {};
  for (int trial = 0; trial < 400; ++trial) {
    const int range = 1 + static_cast<int>(random() % 128);
    const int64_t k = 1 + static_cast<int64_t>(random() % 40);
    Product p(
        1, k, 16, [](int64_t, int64_t) { return uint8_t{0}; },
        [&](int64_t, int64_t) { return static_cast<int8_t>(static_cast<int>(random() % (2 * range)) - range); });
    // The largest magnitude that a lane reaches over `run` groups, with the worst input of 0 or 255.
    const auto worst = [&](int64_t block, int64_t run) {
      int largest = 0;
      for (int64_t g = block * 4; g < block * 4 + 4; g += run) {
        for (int lane = 0; lane < 32; ++lane) {
          int high = 0, low = 0;
          for (int64_t i = g * 4; i < std::min((g + run) * 4, k); ++i) {
            if (i % 4 / 2 != lane % 2) continue;
            const int8_t w = p.weights()[p.Place(i, lane / 2)];
            (w > 0 ? high : low) += 255 * w;
          }
          largest = std::max({largest, high, -low - 1});
        }
      }
      return largest;
    };
    for (size_t block = 0; block < p.runs.size(); ++block) {
      const int run = p.runs[block];
      ++seen[run];
      if (run > 0) CHECK(worst(static_cast<int64_t>(block), run) <= 32767);
      if (run < 4) CHECK(worst(static_cast<int64_t>(block), run == 0 ? 1 : 2 * run) > 32767);
    }
  }
  for (const int run : {0, 1, 2, 4}) CHECK(seen[run] > 20);
}

}  // namespace
}  // namespace vitrt::kernels
