// An ONNX model as the importer sees it: plain structs, no protobuf. read_model.cc fills them.
//
// Tensors are converted while reading: float16, bfloat16 and double become F32; 8-, 16- and 32-bit integers I32
// (uint32 I64); uint64 I64. A tensor of any other element type is kept as the reason why it cannot be used, which is
// only an error if a node reads it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "converters/graph/graph.h"

namespace vitrt::convert::onnx_import {

// A value that the model has as an 8- or 16-bit integer, or as a sum of products of such, and that is computed as I32: its
// range, and the same numbers as floats where they were made so.
struct NarrowIntegers {
  int32_t low = 0, high = 0;
  ValueId floats = kNoValue;
};
// Of a TensorProto.DataType; nullopt: no 8- or 16-bit integer.
std::optional<NarrowIntegers> NarrowRange(int64_t onnx_type);

struct ConstantData {
  std::optional<Tensor> tensor;
  std::string problem;       // why there is no tensor
  int64_t element_type = 0;  // TensorProto.DataType in the file
};

struct SourceGraph;

struct Attribute {
  enum class Kind { kOther, kFloat, kInt, kString, kTensor, kGraph, kFloats, kInts, kStrings, kReference };
  Kind kind = Kind::kOther;
  float f = 0;
  int64_t i = 0;
  std::string s;  // kReference: the name of the attribute of the function that is being inlined
  std::vector<float> floats;
  std::vector<int64_t> ints;
  std::vector<std::string> strings;
  ConstantData tensor;
  std::shared_ptr<SourceGraph> graph;
};

struct SourceNode {
  std::string op_type, domain, name;
  std::vector<std::string> inputs, outputs;  // "" is absent
  std::map<std::string, Attribute> attributes;

  // "Conv 'stem/Conv'", or the first output where the node has no name.
  std::string Describe() const;
};

struct Dim {
  int64_t size = -1;  // -1: symbolic or unknown
  std::string symbol;
};

struct SourceInput {
  std::string name;
  int64_t element_type = 0;    // TensorProto.DataType; 0: not a tensor
  std::optional<DType> dtype;  // nullopt: not a tensor of a type vitrt knows
  bool has_shape = false;
  std::vector<Dim> dims;
};

struct SourceGraph {
  std::string name;
  std::vector<SourceNode> nodes;
  std::vector<SourceInput> inputs;  // without those that have an initializer
  std::vector<std::string> outputs;
  std::vector<int64_t> output_types;  // TensorProto.DataType of each; 0: the model does not say
  std::vector<std::pair<std::string, ConstantData>> initializers;
};

using Opsets = std::map<std::string, int64_t>;  // domain ("" for ai.onnx) -> version

struct SourceFunction {
  std::string name, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<SourceNode> nodes;
  Opsets opsets;
};

struct SourceModel {
  SourceGraph graph;
  Opsets opsets;
  std::map<std::pair<std::string, std::string>, SourceFunction> functions;  // by domain and name
  std::string producer;
  std::vector<std::string> external_files;  // in the order of the file's references, each once
};

// The DType that an ONNX element type (TensorProto.DataType) is imported as; nullopt: none.
std::optional<DType> ImportedDType(int64_t onnx_type);
// Whether a plan has the type itself, so that an output of it stays as it is.
bool KeepsType(int64_t onnx_type);
// "FLOAT16", "STRING", ...; the number where it is none of these.
std::string ElementTypeName(int64_t onnx_type);

// Reads and checks a model file. Errors: kBadPlan.
Result<SourceModel> ReadModel(const std::string& path);

}  // namespace vitrt::convert::onnx_import
