// Both passes are the same sum over rows of bytes. The pass over columns runs it on 16 rows of the image at a time,
// turned so that the 16 samples of a column lie together.
#include "runtime/image/resize.h"

#include <emmintrin.h>

#include <algorithm>
#include <cstring>

namespace vitrt::image {
namespace {

constexpr int64_t kBlock = 16;  // bytes in a vector, and rows in a turned block

// out[i] = clip((sum_t rows[t*stride + i] * weight[t] + 1/2) of 22 fractional bits), i in [0, 16)
void Sum16(const uint8_t* rows, int64_t stride, const WeightPair* weights, int64_t count, uint8_t* out) {
  const __m128i zero = _mm_setzero_si128();
  __m128i high[4] = {zero, zero, zero, zero}, low[4] = {zero, zero, zero, zero};
  for (int64_t t = 0; t < count; t += 2, rows += 2 * stride) {
    const uint8_t* next = t + 1 < count ? rows + stride : rows;  // weighs 0 past the end
    const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows));
    const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(next));
    const __m128i ab_low = _mm_unpacklo_epi8(a, b), ab_high = _mm_unpackhi_epi8(a, b);
    const __m128i pairs[4] = {_mm_unpacklo_epi8(ab_low, zero), _mm_unpackhi_epi8(ab_low, zero),
                              _mm_unpacklo_epi8(ab_high, zero), _mm_unpackhi_epi8(ab_high, zero)};
    const __m128i weight_high = _mm_set1_epi32(weights[t / 2].high), weight_low = _mm_set1_epi32(weights[t / 2].low);
    for (int i = 0; i < 4; ++i) {
      high[i] = _mm_add_epi32(high[i], _mm_madd_epi16(pairs[i], weight_high));
      low[i] = _mm_add_epi32(low[i], _mm_madd_epi16(pairs[i], weight_low));
    }
  }
  const __m128i half = _mm_set1_epi32(1 << (kWeightBits - 1));
  for (int i = 0; i < 4; ++i) {
    const __m128i sum = _mm_add_epi32(_mm_add_epi32(_mm_slli_epi32(high[i], kLowBits), low[i]), half);
    high[i] = _mm_srai_epi32(sum, kWeightBits);
  }
  const __m128i bytes = _mm_packus_epi16(_mm_packs_epi32(high[0], high[1]), _mm_packs_epi32(high[2], high[3]));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes);
}

// The same for `bytes` >= 1 columns. Fewer than 16 left: the vector is moved back, or gathered if there never were 16.
void SumRows(const uint8_t* rows, int64_t stride, const WeightPair* weights, int64_t count, int64_t bytes, uint8_t* out,
             std::vector<uint8_t>* gathered) {
  if (bytes < kBlock) {
    gathered->resize(static_cast<size_t>((count + 1) * kBlock));
    for (int64_t t = 0; t < count; ++t) {
      std::memcpy(gathered->data() + t * kBlock, rows + t * stride, static_cast<size_t>(bytes));
    }
    uint8_t* result = gathered->data() + count * kBlock;
    Sum16(gathered->data(), kBlock, weights, count, result);
    std::memcpy(out, result, static_cast<size_t>(bytes));
    return;
  }
  for (int64_t i = 0; i < bytes; i += kBlock) {
    const int64_t at = std::min(i, bytes - kBlock);
    Sum16(rows + at, stride, weights, count, out + at);
  }
}

// out[i*16 + r] = in[r][i] for 16 rows and 16 columns. Interleaving the two halves four times is a transposition.
void Turn16(const uint8_t* const in[kBlock], uint8_t* const out[kBlock]) {
  __m128i v[kBlock], w[kBlock];
  for (int r = 0; r < kBlock; ++r) v[r] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in[r]));
  for (int round = 0; round < 4; ++round) {
    for (int r = 0; r < kBlock / 2; ++r) {
      w[2 * r] = _mm_unpacklo_epi8(v[r], v[r + kBlock / 2]);
      w[2 * r + 1] = _mm_unpackhi_epi8(v[r], v[r + kBlock / 2]);
    }
    std::copy(w, w + kBlock, v);
  }
  for (int r = 0; r < kBlock; ++r) _mm_storeu_si128(reinterpret_cast<__m128i*>(out[r]), v[r]);
}

// [16 rows][bytes] at rows[0..15] to [bytes][16], or back; `bytes` need not be a multiple of 16.
void TurnRows(const uint8_t* const rows[kBlock], int64_t bytes, uint8_t* columns) {
  for (int64_t i = 0; i < bytes; i += kBlock) {
    const int64_t left = std::min(kBlock, bytes - i);
    uint8_t rest[kBlock][kBlock] = {};
    const uint8_t* in[kBlock];
    uint8_t* out[kBlock];
    for (int r = 0; r < kBlock; ++r) {
      in[r] = left == kBlock
                  ? rows[r] + i
                  : static_cast<const uint8_t*>(std::memcpy(rest[r], rows[r] + i, static_cast<size_t>(left)));
      out[r] = columns + (i + r) * kBlock;
    }
    Turn16(in, out);  // `columns` has room for whole blocks
  }
}

