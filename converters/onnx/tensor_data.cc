#include "converters/onnx/tensor_data.h"

#include <bit>
#include <cstring>
#include <type_traits>

#include "runtime/base/check.h"

namespace vitrt::convert::onnx_import {
namespace {

using ::onnx::TensorProto;

// IEEE 754 half precision to single precision.
float HalfToFloat(uint16_t half) {
  const uint32_t sign = uint32_t{half & 0x8000u} << 16, exponent = (half >> 10) & 31, fraction = half & 1023u;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
  return sign ? -magnitude : magnitude;
}

// bfloat16 is the upper half of a float.
float BFloatToFloat(uint16_t x) { return std::bit_cast<float>(uint32_t{x} << 16); }

// How elements of one ONNX type lie in raw data and in the typed fields of TensorProto.
struct Source {
  const TensorProto& proto;
  const std::string& raw;  // empty: typed fields
  int64_t count;
};

constexpr auto kSame = [](auto x) { return x; };

template <typename From, typename To, typename F>
void FromRaw(const Source& s, To* out, F convert) {
  if (std::is_same_v<From, To> && std::is_same_v<F, std::remove_const_t<decltype(kSame)>>) {
    if (s.count > 0) std::memcpy(out, s.raw.data(), static_cast<size_t>(s.count) * sizeof(To));
    return;
  }
  for (int64_t i = 0; i < s.count; ++i) {
    From x;
    std::memcpy(&x, s.raw.data() + static_cast<size_t>(i) * sizeof(From), sizeof(From));
    out[i] = static_cast<To>(convert(x));
  }
}

template <typename From, typename Field, typename To, typename F>
Status Read(const Source& s, const Field& field, To* out, F convert) {
  if (!s.raw.empty() || s.count == 0) {
    if (s.raw.size() != static_cast<size_t>(s.count) * sizeof(From)) {
      return BadPlan("has " + std::to_string(s.raw.size()) + " bytes of data, not " +
                     std::to_string(static_cast<size_t>(s.count) * sizeof(From)));
    }
    FromRaw<From>(s, out, convert);
    return {};
  }
  if (field.size() != s.count) {
    return BadPlan("has " + std::to_string(field.size()) + " elements, not " + std::to_string(s.count));
  }
  for (int i = 0; i < field.size(); ++i) out[i] = static_cast<To>(convert(static_cast<From>(field.Get(i))));
  return {};
}

Status Convert(const Source& s, MutableTensor& out) {
  const TensorProto& p = s.proto;
  switch (p.data_type()) {
    case TensorProto::FLOAT:
      return Read<float>(s, p.float_data(), out.data<float>(), kSame);
    case TensorProto::DOUBLE:
      return Read<double>(s, p.double_data(), out.data<float>(), kSame);
    case TensorProto::FLOAT16:
      return Read<uint16_t>(s, p.int32_data(), out.data<float>(), HalfToFloat);
    case TensorProto::BFLOAT16:
      return Read<uint16_t>(s, p.int32_data(), out.data<float>(), BFloatToFloat);
    case TensorProto::UINT8:
      return Read<uint8_t>(s, p.int32_data(), out.data<int32_t>(), kSame);
    case TensorProto::INT8:
      return Read<int8_t>(s, p.int32_data(), out.data<int32_t>(), kSame);
    case TensorProto::UINT16:
      return Read<uint16_t>(s, p.int32_data(), out.data<int32_t>(), kSame);
    case TensorProto::INT16:
      return Read<int16_t>(s, p.int32_data(), out.data<int32_t>(), kSame);
    case TensorProto::INT32:
      return Read<int32_t>(s, p.int32_data(), out.data<int32_t>(), kSame);
    case TensorProto::INT64:
      return Read<int64_t>(s, p.int64_data(), out.data<int64_t>(), kSame);
    case TensorProto::UINT32:
      return Read<uint32_t>(s, p.uint64_data(), out.data<int64_t>(), kSame);
    case TensorProto::UINT64:
      return Read<uint64_t>(s, p.uint64_data(), out.data<int64_t>(), kSame);
    case TensorProto::BOOL:
      return Read<uint8_t>(s, p.int32_data(), out.data<uint8_t>(), [](uint8_t x) { return x != 0; });
    default:
      return Internal("no reader for this element type");
  }
}

uint64_t BytesPerElement(int64_t type) {
  switch (type) {
    case TensorProto::DOUBLE:
    case TensorProto::INT64:
    case TensorProto::UINT64:
      return 8;
    case TensorProto::FLOAT:
    case TensorProto::INT32:
    case TensorProto::UINT32:
      return 4;
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
    case TensorProto::INT16:
    case TensorProto::UINT16:
      return 2;
    default:
      return 1;
  }
}

}  // namespace

Result<ConstantData> ReadTensor(const TensorProto& proto, ExternalData& external) {
  const std::string where = "tensor '" + proto.name() + "'";
  const auto dtype = ImportedDType(proto.data_type());
  if (!dtype)
    return ConstantData{
        {}, "element type " + ElementTypeName(proto.data_type()) + " is not supported", proto.data_type()};
  if (proto.has_segment()) return BadPlan("is stored in segments", where);
  const Shape shape(proto.dims().begin(), proto.dims().end());
  if (Status status = CheckShape(shape); !status.ok()) return std::move(status).Within(where);

  std::string loaded;
  const bool is_external = proto.data_location() == TensorProto::EXTERNAL;
  if (is_external) {
    const uint64_t bytes = static_cast<uint64_t>(NumElements(shape)) * BytesPerElement(proto.data_type());
    auto data = ReadExternalData(proto, bytes, external);
    if (!data.ok()) return Status(data.status()).Within(where);
    loaded = std::move(data).value();
  }
  // Sizes are compared before memory is taken for a tensor that the file does not hold.
  const Source source{proto, is_external ? loaded : proto.raw_data(), NumElements(shape)};
  const int64_t stored = static_cast<int64_t>(source.raw.size()) + proto.float_data_size() + proto.int32_data_size() +
                         proto.int64_data_size() + proto.double_data_size() + proto.uint64_data_size();
  if (stored < source.count) {
    return BadPlan("has fewer elements than its shape " + ToString(shape) + " says", where);
  }
  MutableTensor tensor(*dtype, shape);
  if (Status status = Convert(source, tensor); !status.ok()) return std::move(status).Within(where);
  return ConstantData{std::move(tensor).Freeze(), {}, proto.data_type()};
}

}  // namespace vitrt::convert::onnx_import
