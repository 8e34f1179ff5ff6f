// Plans that vitrt 0.1.0 made (tests/engine/plans_0_1_0, make.py): they stay readable, and their outputs the very bits.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/base/isa.h"
#include "tests/plan/test_plan.h"
#include "tests/skip.h"
#include "vitrt/session.h"

using namespace vitrt;

TEST_SUITE_BEGIN("runtime/engine/old_plans");

namespace {

const std::filesystem::path kFolder = std::filesystem::path(VITRT_SOURCE_DIR) / "tests/engine/plans_0_1_0";

std::string ReadBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

// The logits of every exit in order, then the raw outputs.
std::string Outputs(const Engine& engine) {
  auto session = Session::Create(engine, {.threads = 1});
  REQUIRE_MESSAGE(session.ok(), session.status().ToString());
  RunOptions all;
  all.all_exits = true;
  REQUIRE(session->RunTensor(test::Noise(7, 3 * 32 * 32), 1, all).ok());
  std::string bytes;
  for (const ExitInfo& exit : engine.info().exits) {
    const auto logits = std::as_bytes(session->ExitLogits(exit.index));
    bytes.append(reinterpret_cast<const char*>(logits.data()), logits.size());
  }
  for (size_t i = 0; i < engine.info().outputs.size(); ++i) {
    const auto raw = session->Output(static_cast<int>(i));
    bytes.append(reinterpret_cast<const char*>(raw.data()), raw.size());
  }
  return bytes;
}

void Check(Isa isa) {
  const auto best = IsaOf(ReadCpuWords());
  if (!best || isa > *best) return test::Skip(std::string("this CPU has no ") + IsaName(isa));
  int plans = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".plan") continue;
    INFO(entry.path().string());
    const auto engine = Engine::Load(entry.path().string(), {.max_isa = isa});
    REQUIRE_MESSAGE(engine.ok(), engine.status().ToString());
    CHECK(engine->info().producer == "vitrt-convert 0.1.0");
    auto outputs = entry.path();
    outputs.replace_extension(std::string(IsaName(isa)) + ".outputs");
    const std::string expected = ReadBytes(outputs);
    REQUIRE(!expected.empty());
    CHECK_MESSAGE(Outputs(*engine) == expected, "other bits: see make.py if a kernel sums in another order on purpose");
    ++plans;
  }
  CHECK(plans == 4);
}

}  // namespace

TEST_CASE("plans of 0.1.0 give the bits that 0.1.0 gave, SSE4.1") { Check(Isa::kSse41); }
TEST_CASE("plans of 0.1.0 give the bits that 0.1.0 gave, AVX") { Check(Isa::kAvx); }
TEST_CASE("plans of 0.1.0 give the bits that 0.1.0 gave, AVX2") { Check(Isa::kAvx2); }
TEST_CASE("plans of 0.1.0 give the bits that 0.1.0 gave, AVX-512") { Check(Isa::kAvx512); }

TEST_SUITE_END();