void TurnBack(const uint8_t* columns, int64_t bytes, int64_t row_count, uint8_t* rows, int64_t stride) {
  for (int64_t i = 0; i < bytes; i += kBlock) {
    const int64_t left = std::min(kBlock, bytes - i);
    uint8_t turned[kBlock][kBlock];
    const uint8_t* in[kBlock];
    uint8_t* out[kBlock];
    for (int r = 0; r < kBlock; ++r) {
      in[r] = columns + (i + r) * kBlock;
      out[r] = turned[r];
    }
    Turn16(in, out);
    for (int64_t r = 0; r < row_count; ++r) std::memcpy(rows + r * stride + i, turned[r], static_cast<size_t>(left));
  }
}

int64_t RoundUp(int64_t value) { return (value + kBlock - 1) / kBlock * kBlock; }

// Resamples every row of `part`, whose column 0 is axis.first_input(), to `out` without padding.
void ResampleColumns(const Pixels& part, const AxisWeights& axis, ResizeWorkspace* workspace, uint8_t* out) {
  const int64_t pixel = part.channels * kBlock;  // bytes of one turned pixel
  const int64_t in_bytes = part.width * part.channels;
  const int64_t out_bytes = (axis.end - axis.begin) * part.channels;
  workspace->block.resize(static_cast<size_t>(RoundUp(in_bytes) * kBlock));
  workspace->block_out.resize(static_cast<size_t>(RoundUp(out_bytes) * kBlock));
  for (int64_t y = 0; y < part.height; y += kBlock) {
    const uint8_t* rows[kBlock];
    for (int64_t r = 0; r < kBlock; ++r) rows[r] = part.data + std::min(y + r, part.height - 1) * part.stride;
    TurnRows(rows, in_bytes, workspace->block.data());
    for (int64_t x = 0; x < axis.end - axis.begin; ++x) {
      const uint8_t* from = workspace->block.data() + (axis.first[x] - axis.first_input()) * pixel;
      for (int64_t c = 0; c < pixel; c += kBlock) {
        Sum16(from + c, pixel, axis.row(x), axis.count[x], workspace->block_out.data() + x * pixel + c);
      }
    }
    TurnBack(workspace->block_out.data(), out_bytes, std::min(kBlock, part.height - y), out + y * out_bytes, out_bytes);
  }
}

// Resamples every column of `part`, whose row 0 is axis.first_input(), to `out` without padding.
void ResampleRows(const Pixels& part, const AxisWeights& axis, ResizeWorkspace* workspace, uint8_t* out) {
  const int64_t bytes = part.width * part.channels;
  for (int64_t y = 0; y < axis.end - axis.begin; ++y, out += bytes) {
    SumRows(part.data + (axis.first[y] - axis.first_input()) * part.stride, part.stride, axis.row(y), axis.count[y],
            bytes, out, &workspace->block);
  }
}

Pixels Part(const Pixels& in, int64_t x, int64_t y, int64_t width, int64_t height) {
  return {in.data + y * in.stride + x * in.channels, width, height, in.stride, in.channels};
}

// Rounding after the first pass makes the order visible.
bool RowsFirst(const Pixels& in, int64_t width, int64_t height) {
  return in.height - height > 2 * std::max<int64_t>(in.width - width, 0);
}

void Nearest(const Pixels& in, const AxisWeights& columns, const AxisWeights& rows, uint8_t* out) {
  for (const int64_t y : rows.first) {
    const uint8_t* row = in.data + y * in.stride;
    for (const int64_t x : columns.first) {
      for (int c = 0; c < in.channels; ++c) *out++ = row[x * in.channels + c];
    }
  }
}

void Copy(const Pixels& in, const Window& window, uint8_t* out) {
  const auto bytes = static_cast<size_t>(window.width * in.channels);
  for (int64_t y = 0; y < window.height; ++y, out += bytes) {
    std::memcpy(out, in.data + (window.y + y) * in.stride + window.x * in.channels, bytes);
  }
}

}  // namespace

void Resize(const Pixels& in, int64_t width, int64_t height, Interpolation interpolation, const Window& window,
            uint8_t* out, ResizeWorkspace* workspace) {
  AxisWeights& columns = workspace->columns;
  AxisWeights& rows = workspace->rows;
  if (width == in.width && height == in.height) return Copy(in, window, out);
  Prepare(in.width, width, window.x, window.x + window.width, interpolation, &columns);
  Prepare(in.height, height, window.y, window.y + window.height, interpolation, &rows);
  if (interpolation == Interpolation::kNearest) return Nearest(in, columns, rows, out);

  const int64_t x = columns.first_input(), in_width = columns.end_input() - x;
  const int64_t y = rows.first_input(), in_height = rows.end_input() - y;
  if (height == in.height) {
    return ResampleColumns(Part(in, x, window.y, in_width, window.height), columns, workspace, out);
  }
  if (width == in.width) return ResampleRows(Part(in, window.x, y, window.width, in_height), rows, workspace, out);

  const Pixels part = Part(in, x, y, in_width, in_height);
  const bool rows_first = RowsFirst(in, width, height);
  Pixels between = rows_first ? Pixels{nullptr, in_width, window.height, in_width * in.channels, in.channels}
                              : Pixels{nullptr, window.width, in_height, window.width * in.channels, in.channels};
  workspace->between.resize(static_cast<size_t>(between.stride * between.height));
  between.data = workspace->between.data();
  if (rows_first) {
    ResampleRows(part, rows, workspace, workspace->between.data());
    ResampleColumns(between, columns, workspace, out);
  } else {
    ResampleColumns(part, columns, workspace, workspace->between.data());
    ResampleRows(between, rows, workspace, out);
  }
}

}  // namespace vitrt::image
