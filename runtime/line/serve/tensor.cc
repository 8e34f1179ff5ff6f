#include "runtime/line/serve/tensor.h"

#include <algorithm>
#include <boost/archive/iterators/binary_from_base64.hpp>
#include <boost/archive/iterators/transform_width.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "runtime/base/check.h"
#include "runtime/base/checked_math.h"
#include "runtime/line/text/json_line.h"

namespace vitrt::serve {
namespace {

using Json = nlohmann::ordered_json;

struct Row {
  Datatype type;
  const char* name;
  size_t bytes;
};
constexpr Row kRows[] = {
    {Datatype::kBool, "BOOL", 1},   {Datatype::kUint8, "UINT8", 1}, {Datatype::kUint32, "UINT32", 4},
    {Datatype::kInt32, "INT32", 4}, {Datatype::kInt64, "INT64", 8}, {Datatype::kFp32, "FP32", 4},
    {Datatype::kBytes, "BYTES", 0},
};
constexpr bool RowsInOrder() {
  for (size_t i = 0; i < std::size(kRows); ++i) {
    if (static_cast<size_t>(kRows[i].type) != i) return false;
  }
  return true;
}
static_assert(RowsInOrder(), "kRows is indexed by Datatype");

const Row& RowOf(Datatype type) { return kRows[static_cast<size_t>(type)]; }

template <typename T>
void Put(T value, std::vector<std::byte>* bytes) {
  const size_t at = bytes->size();
  bytes->resize(at + sizeof value);
  std::memcpy(bytes->data() + at, &value, sizeof value);
}

template <typename T>
T At(const TensorValue& tensor, size_t i) {
  T value;
  std::memcpy(&value, tensor.bytes.data() + i * sizeof value, sizeof value);
  return value;
}

template <typename T>
bool PutInteger(const Json& value, std::vector<std::byte>* bytes) {
  if (value.is_number_unsigned()) {
    const auto n = value.get<uint64_t>();
    if (n > static_cast<uint64_t>(std::numeric_limits<T>::max())) return false;
    Put(static_cast<T>(n), bytes);
    return true;
  }
  if (!value.is_number_integer()) return false;
  const auto n = value.get<int64_t>();
  if (n < static_cast<int64_t>(std::numeric_limits<T>::min())) return false;
  Put(static_cast<T>(n), bytes);
  return true;
}

constexpr char kBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// RFC 4648, with padding. Boost's iterators do not validate, so the digits are checked first.
std::optional<std::string> FromBase64(std::string text) {
  using boost::archive::iterators::binary_from_base64;
  using boost::archive::iterators::transform_width;
  using Bytes = transform_width<binary_from_base64<std::string::const_iterator>, 8, 6>;
  if (text.size() % 4 != 0) return std::nullopt;
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  if (text.find_first_not_of(kBase64Digits) < text.size() - padding) return std::nullopt;
  std::replace(text.end() - static_cast<ptrdiff_t>(padding), text.end(), '=', 'A');
  std::string bytes(Bytes(text.cbegin()), Bytes(text.cend()));
  bytes.resize(bytes.size() - padding);
  return bytes;
}

// False where the datatype does not hold the value.
bool PutValue(const Json& value, bool base64, TensorValue* tensor) {
  switch (tensor->type) {
    case Datatype::kBool:
      if (!value.is_boolean()) return false;
      Put(static_cast<uint8_t>(value.get<bool>()), &tensor->bytes);
      return true;
    case Datatype::kUint8:
      return PutInteger<uint8_t>(value, &tensor->bytes);
    case Datatype::kUint32:
      return PutInteger<uint32_t>(value, &tensor->bytes);
    case Datatype::kInt32:
      return PutInteger<int32_t>(value, &tensor->bytes);
    case Datatype::kInt64:
      return PutInteger<int64_t>(value, &tensor->bytes);
    case Datatype::kFp32:
      if (!value.is_number()) return false;
      Put(static_cast<float>(value.get<double>()), &tensor->bytes);
      return true;
    case Datatype::kBytes: {
      if (!value.is_string()) return false;
      const auto& text = value.get_ref<const std::string&>();
      std::optional<std::string> bytes = base64 ? FromBase64(text) : text;
      if (!bytes) return false;
      tensor->elements.push_back(*std::move(bytes));
      return true;
    }
  }
  return false;
}

size_t Stored(const TensorValue& tensor) {
  return tensor.type == Datatype::kBytes ? tensor.elements.size() : tensor.bytes.size() / DatatypeBytes(tensor.type);
}

Status WrongCount(size_t found, size_t expected) {
  return InvalidArgument("the data has " + std::to_string(found) + " elements, the shape " + std::to_string(expected));
}

// The deepest nesting that a tensor here can need; deeper arrays are refused before they are walked.
constexpr int kMaxDepth = 8;

Status PutNested(const Json& data, bool base64, size_t expected, int depth, TensorValue* tensor) {
  if (depth > kMaxDepth) return InvalidArgument("the data is nested too deeply");
  for (const Json& item : data) {
    if (item.is_array()) {
      VITRT_RETURN_IF_ERROR(PutNested(item, base64, expected, depth + 1, tensor));
      continue;
    }
    if (Stored(*tensor) == expected) return InvalidArgument("the data has more elements than the shape");
    if (!PutValue(item, base64, tensor)) {
      return InvalidArgument(std::string("a value of the data is no ") + RowOf(tensor->type).name);
    }
  }
  return {};
}

Json Number(float value) {
  if (!std::isfinite(value)) return nullptr;
  return line::ShortDecimal(value);
}

template <typename T>
Json Numbers(const TensorValue& tensor) {
  Json data = Json::array();
  for (size_t i = 0; i < Stored(tensor); ++i) data.push_back(At<T>(tensor, i));
  return data;
}

}  // namespace

const char* DatatypeName(Datatype type) { return RowOf(type).name; }

size_t DatatypeBytes(Datatype type) { return RowOf(type).bytes; }

Result<Datatype> ParseDatatype(std::string_view name) {
  std::string known;
  for (const Row& row : kRows) {
    if (name == row.name) return row.type;
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  return InvalidArgument("datatype '" + std::string(name) + "' is not served", "", "served are " + known);
}

Result<size_t> ElementCount(std::span<const int64_t> shape) {
  const auto count = CheckedProduct(shape);
  if (!count || *count > std::numeric_limits<int32_t>::max()) return InvalidArgument("the shape is out of range");
  return static_cast<size_t>(*count);
}

Status FromJson(const Json& data, bool base64, TensorValue* tensor) {
  VITRT_ASSIGN_OR_RETURN(const size_t expected, ElementCount(tensor->shape));
  if (!data.is_array()) return InvalidArgument("the data is no array");
  VITRT_RETURN_IF_ERROR(PutNested(data, base64, expected, 0, tensor));
  if (Stored(*tensor) != expected) return WrongCount(Stored(*tensor), expected);
  return {};
}

Status FromBinary(std::string_view data, TensorValue* tensor) {
  VITRT_ASSIGN_OR_RETURN(const size_t expected, ElementCount(tensor->shape));
  if (tensor->type != Datatype::kBytes) {
    if (data.size() != expected * DatatypeBytes(tensor->type)) {
      return InvalidArgument("the binary data has " + std::to_string(data.size()) + " bytes, the shape needs " +
                             std::to_string(expected * DatatypeBytes(tensor->type)));
    }
    const auto bytes = std::as_bytes(std::span(data));
    tensor->bytes.assign(bytes.begin(), bytes.end());
    return {};
  }
  while (!data.empty()) {
    uint32_t length = 0;
    if (data.size() < sizeof length) return InvalidArgument("a BYTES element has no whole length");
    std::memcpy(&length, data.data(), sizeof length);
    data.remove_prefix(sizeof length);
    if (length > data.size()) return InvalidArgument("a BYTES element is longer than the data");
    if (tensor->elements.size() == expected) return InvalidArgument("the data has more elements than the shape");
    tensor->elements.emplace_back(data.substr(0, length));
    data.remove_prefix(length);
  }
  if (tensor->elements.size() != expected) return WrongCount(tensor->elements.size(), expected);
  return {};
}

Json ToJson(const TensorValue& tensor) {
  switch (tensor.type) {
    case Datatype::kBool: {
      Json data = Json::array();
      for (const std::byte value : tensor.bytes) data.push_back(value != std::byte{0});
      return data;
    }
    case Datatype::kUint8:
      return Numbers<uint8_t>(tensor);
    case Datatype::kUint32:
      return Numbers<uint32_t>(tensor);
    case Datatype::kInt32:
      return Numbers<int32_t>(tensor);
    case Datatype::kInt64:
      return Numbers<int64_t>(tensor);
    case Datatype::kFp32: {
      Json data = Json::array();
      for (size_t i = 0; i < Stored(tensor); ++i) data.push_back(Number(At<float>(tensor, i)));
      return data;
    }
    case Datatype::kBytes:
      return tensor.elements;
  }
  return nullptr;
}

std::string ToBinary(const TensorValue& tensor) {
  if (tensor.type != Datatype::kBytes) {
    return std::string(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  }
  std::string data;
  for (const std::string& element : tensor.elements) {
    const auto length = static_cast<uint32_t>(element.size());
    data.append(reinterpret_cast<const char*>(&length), sizeof length);
    data += element;
  }
  return data;
}

}  // namespace vitrt::serve
