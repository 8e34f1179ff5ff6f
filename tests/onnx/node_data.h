// The data of ONNX node tests: files with tensors, and when a result is as expected.
#pragma once

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "converters/graph/tensor.h"

namespace vitrt::test {

using Protos = std::vector<::onnx::TensorProto>;

// FOLDER/prefix_0.pb, FOLDER/prefix_1.pb, ...
Protos ReadProtos(const std::filesystem::path& folder, const std::string& prefix);

// The tensor as one of the wanted dtype. ONNX 1.12 stores the data of bfloat16 tensors as uint16. kUnsupported where it
// is no tensor that vitrt knows: sequences and optionals lie in files of the same name.
Result<convert::Tensor> ReadTensor(::onnx::TensorProto proto, std::optional<convert::DType> wanted);

// 16-bit floats are among them.
bool IsNarrow(const Protos& protos);

// rtol and atol of the ONNX test runner (1e-3, 1e-7); looser for 16-bit references. Errors: kBadInput, or of reading.
Status CompareAll(const std::vector<convert::Tensor>& outputs, const Protos& expected, bool narrow);

}  // namespace vitrt::test
