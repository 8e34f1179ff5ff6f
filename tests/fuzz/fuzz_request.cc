// Any bytes as an infer request: the first two give Inference-Header-Content-Length (65535: there is none), the rest is the
// body. Taken or refused as the client's mistake; what is taken allocates no more than its own size asks for.
#include <cstring>
#include <string_view>

#include "runtime/line/serve/protocol.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrt;
  uint16_t length = 65535;
  if (size < sizeof length) return 0;
  std::memcpy(&length, data, sizeof length);
  const std::string_view body(reinterpret_cast<const char*>(data) + sizeof length, size - sizeof length);
  const auto json_bytes = length == 65535 ? std::nullopt : std::optional<uint64_t>(length);
  const auto request = serve::ParseInferRequest(body, json_bytes);
  fuzz::Require(request.ok() || request.status().code() == StatusCode::kInvalidArgument);
  if (!request.ok()) return 0;
  size_t held = 0;
  for (const serve::InputTensor& input : request->inputs) {
    held += input.value.bytes.size();
    for (const std::string& element : input.value.elements) held += element.size();
    const auto count = serve::ElementCount(input.value.shape);
    fuzz::Require(count.ok());
    const size_t stored = input.value.type == serve::Datatype::kBytes
                              ? input.value.elements.size()
                              : input.value.bytes.size() / serve::DatatypeBytes(input.value.type);
    fuzz::Require(stored == *count);
  }
  fuzz::Require(held <= 8 * size);  // a JSON number of one digit and a comma is 8 bytes as INT64
  return 0;
}
