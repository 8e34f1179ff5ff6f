#include "runtime/plan/writer.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/plan/test_plan.h"

using namespace vitrt;

TEST_SUITE("runtime/plan/writer") {
  TEST_CASE("leaves nothing behind when it cannot write") {
    const std::string folder = test::TemporaryPath("writer");
    std::filesystem::create_directory(folder);
    std::filesystem::create_directory(folder + "/taken");  // a plan cannot replace a folder
    std::ofstream(folder + "/taken/file") << "x";
    const std::byte bytes[64] = {};
    for (const char* name : {"/taken", "/missing/model.plan"}) {
      const Status status = plan::WritePlanFile(bytes, bytes, "test", folder + name);
      CHECK(status.code() == StatusCode::kInternal);
      CHECK(status.where() == folder + name);
    }
    int entries = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++entries;
    CHECK(entries == 1);
  }

  TEST_CASE("replaces an existing plan in one piece") {
    const std::string path = test::TemporaryPath("replace.plan");
    std::ofstream(path) << "something else";
    test::TwoExitPlan(0.5f).Write(path);
    std::ifstream file(path, std::ios::binary);
    char magic[8];
    file.read(magic, sizeof magic);
    CHECK(std::string(magic, 8) == "VITRTPLN");
  }

  TEST_CASE("refuses a writer's name that does not fit the header") {
    const std::byte bytes[64] = {};
    CHECK(plan::WritePlanFile(bytes, bytes, "a name that is far too long", test::TemporaryPath("x")).code() ==
          StatusCode::kInvalidArgument);
  }
}
