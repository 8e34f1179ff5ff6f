#include "runtime/plan/reader.h"

#include <doctest/doctest.h>

#include <cstring>

#include "runtime/base/file_bytes.h"
#include "runtime/plan/checksum.h"
#include "runtime/plan/plan_format.h"
#include "runtime/plan/writer.h"
#include "tests/plan/test_plan.h"

using namespace vitrt;

namespace {

// The header of a file in memory, and the way to make its checksum right again.
plan::PlanHeader& Header(AlignedBuffer& file) { return *reinterpret_cast<plan::PlanHeader*>(file.data()); }
void Sign(AlignedBuffer& file) {
  Header(file).header_checksum = plan::PlainChecksum(file.span().first(offsetof(plan::PlanHeader, header_checksum)));
}

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_SUITE("runtime/plan/reader") {
  TEST_CASE("reads back what the writer wrote") {
    const test::TestPlan model = test::TwoExitPlan(0.5f);
    const AlignedBuffer file = model.File();
    const auto view = plan::ReadPlan(file.span());
    REQUIRE_MESSAGE(view.ok(), view.status().ToString());
    CHECK(view->tables->exits()->size() == 2);
    REQUIRE(view->weights.size() == model.weights.size());
    CHECK(std::memcmp(view->weights.data(), model.weights.data(), model.weights.size()) == 0);
    CHECK(reinterpret_cast<uintptr_t>(view->weights.data()) % 64 == 0);
  }

  TEST_CASE("the same tables and weights give the same file") {
    const AlignedBuffer a = test::TwoExitPlan(0.5f).File(), b = test::TwoExitPlan(0.5f).File();
    REQUIRE(a.size() == b.size());
    CHECK(std::memcmp(a.data(), b.data(), a.size()) == 0);
  }

  TEST_CASE("refuses every truncation") {
    const AlignedBuffer file = test::TwoExitPlan(0.5f).File();
    for (size_t size = 0; size < file.size(); size += size < 4096 ? 1 : 61) {
      const auto view = plan::ReadPlan(file.span().first(size));
      REQUIRE_MESSAGE(!view.ok(), "accepted the first ", size, " bytes");
      CHECK(view.status().code() == StatusCode::kBadPlan);
    }
  }

  TEST_CASE("refuses every flipped bit of header, tables and padding, and seeded ones of the weights") {
    AlignedBuffer file = test::TwoExitPlan(0.5f).File();
    const uint64_t weights = Header(file).sections[1].offset;
    uint64_t state = 1;
    for (size_t at = 0; at < file.size(); at += at < weights ? 1 : 1 + (state >> 60)) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      const auto bit = static_cast<std::byte>(1u << (state >> 61));
      file.data()[at] ^= bit;
      const auto view = plan::ReadPlan(file.span());
      REQUIRE_MESSAGE(!view.ok(), "accepted a flip at byte ", at);
      REQUIRE(view.status().code() == StatusCode::kBadPlan);
      file.data()[at] ^= bit;
    }
    CHECK(plan::ReadPlan(file.span()).ok());
  }

  TEST_CASE("survives every flipped bit of the tables with all checksums made right again") {
    AlignedBuffer file = test::TwoExitPlan(0.5f).File();
    const plan::Section tables = Header(file).sections[0];
    int accepted = 0;
    for (uint64_t bit = 0; bit < tables.bytes * 8; ++bit) {
      std::byte& at = file.data()[tables.offset + bit / 8];
      at ^= static_cast<std::byte>(1u << bit % 8);
      Header(file).sections[0].checksum = plan::SectionChecksum(file.span().subspan(tables.offset, tables.bytes), 1);
      Sign(file);
      const auto view = plan::ReadPlan(file.span(), {.verify_weights = false});
      accepted += view.ok();
      if (!view.ok()) REQUIRE(view.status().code() == StatusCode::kBadPlan);
      at ^= static_cast<std::byte>(1u << bit % 8);
    }
    CHECK(accepted > 0);  // names, thresholds and the like may change
    CHECK(static_cast<uint64_t>(accepted) < tables.bytes * 8);
  }

