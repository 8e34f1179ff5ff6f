#include "runtime/plan/reader.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <string>

#include "runtime/base/check.h"
#include "runtime/base/checked_math.h"
#include "runtime/plan/checksum.h"
#include "runtime/plan/features.h"
#include "runtime/plan/plan_format.h"
#include "runtime/plan/validate.h"

namespace vitrt::plan {
namespace {

static_assert(std::endian::native == std::endian::little);

// The largest buffer FlatBuffers can address.
constexpr uint64_t kMaxTables = FLATBUFFERS_MAX_BUFFER_SIZE - 1;

std::string WrittenBy(const PlanHeader& header) {
  const char* begin = header.written_by;
  std::string name(begin, std::find(begin, begin + sizeof header.written_by, '\0'));
  const bool readable =
      !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return readable ? name : "an unnamed writer";
}

std::string Version(uint32_t major, uint32_t minor) { return std::to_string(major) + "." + std::to_string(minor); }

// Magic and version come first: nothing else of a newer header is looked at.
Status CheckVersion(std::span<const std::byte> file, PlanHeader* header) {
  if (file.size() < sizeof kMagic || std::memcmp(file.data(), kMagic, sizeof kMagic) != 0) {
    return BadPlan("not a vitrt plan", "", "make one with vitrt-convert");
  }
  if (file.size() < sizeof *header) return BadPlan("truncated plan: the header is incomplete");
  std::memcpy(header, file.data(), sizeof *header);
  if (header->format_major != kFormatMajor) {
    return BadPlan("plan format " + Version(header->format_major, header->format_minor) + " written by " +
                       WrittenBy(*header) + "; this vitrt reads format " + Version(kFormatMajor, kFormatMinor),
                   "", header->format_major > kFormatMajor ? "use a newer vitrt" : "convert the model again");
  }
  return {};
}

Status CheckHeaderChecksum(std::span<const std::byte> file, const PlanHeader& header) {
  const uint64_t checksum = PlainChecksum(file.first(offsetof(PlanHeader, header_checksum)));
  if (checksum != header.header_checksum) return BadPlan("damaged plan: the header's checksum does not match");
  return {};
}

Status CheckSizes(std::span<const std::byte> file, const PlanHeader& header) {
  if (header.header_bytes < sizeof header || header.section_count != 2)
    return BadPlan("damaged plan: impossible header");
  if (header.file_bytes != file.size()) {
    return BadPlan("the plan is " + std::to_string(file.size()) + " bytes long, its header says " +
                   std::to_string(header.file_bytes));
  }
  return {};
}

// Both sections lie in the file, after the header, aligned and apart.
Status CheckSections(std::span<const std::byte> file, const PlanHeader& header) {
  const Section& tables = header.sections[0];
  const Section& weights = header.sections[1];
  if (tables.kind != SectionKind::kTables || weights.kind != SectionKind::kWeights)
    return BadPlan("damaged plan: unknown sections");
  if (tables.offset < header.header_bytes || !RangeFits(tables.offset, tables.bytes, file.size()) ||
      !RangeFits(weights.offset, weights.bytes, file.size()) || weights.offset < tables.offset + tables.bytes ||
      weights.offset + weights.bytes != file.size()) {
    return BadPlan("damaged plan: a section lies outside the file");
  }
  if (tables.offset % kTablesAlignment != 0 || weights.offset % kWeightsAlignment != 0) {
    return BadPlan("damaged plan: a section is not aligned");
  }
  if (tables.bytes > kMaxTables) return BadPlan("the plan's tables are too large");
  return {};
}

// What no checksum covers is zero: every byte of a plan is accounted for.
Status CheckPadding(std::span<const std::byte> file, const PlanHeader& header) {
  const uint64_t tables_end = header.sections[0].offset + header.sections[0].bytes;
  const auto is_zero = [&](uint64_t begin, uint64_t end) {
    return std::all_of(file.begin() + begin, file.begin() + end, [](std::byte b) { return b == std::byte{0}; });
  };
  if (is_zero(sizeof header, header.sections[0].offset) && is_zero(tables_end, header.sections[1].offset)) return {};
  return BadPlan("damaged plan: the padding between sections is not zero");
}

Status CheckChecksum(std::span<const std::byte> bytes, const Section& section, const char* name, int threads) {
  if (SectionChecksum(bytes, threads) != section.checksum) {
    return BadPlan(std::string("damaged plan: the checksum of the ") + name + " does not match");
  }
  return {};
}

// What the verifier of FlatBuffers leaves out: it looks where the length of a vector lies, not where its elements do.
bool IsAligned(const flatbuffers::Vector<int64_t>* vector) {
  return vector == nullptr || reinterpret_cast<uintptr_t>(vector->Data()) % alignof(int64_t) == 0;
}
bool VectorsAligned(const Plan& plan) {
  for (size_t i = 0; plan.values() != nullptr && i < plan.values()->size(); ++i) {
    if (!IsAligned(plan.values()->Get(i)->dims())) return false;
  }
  for (size_t i = 0; plan.steps() != nullptr && i < plan.steps()->size(); ++i) {
    const Step& step = *plan.steps()->Get(i);
    if (const Slice* op = step.op_as_Slice(); op && !(IsAligned(op->starts()) && IsAligned(op->steps()))) return false;
    if (const Pad* op = step.op_as_Pad(); op && !(IsAligned(op->begins()) && IsAligned(op->ends()))) return false;
    if (const Tile* op = step.op_as_Tile(); op && !IsAligned(op->repeats())) return false;
  }
  return true;
}

Result<const Plan*> VerifyTables(std::span<const std::byte> tables) {
  const auto* data = reinterpret_cast<const uint8_t*>(tables.data());
  flatbuffers::Verifier verifier(data, tables.size());
  if (tables.size() < 16 || !VerifyPlanBuffer(verifier) || !VectorsAligned(*GetPlan(data))) {
    return BadPlan("damaged plan: the tables are not well-formed");
  }
  return GetPlan(data);
}

// The header has a bit that this runtime does not know. The tables may say in words what it is for; they are looked at
// as far as they can be read at all.
Status RefuseFeatures(std::span<const std::byte> file, const PlanHeader& header) {
  std::string needed_for;
  if (CheckSizes(file, header).ok() && CheckSections(file, header).ok()) {
    const auto bytes = file.subspan(header.sections[0].offset, header.sections[0].bytes);
    const bool sound = CheckChecksum(bytes, header.sections[0], "tables", 1).ok();
    if (auto tables = VerifyTables(bytes); sound && tables.ok()) needed_for = UnknownFeatures(**tables);
  }
  return BadPlan("the plan needs a newer vitrt, for " +
                     (needed_for.empty() ? "features it does not name" : needed_for) + "; it was written by " +
                     WrittenBy(header) + " in format " + Version(header.format_major, header.format_minor),
                 "", "use a newer vitrt, or convert the model with the vitrt-convert of this one");
}

}  // namespace

Result<PlanView> ReadPlan(std::span<const std::byte> file, const ReadOptions& options) {
  PlanHeader header;
  VITRT_RETURN_IF_ERROR(CheckVersion(file, &header));
  VITRT_RETURN_IF_ERROR(CheckHeaderChecksum(file, header));
  if ((header.required_features & ~KnownFeatures()) != 0) return RefuseFeatures(file, header);
  VITRT_RETURN_IF_ERROR(CheckSizes(file, header));
  VITRT_RETURN_IF_ERROR(CheckSections(file, header));
  VITRT_RETURN_IF_ERROR(CheckPadding(file, header));
  const auto section = [&](int i) { return file.subspan(header.sections[i].offset, header.sections[i].bytes); };

  PlanView view;
  view.table_bytes = section(0);
  view.weights = section(1);
  VITRT_RETURN_IF_ERROR(CheckChecksum(view.table_bytes, header.sections[0], "tables", 1));
  VITRT_ASSIGN_OR_RETURN(view.tables, VerifyTables(view.table_bytes));
  if (DeclaredFeatures(*view.tables) != header.required_features)
    return BadPlan("damaged plan: header and tables differ in the features that are required");
  VITRT_RETURN_IF_ERROR(ValidatePlan(*view.tables, view.weights.size()));
  if (options.verify_weights) {
    VITRT_RETURN_IF_ERROR(CheckChecksum(view.weights, header.sections[1], "weights", options.threads));
  }
  return view;
}

std::string PlanIdentity(std::span<const std::byte> file) {
  PlanHeader header;
  std::memcpy(&header, file.data(), sizeof header);
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(header.header_checksum));
  return text;
}

}  // namespace vitrt::plan
