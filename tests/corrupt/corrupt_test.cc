// Damaged plans: every truncation and 10,000 seeded bit flips of a converted golden model. Each must be refused as a
// bad plan or, where the damaged bits do not matter, give the logits of the sound plan bit for bit. Run under ASan and
// UBSan too.
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "vitrt/vitrt.h"

namespace {

// The plan that the ctest fixture converts; 64-byte aligned as Engine::FromMemory asks.
class Bytes {
 public:
  explicit Bytes(size_t size)
      : data_(static_cast<std::byte*>(std::aligned_alloc(64, (size + 63) / 64 * 64))), size_(size) {}
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes() { std::free(data_); }
  std::byte* data() { return data_; }
  std::span<const std::byte> first(size_t n) const { return {data_, n}; }
  size_t size() const { return size_; }

 private:
  std::byte* data_;
  size_t size_;
};

std::vector<char> ReadGolden() {
  const char* path = std::getenv("VITRT_GOLDEN_PLAN");
  REQUIRE_MESSAGE(path != nullptr, "VITRT_GOLDEN_PLAN names the plan");
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

// Logits of the last exit on a fixed input.
std::vector<float> Logits(const vitrt::Engine& engine) {
  auto session = vitrt::Session::Create(engine, {.threads = 1, .max_batch = 1});
  REQUIRE(session.ok());
  int64_t size = 1;
  for (int64_t d : engine.info().input.dims) size *= d;
  std::vector<float> input(size);
  for (int64_t i = 0; i < size; ++i) input[i] = static_cast<float>(i % 17) / 8 - 1;
  auto predictions = session->RunTensor(input, 1);
  REQUIRE(predictions.ok());
  const auto logits = predictions->front().logits;
  return {logits.begin(), logits.end()};
}

}  // namespace

TEST_SUITE_BEGIN("corrupt");

TEST_CASE("every truncation is refused") {
  const std::vector<char> sound = ReadGolden();
  Bytes bytes(sound.size());
  std::memcpy(bytes.data(), sound.data(), sound.size());
  REQUIRE(vitrt::Engine::FromMemory(bytes.first(sound.size())).ok());
  for (size_t n = 0; n < sound.size(); ++n) {
    const auto engine = vitrt::Engine::FromMemory(bytes.first(n));
    if (engine.ok() || engine.status().code() != vitrt::StatusCode::kBadPlan) {
      CAPTURE(n);
      CHECK(!engine.ok());
      CHECK(engine.status().code() == vitrt::StatusCode::kBadPlan);
      break;
    }
  }
}

TEST_CASE("10,000 seeded bit flips are refused or change nothing") {
  const std::vector<char> sound = ReadGolden();
  Bytes bytes(sound.size());
  std::memcpy(bytes.data(), sound.data(), sound.size());
  const auto reference = vitrt::Engine::FromMemory(bytes.first(sound.size()));
  REQUIRE(reference.ok());
  const std::vector<float> expected = Logits(*reference);
  std::mt19937_64 random(20240607);
  int accepted = 0;
  for (int i = 0; i < 10000; ++i) {
    // Half of the flips in the first 4 KiB, where header and tables are.
    const size_t at = random() % (i % 2 == 0 ? std::min<size_t>(sound.size(), 4096) : sound.size());
    const auto mask = static_cast<std::byte>(1u << (random() % 8));
    bytes.data()[at] ^= mask;
    const auto engine = vitrt::Engine::FromMemory(bytes.first(sound.size()));
    if (engine.ok()) {
      ++accepted;
      CAPTURE(at);
      CHECK(Logits(*engine) == expected);
    } else if (engine.status().code() != vitrt::StatusCode::kBadPlan) {
      CAPTURE(at);
      CHECK_MESSAGE(false, engine.status().ToString());
    }
    bytes.data()[at] ^= mask;
  }
  MESSAGE(accepted << " of 10000 flips fell on bytes that do not matter");
}

TEST_SUITE_END();
