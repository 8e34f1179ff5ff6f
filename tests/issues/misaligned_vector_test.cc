// The verifier of FlatBuffers accepted 8-byte numbers at an address that is no multiple of 8 (found by fuzzing the
// tables of a plan).
#include <doctest/doctest.h>

#include "runtime/plan/checksum.h"
#include "runtime/plan/plan_format.h"
#include "runtime/plan/reader.h"
#include "tests/plan/test_plan.h"

namespace vitrt::test {
namespace {

TEST_CASE("a vector of 8-byte numbers that lies askew makes a damaged plan") {
  AlignedBuffer file = TwoExitPlan(0.5f).File();
  plan::PlanHeader& header = *reinterpret_cast<plan::PlanHeader*>(file.data());
  const auto tables = file.span().subspan(header.sections[0].offset, header.sections[0].bytes);
  const auto sign = [&] {
    header.sections[0].checksum = plan::SectionChecksum(tables, 1);
    header.header_checksum = plan::PlainChecksum(file.span().first(offsetof(plan::PlanHeader, header_checksum)));
  };
  sign();
  REQUIRE(plan::ReadPlan(file.span()).ok());

  // The first dim, a batch of 1, becomes the length; the vector then has one element, 4 bytes off.
  const auto* data = reinterpret_cast<const uint8_t*>(tables.data());
  const plan::Value* value = plan::GetPlan(data)->values()->Get(0);
  REQUIRE(value->dims()->size() > 1);
  REQUIRE(value->dims()->Get(0) == 1);
  auto* offset = reinterpret_cast<flatbuffers::uoffset_t*>(
      const_cast<uint8_t*>(reinterpret_cast<const flatbuffers::Table*>(value)->GetAddressOf(plan::Value::VT_DIMS)));
  *offset += 4;
  sign();
  flatbuffers::Verifier verifier(data, tables.size());
  CHECK(plan::VerifyPlanBuffer(verifier));
  const auto view = plan::ReadPlan(file.span());
  REQUIRE(!view.ok());
  CHECK(view.status().code() == StatusCode::kBadPlan);
  CHECK(view.status().ToString().find("not well-formed") != std::string::npos);
}

}  // namespace
}  // namespace vitrt::test
