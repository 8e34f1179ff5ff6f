// Tensors of the Open Inference Protocol: datatypes, and values as JSON or as raw bytes.
// Source: KServe's "Open Inference Protocol" version 2 and its binary tensor data extension.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vitrt/status.h"

namespace vitrt::serve {

enum class Datatype : uint8_t { kBool, kUint8, kUint32, kInt32, kInt64, kFp32, kBytes };

const char* DatatypeName(Datatype type);  // "FP32"
// Errors: kInvalidArgument, naming the datatypes that are served.
Result<Datatype> ParseDatatype(std::string_view name);
// Bytes of one element. 0 for kBytes, whose elements have lengths of their own.
size_t DatatypeBytes(Datatype type);

// One tensor, row-major, little-endian. BYTES: `elements`, everything else: `bytes`.
struct TensorValue {
  Datatype type = Datatype::kFp32;
  std::vector<int64_t> shape;
  std::vector<std::byte> bytes;
  std::vector<std::string> elements;
};

// Number of elements of a shape. Errors: kInvalidArgument (negative or too many).
Result<size_t> ElementCount(std::span<const int64_t> shape);

// The values of a JSON "data" array, flat or nested, row-major. `base64`: BYTES elements are encoded so.
// Errors: kInvalidArgument (wrong number of elements, a value that the datatype does not hold).
Status FromJson(const nlohmann::ordered_json& data, bool base64, TensorValue* tensor);

// The values of a binary part. BYTES: each element after its length, four bytes. Errors: kInvalidArgument.
Status FromBinary(std::string_view data, TensorValue* tensor);

// As FromJson and FromBinary read them. Floats are the shortest decimals that read back; not finite ones are null.
nlohmann::ordered_json ToJson(const TensorValue& tensor);
std::string ToBinary(const TensorValue& tensor);

}  // namespace vitrt::serve
