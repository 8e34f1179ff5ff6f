// Any bytes as a plan file.
#include <cstring>

#include "tests/fuzz/run_plan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto file = vitrt::AlignedBuffer::Allocate(size);
  if (!file.ok() || size == 0) return 0;
  std::memcpy(file->data(), data, size);
  vitrt::fuzz::LoadAndRun(*file);
  return 0;
}
