// Any bytes as a tune file: an error, or a file that is written and read back the same.
#include "runtime/engine/tune_file.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrt;
  const auto file = ParseTuneFile({reinterpret_cast<const char*>(data), size});
  if (!file.ok()) {
    fuzz::Require(file.status().code() == StatusCode::kBadInput);
    return 0;
  }
  const std::string text = ToJson(*file);
  const auto again = ParseTuneFile(text);
  fuzz::Require(again.ok() && ToJson(*again) == text);
  return 0;
}
