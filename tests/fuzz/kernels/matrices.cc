// Matrix product and attention.
#include "runtime/kernels/ref/attention.h"
#include "runtime/kernels/ref/gemm.h"
#include "tests/fuzz/kernels/case.h"

namespace vitrt::fuzz {

using namespace vitrt::kernels;

void TryGemm(Input* input, const KernelTable& tier) {
  const int64_t m = input->Size(40), n = input->Size(70), k = input->Size(900);
  const int64_t panels = PanelCount(n), lda = k + input->Size(4) - 1, ldc = n + input->Size(4) - 1;
  const Panels b(k, n, 1, input);
  const RandomEpilogue epilogue(m, n, input);
  const Floats a(m * lda, input), c(m * ldc), expected(m * ldc);
  GemmArgs args{.m = m,
                .n = n,
                .k = k,
                .a = a.data(),
                .lda = lda,
                .b = b.data(),
                .c = c.data(),
                .ldc = ldc,
                .epilogue = epilogue.get()};
  const int64_t row = input->Size(m) - 1, panel = input->Size(panels) - 1;  // four blocks, some of them empty
  for (const auto& [begin, end] : {std::pair(int64_t{0}, row), {row, m}}) {
    tier.gemm(args, {begin, end, 0, panel});
    tier.gemm(args, {begin, end, panel, panels});
  }
  args.c = expected.data();
  ref::Gemm(args, {0, m, 0, panels});
  RequireClose(c, expected, 1e-4 * static_cast<double>(k));
}

void TryAttention(Input* input, const KernelTable& tier) {
  AttentionArgs args;
  args.tq = input->Size(120), args.tk = input->Size(120);
  args.head_dim = input->Size(70), args.value_dim = input->Size(70);
  args.q_ld = args.head_dim + input->Size(4) - 1, args.k_ld = args.head_dim + input->Size(4) - 1;
  args.v_ld = args.value_dim + input->Size(4) - 1, args.out_ld = args.value_dim + input->Size(4) - 1;
  args.causal = input->Flag();
  args.scale = (input->Flag() ? 1.0f : -1.0f) / static_cast<float>(args.head_dim);
  const bool biased = input->Flag(), one_row = input->Flag();
  const Floats bias(args.tq * args.tk, input), q(args.tq * args.q_ld, input), k(args.tk * args.k_ld, input),
      v(args.tk * args.v_ld, input), out(args.tq * args.out_ld), expected(args.tq * args.out_ld);
  if (biased) args.bias = bias.data(), args.bias_ld = one_row ? 0 : args.tk;
  args.q = q.data(), args.k = k.data(), args.v = v.data(), args.out = out.data();
  const Floats packed(static_cast<int64_t>(tier.attention_pack_bytes(args) / sizeof(float))),
      scores(static_cast<int64_t>(tier.attention_score_bytes(args) / sizeof(float)));
  tier.attention_pack(args, packed.data());
  const int64_t row = input->Size(args.tq) - 1;
  tier.attention_rows(args, packed.data(), scores.data(), 0, row);
  tier.attention_rows(args, packed.data(), scores.data(), row, args.tq);
  Require(packed.Intact() && scores.Intact());
  args.out = expected.data();
  const Floats scratch(static_cast<int64_t>(ref::AttentionScratchBytes(args) / sizeof(float)));
  ref::Attention(args, 0, args.tq, scratch.data());
  RequireClose(out, expected, 1e-3);
}

}  // namespace vitrt::fuzz
