// Data of a TensorProto -> Tensor.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>

#include "converters/onnx/model.h"

namespace vitrt::convert::onnx_import {

// Where the files named by external tensors lie, and those read so far.
struct ExternalData {
  std::string model_folder;
  std::vector<std::string> files;
};

// Errors (kBadPlan) name the tensor: wrong sizes, data in two places, external data that is missing or not allowed.
Result<ConstantData> ReadTensor(const ::onnx::TensorProto& proto, ExternalData& external);

// Bytes [offset, offset + length) of the file that `proto` names, which must lie in the model's folder or below it;
// length 0 reads to the end.
Result<std::string> ReadExternalData(const ::onnx::TensorProto& proto, uint64_t expected_bytes, ExternalData& external);

}  // namespace vitrt::convert::onnx_import
