#include "runtime/digest/sha256.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace vitrt {
namespace {

// FIPS 180-2, appendix B.1, and the empty message.
constexpr std::string_view kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST_CASE("the digest of bytes is that of the standard") {
  CHECK(Sha256(Bytes("abc")) == kAbc);
  CHECK(Sha256({}) == kEmpty);
}

TEST_CASE("the digest of files is that of their bytes, file after file") {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("vitrt_digest_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "a") << "ab";
  std::ofstream(folder / "b") << "c";
  const auto digest = Sha256OfFiles({folder / "a", folder / "b"});
  REQUIRE(digest.ok());
  CHECK(*digest == kAbc);
  CHECK(Sha256OfFiles({folder / "none"}).status().code() == StatusCode::kBadPlan);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace vitrt
