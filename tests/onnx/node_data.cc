#include "tests/onnx/node_data.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "converters/onnx/tensor_data.h"
#include "runtime/base/check.h"

namespace vitrt::test {
namespace {

namespace fs = std::filesystem;
using convert::DType;
using convert::Tensor;

Status Compare(const Tensor& actual, const Tensor& expected, bool narrow) {
  if (actual.type() != expected.type())
    return BadInput("is " + ToString(actual.type()) + ", expected " + ToString(expected.type()));
  const std::vector<double> a = ToF64Vector(actual), e = ToF64Vector(expected);
  const double relative = narrow ? 1e-2 : 1e-3, absolute = narrow ? 1e-2 : 1e-6;
  for (size_t i = 0; i < a.size(); ++i) {
    const bool same = a[i] == e[i] || (std::isnan(a[i]) && std::isnan(e[i]));
    const bool close = expected.dtype == DType::F32 && std::fabs(a[i] - e[i]) <= absolute + relative * std::fabs(e[i]);
    if (!same && !close)
      return BadInput("element " + std::to_string(i) + " is " + std::to_string(a[i]) + ", expected " +
                      std::to_string(e[i]));
  }
  return {};
}

}  // namespace

Protos ReadProtos(const fs::path& folder, const std::string& prefix) {
  Protos protos;
  for (int i = 0;; ++i) {
    const fs::path path = folder / (prefix + "_" + std::to_string(i) + ".pb");
    if (!fs::exists(path)) return protos;
    std::ifstream file(path, std::ios::binary);
    protos.emplace_back().ParseFromIstream(&file);
  }
}

Result<Tensor> ReadTensor(::onnx::TensorProto proto, std::optional<DType> wanted) {
  if (!wanted) return Unsupported("not a tensor of numbers");
  if (proto.data_type() == ::onnx::TensorProto::UINT16 && wanted == DType::F32)
    proto.set_data_type(::onnx::TensorProto::BFLOAT16);
  convert::onnx_import::ExternalData none;
  auto read = convert::onnx_import::ReadTensor(proto, none);
  if (!read.ok()) return Unsupported("not a tensor: " + read.status().ToString());
  if (!read->tensor) return Unsupported(read->problem);
  // A plan computes in wider integers than uint8, but gives it back.
  if (wanted == DType::U8)
    return convert::FromF64Vector(convert::ValueType{DType::U8, read->tensor->shape}, ToF64Vector(*read->tensor));
  return *read->tensor;
}

bool IsNarrow(const Protos& protos) {
  return std::any_of(protos.begin(), protos.end(), [](const auto& p) {
    return p.data_type() == ::onnx::TensorProto::FLOAT16 || p.data_type() == ::onnx::TensorProto::BFLOAT16 ||
           p.data_type() == ::onnx::TensorProto::UINT16;
  });
}

Status CompareAll(const std::vector<Tensor>& outputs, const Protos& expected, bool narrow) {
  if (outputs.size() != expected.size()) return BadInput("wrong number of outputs");
  for (size_t i = 0; i < outputs.size(); ++i) {
    VITRT_ASSIGN_OR_RETURN(const Tensor reference, ReadTensor(expected[i], outputs[i].dtype));
    Status compared = Compare(outputs[i], reference, narrow);
    if (!compared.ok()) return std::move(compared).Within("output " + std::to_string(i));
  }
  return {};
}

}  // namespace vitrt::test
