// Any bytes as the tables of a plan whose header and checksums are right: what the FlatBuffers verifier and the
// validator let through must run. The weights are one block of fixed numbers.
#include <cstring>

#include "runtime/plan/checksum.h"
#include "runtime/plan/plan_format.h"
#include "tests/fuzz/run_plan.h"

namespace {

constexpr size_t kWeightBytes = 64 << 10;

size_t Up(size_t value, size_t to) { return (value + to - 1) / to * to; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrt;
  if (size == 0 || size > (1 << 20)) return 0;
  const size_t tables_at = Up(sizeof(plan::PlanHeader), plan::kTablesAlignment);
  const size_t weights_at = Up(tables_at + size, plan::kWeightsAlignment);
  auto file = AlignedBuffer::Allocate(weights_at + kWeightBytes);
  if (!file.ok()) return 0;
  std::memset(file->data(), 0, file->size());
  std::memcpy(file->data() + tables_at, data, size);
  for (size_t i = 0; i < kWeightBytes / sizeof(float); ++i) {
    const float value = static_cast<float>(i % 13) / 13 - 0.5f;
    std::memcpy(file->data() + weights_at + i * sizeof(float), &value, sizeof value);
  }
  plan::PlanHeader header{};
  std::memcpy(header.magic, plan::kMagic, sizeof header.magic);
  header.format_major = plan::kFormatMajor;
  header.format_minor = plan::kFormatMinor;
  header.header_bytes = sizeof header;
  header.section_count = 2;
  header.file_bytes = file->size();
  const auto section = [&](plan::SectionKind kind, size_t at, size_t bytes) {
    return plan::Section{kind, 0, at, bytes, plan::SectionChecksum(file->span().subspan(at, bytes), 1)};
  };
  header.sections[0] = section(plan::SectionKind::kTables, tables_at, size);
  header.sections[1] = section(plan::SectionKind::kWeights, weights_at, kWeightBytes);
  header.header_checksum =
      plan::PlainChecksum(std::as_bytes(std::span(&header, 1)).first(offsetof(plan::PlanHeader, header_checksum)));
  std::memcpy(file->data(), &header, sizeof header);
  fuzz::LoadAndRun(*file);
  return 0;
}
