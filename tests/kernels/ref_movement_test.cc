// The reference kernels that move elements, against results written out by hand.
#include <doctest/doctest.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "runtime/kernels/ref/expand.h"
#include "runtime/kernels/ref/gather.h"
#include "runtime/kernels/ref/pad.h"
#include "runtime/kernels/ref/scatter.h"
#include "runtime/kernels/ref/slice.h"
#include "runtime/kernels/ref/transpose.h"

namespace vitrt::kernels::ref {
namespace {

using plan::DType;
using plan::PadMode;
using Floats = std::vector<float>;
using Longs = std::vector<int64_t>;

Floats Count(int64_t n) {  // 0, 1, 2, ...
  Floats values(static_cast<size_t>(n));
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

TEST_CASE("transposes by the permutation, for every element size") {
  const Floats x = Count(6);
  const std::vector<int32_t> perm = {1, 0};
  Floats y(6);
  Transpose({.x_dims = {2, 3}, .perm = perm, .x = x.data(), .y = y.data()});
  CHECK(y == Floats{0, 3, 1, 4, 2, 5});
  const Longs wide = {1, 2, 3, 4, 5, 6};
  Longs wide_y(6);
  const std::vector<int32_t> perm3 = {2, 0, 1};
  Transpose({.dtype = DType::I64, .x_dims = {1, 2, 3}, .perm = perm3, .x = wide.data(), .y = wide_y.data()});
  CHECK(wide_y == Longs{1, 4, 2, 5, 3, 6});
  const std::vector<uint8_t> bits = {1, 0, 0, 1, 1, 0};
  std::vector<uint8_t> bits_y(6);
  Transpose({.dtype = DType::Bool, .x_dims = {2, 3}, .perm = perm, .x = bits.data(), .y = bits_y.data()});
  CHECK(bits_y == std::vector<uint8_t>{1, 1, 0, 1, 0, 0});
}

struct SliceCase {
  Longs dims, y_dims, starts, steps;
  Floats y;
};

TEST_CASE("slices with positive and negative steps") {
  const SliceCase cases[] = {
      {{2, 3}, {1, 3}, {1, 0}, {1, 1}, {3, 4, 5}},
      {{2, 3}, {2, 2}, {0, 1}, {1, 1}, {1, 2, 4, 5}},
      {{2, 3}, {2, 2}, {0, 0}, {1, 2}, {0, 2, 3, 5}},
      {{2, 3}, {2, 3}, {1, 2}, {-1, -1}, {5, 4, 3, 2, 1, 0}},
      {{2, 3}, {2, 1}, {0, 1}, {1, -2}, {1, 4}},
      {{3, 1, 2}, {2, 1, 2}, {0, 0, 0}, {2, 1, 1}, {0, 1, 4, 5}},
      {{6}, {2}, {4}, {-3}, {4, 1}},
      {{2, 3}, {0, 3}, {1, 0}, {1, 1}, {}},
  };
  for (const SliceCase& test : cases) {
    CAPTURE(&test - cases);
    const Floats x = Count(6);
    Floats y(test.y.size());
    Slice({.x_dims = Shape(test.dims),
           .y_dims = Shape(test.y_dims),
           .starts = test.starts,
           .steps = test.steps,
           .x = x.data(),
           .y = y.data()});
    CHECK(y == test.y);
  }
}

TEST_CASE("gathers rows, elements and tuples, negative indices count from the end") {
  const Floats data = Count(6);
  const Longs indices = {2, -3};
  Floats y(4);
  Gather({.data_dims = {2, 3},
          .indices_dims = {2},
          .axis = 1,
          .data = data.data(),
          .indices = {indices.data()},
          .y = y.data()});
  CHECK(y == Floats{2, 0, 5, 3});
  const std::vector<int32_t> narrow = {1};
  Floats row(3);
  Gather({.data_dims = {2, 3},
          .indices_dims = {},
          .axis = 0,
          .data = data.data(),
          .indices = {narrow.data(), DType::I32},
          .y = row.data()});
  CHECK(row == Floats{3, 4, 5});
  const Longs element_indices = {1, 0, -1, 0};  // [2, 2] along axis 1
  GatherElements({.data_dims = {2, 3},
                  .indices_dims = {2, 2},
                  .axis = 1,
                  .data = data.data(),
                  .indices = {element_indices.data()},
                  .y = y.data()});
  CHECK(y == Floats{1, 0, 5, 3});
  const Longs tuples = {1, 2, 0, -1};
  Floats pair(2);
  GatherND(
      {.data_dims = {2, 3}, .indices_dims = {2, 2}, .data = data.data(), .indices = {tuples.data()}, .y = pair.data()});
  CHECK(pair == Floats{5, 2});
  const Longs batched = {2, 0};  // one tuple of one index for each of two batches
  GatherND({.data_dims = {2, 3},
            .indices_dims = {2, 1},
            .batch_dims = 1,
            .data = data.data(),
            .indices = {batched.data()},
            .y = pair.data()});
  CHECK(pair == Floats{2, 3});
}

TEST_CASE("an index outside its axis reads and writes inside the tensor") {
  const Floats data = Count(3);
  const Longs indices = {7, -9};
  Floats y(2);
  Gather({.data_dims = {3}, .indices_dims = {2}, .data = data.data(), .indices = {indices.data()}, .y = y.data()});
  CHECK(y == Floats{2, 0});
}

TEST_CASE("scatters tuples, replacing or combining in order") {
  const Floats data = {1, 2, 3, 4}, updates = {10, 20, 30};
  const Longs indices = {3, 0, -1};  // the last is 3 again
  Floats y(4);
  ScatterArgs args{.data_dims = {4},
                   .indices_dims = {3, 1},
                   .data = data.data(),
                   .indices = {indices.data()},
                   .updates = updates.data(),
                   .y = y.data()};
  ScatterND(args);
  CHECK(y == Floats{20, 2, 3, 30});
  args.reduce = true;
  const struct {
    plan::ReduceFn fn;
    Floats y;
  } cases[] = {{plan::ReduceFn::Sum, {21, 2, 3, 44}},
               {plan::ReduceFn::Prod, {20, 2, 3, 1200}},
               {plan::ReduceFn::Max, {20, 2, 3, 30}},
               {plan::ReduceFn::Min, {1, 2, 3, 4}}};
  for (const auto& test : cases) {
    args.reduction = test.fn;
    ScatterND(args);
    CHECK(y == test.y);
  }
}

struct PadCase {
  PadMode mode;
  Longs begins, ends;
  Floats y;
};

TEST_CASE("pads in every mode and crops") {
  const PadCase cases[] = {
      {PadMode::Constant, {1, 0}, {0, 1}, {7, 7, 7, 7, 0, 1, 2, 7, 3, 4, 5, 7}},
      {PadMode::Edge, {0, 2}, {0, 1}, {0, 0, 0, 1, 2, 2, 3, 3, 3, 4, 5, 5}},
      {PadMode::Reflect, {0, 2}, {0, 1}, {2, 1, 0, 1, 2, 1, 5, 4, 3, 4, 5, 4}},
      {PadMode::Wrap, {0, 2}, {0, 1}, {1, 2, 0, 1, 2, 0, 4, 5, 3, 4, 5, 3}},
      {PadMode::Reflect, {0, 5}, {0, 0}, {1, 0, 1, 2, 1, 0, 1, 2, 4, 3, 4, 5, 4, 3, 4, 5}},  // more than once around
      {PadMode::Constant, {-1, -1}, {0, 0}, {4, 5}},
      {PadMode::Edge, {0, -1}, {0, 1}, {1, 2, 2, 4, 5, 5}},
      {PadMode::Constant, {0, 1}, {-1, -2}, {7, 0}},
  };
  for (const PadCase& test : cases) {
    CAPTURE(&test - cases);
    const Floats x = Count(6);
    Floats y(test.y.size());
    Pad({.mode = test.mode,
         .value = 7,
         .x_dims = {2, 3},
         .begins = test.begins,
         .ends = test.ends,
         .x = x.data(),
         .y = y.data()});
    CHECK(y == test.y);
  }
  const Longs x = {5}, one = {1};
  Longs y(3);
  Pad({.dtype = DType::I64, .value = -2, .x_dims = {1}, .begins = one, .ends = one, .x = x.data(), .y = y.data()});
  CHECK(y == Longs{-2, 5, -2});
}

TEST_CASE("expands and tiles") {
  const Floats x = {1, 2};
  Floats y(6);
  Expand({.x_dims = {2, 1}, .y_dims = {2, 3}, .x = x.data(), .y = y.data()});
  CHECK(y == Floats{1, 1, 1, 2, 2, 2});
  Expand({.x_dims = {2}, .y_dims = {3, 2}, .x = x.data(), .y = y.data()});
  CHECK(y == Floats{1, 2, 1, 2, 1, 2});
  Floats tiled(8);
  Tile({.x_dims = {1, 2}, .y_dims = {2, 4}, .x = x.data(), .y = tiled.data()});
  CHECK(tiled == Floats{1, 2, 1, 2, 1, 2, 1, 2});
}

}  // namespace
}  // namespace vitrt::kernels::ref
