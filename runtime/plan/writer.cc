#include "runtime/plan/writer.h"

#include <algorithm>
#include <cstring>

#include "runtime/base/check.h"
#include "runtime/base/checked_math.h"
#include "runtime/base/cpus.h"
#include "runtime/plan/checksum.h"
#include "runtime/plan/features.h"
#include "runtime/plan/plan_format.h"

namespace vitrt::plan {
namespace {

Status WriteZeros(PendingFile* file, uint64_t count) {
  static constexpr std::byte kZeros[kWeightsAlignment] = {};
  for (; count > 0; count -= std::min<uint64_t>(count, sizeof kZeros)) {
    VITRT_RETURN_IF_ERROR(file->Write(std::span(kZeros).first(std::min<uint64_t>(count, sizeof kZeros))));
  }
  return {};
}

Section Describe(SectionKind kind, uint64_t offset, std::span<const std::byte> bytes) {
  return {kind, 0, offset, bytes.size(), SectionChecksum(bytes, DefaultThreads())};
}

}  // namespace

Status WritePlan(std::span<const std::byte> tables, std::span<const std::byte> weights, std::string_view written_by,
                 PendingFile* file) {
  PlanHeader header = {};
  if (written_by.size() >= sizeof header.written_by)
    return InvalidArgument("the writer's name is too long", std::string(written_by));
  const uint64_t tables_offset = AlignUp(sizeof header, kTablesAlignment);
  const uint64_t weights_offset = AlignUp(tables_offset + tables.size(), kWeightsAlignment);

  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.format_major = kFormatMajor;
  header.format_minor = kFormatMinor;
  header.header_bytes = sizeof header;
  header.section_count = 2;
  header.required_features = DeclaredFeatures(*GetPlan(tables.data()));
  header.file_bytes = weights_offset + weights.size();
  std::memcpy(header.written_by, written_by.data(), written_by.size());
  header.sections[0] = Describe(SectionKind::kTables, tables_offset, tables);
  header.sections[1] = Describe(SectionKind::kWeights, weights_offset, weights);
  const auto header_bytes = std::as_bytes(std::span(&header, 1));
  header.header_checksum = PlainChecksum(header_bytes.first(offsetof(PlanHeader, header_checksum)));

  VITRT_RETURN_IF_ERROR(file->Write(header_bytes));
  VITRT_RETURN_IF_ERROR(WriteZeros(file, tables_offset - sizeof header));
  VITRT_RETURN_IF_ERROR(file->Write(tables));
  VITRT_RETURN_IF_ERROR(WriteZeros(file, weights_offset - tables_offset - tables.size()));
  return file->Write(weights);
}

Status WritePlanFile(std::span<const std::byte> tables, std::span<const std::byte> weights, std::string_view written_by,
                     const std::string& path) {
  VITRT_ASSIGN_OR_RETURN(PendingFile file, PendingFile::Create(path));
  VITRT_RETURN_IF_ERROR(WritePlan(tables, weights, written_by, &file));
  return file.Commit();
}

}  // namespace vitrt::plan