  TEST_CASE("refuses a newer format by name of version, whatever follows") {
    AlignedBuffer file = test::TwoExitPlan(0.5f).File();
    Header(file).format_major = 7;
    Header(file).format_minor = 3;
    std::memset(file.data() + sizeof(plan::PlanHeader), 0xff, file.size() - sizeof(plan::PlanHeader));
    const auto view = plan::ReadPlan(file.span());
    REQUIRE(!view.ok());
    CHECK(view.status().code() == StatusCode::kBadPlan);
    CHECK(Contains(view.status().what(), "format 7.3"));
    CHECK(Contains(view.status().what(), "written by test"));
    CHECK(Contains(view.status().hint(), "newer vitrt"));
  }

  TEST_CASE("takes a newer minor version, but no unknown feature") {
    AlignedBuffer file = test::TwoExitPlan(0.5f).File();
    Header(file).format_minor = plan::kFormatMinor + 1;
    Sign(file);
    CHECK(plan::ReadPlan(file.span()).ok());
    Header(file).required_features = 1;
    Sign(file);
    CHECK(!plan::ReadPlan(file.span()).ok());
  }

  TEST_CASE("refuses sections that lie outside the file, overlap or are not aligned") {
    struct Case {
      const char* title;
      int section;
      uint64_t offset, bytes;
    };
    const AlignedBuffer original = test::TwoExitPlan(0.5f).File();
    const uint64_t size = original.size();
    const Case cases[] = {
        {"tables before the end of the header", 0, 64, 64},
        {"tables beyond the file", 0, size + 64, 64},
        {"tables whose end overflows", 0, 192, UINT64_MAX - 100},
        {"weights not aligned", 1, size - 64, 64},
        {"weights over the tables", 1, 0, size},
        {"weights that end early", 1, 4096, 64},
        {"weights whose end overflows", 1, 4096, UINT64_MAX},
        {"tables of no bytes", 0, 192, 0},
    };
    for (const Case& c : cases) {
      INFO(std::string(c.title));
      auto file = AlignedBuffer::Allocate(size);
      std::memcpy(file->data(), original.data(), size);
      plan::Section& section = Header(*file).sections[c.section];
      section.offset = c.offset;
      section.bytes = c.bytes;
      if (RangeFits(c.offset, c.bytes, size))
        section.checksum = plan::SectionChecksum(file->span().subspan(c.offset, c.bytes), 1);
      Sign(*file);
      const auto view = plan::ReadPlan(file->span());
      REQUIRE(!view.ok());
      CHECK(view.status().code() == StatusCode::kBadPlan);
    }
  }

  TEST_CASE("refuses files that are no plans") {
    auto buffer = AlignedBuffer::Allocate(8192);
    for (int fill : {0, 1, 255}) {
      std::memset(buffer->data(), fill, buffer->size());
      CHECK(plan::ReadPlan(buffer->span()).status().code() == StatusCode::kBadPlan);
    }
    CHECK(plan::ReadPlan({}).status().code() == StatusCode::kBadPlan);
  }
}

TEST_SUITE("runtime/plan/checksum") {
  TEST_CASE("does not depend on the number of threads and sees every chunk") {
    auto buffer = AlignedBuffer::Allocate(3 * plan::kChecksumChunk + 12345);
    for (size_t i = 0; i < buffer->size(); ++i) buffer->data()[i] = static_cast<std::byte>(i * 131 >> 3);
    const uint64_t expected = plan::SectionChecksum(buffer->span(), 1);
    for (int threads : {2, 3, 8}) CHECK(plan::SectionChecksum(buffer->span(), threads) == expected);
    for (size_t at = 0; at < buffer->size(); at += plan::kChecksumChunk / 2 + 1) {
      buffer->data()[at] ^= std::byte{4};
      CHECK(plan::SectionChecksum(buffer->span(), 2) != expected);
      buffer->data()[at] ^= std::byte{4};
    }
  }
}
