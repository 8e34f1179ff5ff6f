// TensorProto.DataType of the ONNX specification, and what each type is imported as.
#include <algorithm>
#include <iterator>

#include "converters/onnx/model.h"

namespace vitrt::convert::onnx_import {
namespace {

struct ElementType {
  const char* name;
  std::optional<DType> dtype;
};

// Index: the value of TensorProto.DataType.
const ElementType kTypes[] = {
    {"UNDEFINED", {}},
    {"FLOAT", DType::F32},
    {"UINT8", DType::I32},
    {"INT8", DType::I32},
    {"UINT16", DType::I32},
    {"INT16", DType::I32},
    {"INT32", DType::I32},
    {"INT64", DType::I64},
    {"STRING", {}},
    {"BOOL", DType::Bool},
    {"FLOAT16", DType::F32},
    {"DOUBLE", DType::F32},
    {"UINT32", DType::I64},
    {"UINT64", DType::I64},
    {"COMPLEX64", {}},
    {"COMPLEX128", {}},
    {"BFLOAT16", DType::F32},
    {"FLOAT8E4M3FN", {}},
    {"FLOAT8E4M3FNUZ", {}},
    {"FLOAT8E5M2", {}},
    {"FLOAT8E5M2FNUZ", {}},
    {"UINT4", {}},
    {"INT4", {}},
    {"FLOAT4E2M1", {}},
    {"FLOAT8E8M0", {}},
    {"UINT2", {}},
    {"INT2", {}},
};

}  // namespace

std::optional<DType> ImportedDType(int64_t onnx_type) {
  if (onnx_type < 0 || onnx_type >= static_cast<int64_t>(std::size(kTypes))) return std::nullopt;
  return kTypes[onnx_type].dtype;
}

bool KeepsType(int64_t onnx_type) {
  const std::string name = ElementTypeName(onnx_type);
  return name == "FLOAT" || name == "UINT8" || name == "INT32" || name == "INT64" || name == "BOOL";
}

std::string ElementTypeName(int64_t onnx_type) {
  if (onnx_type < 0 || onnx_type >= static_cast<int64_t>(std::size(kTypes))) return std::to_string(onnx_type);
  return kTypes[onnx_type].name;
}

std::optional<NarrowIntegers> NarrowRange(int64_t onnx_type) {
  const std::string name = ElementTypeName(onnx_type);
  if (name == "UINT8") return NarrowIntegers{0, 255, kNoValue};
  if (name == "INT8") return NarrowIntegers{-128, 127, kNoValue};
  if (name == "UINT16") return NarrowIntegers{0, 65535, kNoValue};
  if (name == "INT16") return NarrowIntegers{-32768, 32767, kNoValue};
  return std::nullopt;
}

}  // namespace vitrt::convert::onnx_import
