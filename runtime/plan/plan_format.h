// The file around the tables of plan.fbs, shared by the writer and the reader. All integers little-endian.
//
//   offset 0   PlanHeader                     fixed size, readable by every version
//   ...        section kTables                FlatBuffer, root type Plan, 64-byte aligned
//   ...        section kWeights               constants, 4096-byte aligned start, each constant 64-byte aligned
//
// A reader looks at magic and format_major before anything else. A newer format_major is refused by name of version; a
// newer format_minor is read unless required_features has a bit that the reader does not know (enum Feature in plan.fbs,
// features.h), and then refused by name of what it is for. Fields are only appended.
// Checksum of a section: XXH3 64-bit of the array of little-endian XXH3 64-bit values of its consecutive chunks of
// kChecksumChunk bytes (the last one may be shorter; none for an empty section), so that a reader can hash on all
// cores.
#pragma once

#include <cstdint>

namespace vitrt::plan {

inline constexpr char kMagic[8] = {'V', 'I', 'T', 'R', 'T', 'P', 'L', 'N'};
inline constexpr uint32_t kFormatMajor = 1;
inline constexpr uint32_t kFormatMinor = 1;  // 1: required features
inline constexpr uint64_t kTablesAlignment = 64;
inline constexpr uint64_t kWeightsAlignment = 4096;  // of the section in the file
inline constexpr uint64_t kChecksumChunk = uint64_t{1} << 20;
inline constexpr uint64_t kConstantAlignment = 64;  // of each constant in the section, of each activation in the arena

enum class SectionKind : uint32_t { kTables = 1, kWeights = 2 };

struct Section {
  SectionKind kind;
  uint32_t reserved;  // 0
  uint64_t offset;    // from the start of the file
  uint64_t bytes;
  uint64_t checksum;  // SectionChecksum (checksum.h) of the bytes
};
static_assert(sizeof(Section) == 32);

struct PlanHeader {
  char magic[8];
  uint32_t format_major;
  uint32_t format_minor;
  uint32_t header_bytes;       // sizeof(PlanHeader) of the writer
  uint32_t section_count;      // 2
  uint64_t required_features;  // bits a reader must know (enum Feature); none are known in format 1.0
  uint64_t file_bytes;
  char written_by[24];  // "vitrt-convert 0.1.0", zero-filled: named when the version is refused
  Section sections[2];
  uint64_t header_checksum;  // XXH3 64-bit of all bytes before this field
};
static_assert(sizeof(PlanHeader) == 64 + 64 + 8);

}  // namespace vitrt::plan
