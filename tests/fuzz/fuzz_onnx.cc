// Any bytes as an ONNX file: imported, or refused as kBadPlan or kUnsupported.
#include "converters/onnx/import.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrt;
  const fuzz::MemoryFile file(data, size);
  const auto graph = convert::ImportOnnx(file.path());
  fuzz::Require(graph.ok() || graph.status().code() == StatusCode::kBadPlan ||
                graph.status().code() == StatusCode::kUnsupported);
  return 0;
}
