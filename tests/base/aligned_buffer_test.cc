#include "runtime/base/aligned_buffer.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

using namespace vitrt;

namespace {

bool SystemHasHugePages() { return std::filesystem::exists("/sys/kernel/mm/transparent_hugepage"); }

// Whether the mapping that holds `address` is marked for huge pages (proc_pid_smaps(5), VmFlags: hg).
bool MarkedHuge(const void* address) {
  std::ifstream smaps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    unsigned long begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) inside = begin <= wanted && wanted < end;
    if (inside && line.starts_with("VmFlags:")) return line.find(" hg") != std::string::npos;
  }
  return false;
}

}  // namespace

TEST_SUITE("runtime/base/aligned_buffer") {
  TEST_CASE("gives memory at the start of a cache line, or of a huge page") {
    for (const size_t bytes : {size_t{1}, size_t{64}, size_t{5000000}}) {
      for (const auto& [pages, unit] :
           {std::pair(Pages::kNormal, AlignedBuffer::kAlignment), {Pages::kHuge, AlignedBuffer::kHugePage}}) {
        const auto buffer = AlignedBuffer::Allocate(bytes, pages);
        REQUIRE(buffer.ok());
        CHECK(buffer->size() == bytes);
        CHECK(reinterpret_cast<uintptr_t>(buffer->data()) % unit == 0);
        std::memset(buffer->data(), 1, bytes);
      }
    }
  }

  TEST_CASE("tells the system about huge pages only where they were asked for") {
    if (!SystemHasHugePages()) {
      MESSAGE("skipped: this system has no transparent huge pages");
      return;
    }
    const size_t bytes = 4 * AlignedBuffer::kHugePage;
    const auto normal = AlignedBuffer::Allocate(bytes), huge = AlignedBuffer::Allocate(bytes, Pages::kHuge);
    REQUIRE(normal.ok());
    REQUIRE(huge.ok());
    CHECK_FALSE(MarkedHuge(normal->data()));
    CHECK(MarkedHuge(huge->data()));
  }

  TEST_CASE("refuses what no address space holds, and gives nothing for nothing") {
    for (const Pages pages : {Pages::kNormal, Pages::kHuge}) {
      CHECK_FALSE(AlignedBuffer::Allocate(SIZE_MAX, pages).ok());
      const auto nothing = AlignedBuffer::Allocate(0, pages);
      REQUIRE(nothing.ok());
      CHECK(nothing->data() == nullptr);
      CHECK(nothing->size() == 0);
    }
  }
}
