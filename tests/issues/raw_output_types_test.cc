// Raw outputs that were not int64 were written as float32 headers over other bytes, and those without a batch axis with
// another shape. They keep the model's type and shape.
#include "tests/issues/small_model.h"

namespace vitrt::convert::test {
namespace {

TEST_CASE("raw outputs keep the model's type and shape, and their values") {
  SmallModel model;
  const ValueId x = model.Binary(plan::BinaryFn::Mul, model.features, model.Scalar(3));
  const auto cast = [&](DType dtype) { return *model.graph.Append(plan::CastT(), {x}, "cast", ValueType{dtype, {}}); };
  model.Out("i32", cast(DType::I32));
  model.Out("i64", model.Reshape(cast(DType::I64), {2, 1, 4}));
  model.Out("bool", model.Binary(plan::BinaryFn::Greater, model.features, model.Scalar(0)));
  model.Out("u8", *model.graph.Append(plan::CastT(), {model.Unary(plan::UnaryFn::Abs, cast(DType::I32))}, "bytes",
                                      ValueType{DType::U8, {}}));
  model.Out("scalar", model.Add(ops::Reduce(plan::ReduceFn::Sum, {0, 1}, false), {x}));
  model.Out("five", model.Reshape(model.Logits(), {5}));
  RunningModel m(std::move(model), 3);
  m.Run();
  m.CheckOutputs();
  REQUIRE(m.engine->info().outputs.size() == 6);
  using enum ElementType;
  const ElementType types[] = {kInt32, kInt64, kBool, kUint8, kFloat32, kFloat32};
  for (size_t k = 0; k < 6; ++k) {
    INFO(m.names[k]);
    CHECK(m.engine->info().outputs[k].type == types[k]);
    const auto bytes = m.session->Output(static_cast<int>(k));
    for (size_t i = 0; i < 3 && types[k] != kFloat32; ++i) {
      const Tensor& expected = m.Reference(i, m.names[k]);
      const size_t size = expected.bytes->size();
      REQUIRE(bytes.size() == 3 * size);
      CHECK(std::equal(expected.bytes->begin(), expected.bytes->end(), bytes.begin() + static_cast<long>(i * size)));
    }
  }
}

TEST_CASE("raw outputs keep shapes whose leading axis is not the batch's, of one image and of several") {
  const Shape shapes[] = {{8}, {8, 1}, {2, 4}, {4, 1, 2}, {2, 2, 2, 1}, {1, 1, 8}};
  for (const int images : {1, 3}) {
    SmallModel model;
    for (const Shape& shape : shapes) model.Out("y", model.Reshape(model.features, shape));
    for (size_t k = 0; k < std::size(shapes); ++k) model.graph.outputs[k].name += std::to_string(k);
    RunningModel m(std::move(model), images, {{}, {}});
    m.Run();
    m.CheckOutputs();
    size_t raw = 0;
    for (size_t k = 0; k < std::size(shapes); ++k) {
      for (const TensorInfo& info : m.engine->info().outputs) {
        if (info.name != m.names[k]) continue;
        CHECK(info.dims == shapes[k]);
        ++raw;
      }
    }
    CHECK(raw + m.engine->info().exits.size() == std::size(shapes));
  }
}

}  // namespace
}  // namespace vitrt::convert::test
