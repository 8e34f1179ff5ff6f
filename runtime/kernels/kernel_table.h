// Every vector kernel of one ISA tier. Each simd/*.inl is written once and compiled once per tier; Kernels(isa) is the
// only way to reach the results.
#pragma once

#include "runtime/kernels/attention.h"
#include "runtime/kernels/conv.h"
#include "runtime/kernels/gemm.h"
#include "runtime/kernels/int8.h"
#include "runtime/kernels/movement.h"
#include "runtime/kernels/rows.h"
#include "runtime/kernels/winograd.h"
#include "vitrt/isa.h"

namespace vitrt::kernels {

struct KernelTable {
  const char* name;   // "sse41", "avx", "avx2", "avx512"
  int64_t gemm_rows;  // rows of the register tile: a good grain for splitting rows
  GemmKernel gemm;
  AttentionPackBytes attention_pack_bytes;
  AttentionScoreBytes attention_score_bytes;
  AttentionPack attention_pack;
  AttentionRows attention_rows;
  LayerNormKernel layer_norm;
  SoftmaxKernel softmax;
  UnaryKernel unary;
  BinaryKernel binary;
  ColumnReduceKernel column_reduce;
  ConvKernel conv;  // dense and grouped, panels
  WinogradKernel winograd;
  DepthwiseKernel depthwise;
  PoolKernel pool;
  TransposeKernel transpose;
  Int8Kernels int8;                    // for every CPU of the tier; int8_kernels.h asks for features
  double (*peak)(int64_t iterations);  // multiplies and adds in registers as fast as it goes; returns how many it did
};

// The table of a tier that this CPU can run (the caller has checked), defined in kernel_table.cc.
const KernelTable& Kernels(Isa isa);

}  // namespace vitrt::kernels
