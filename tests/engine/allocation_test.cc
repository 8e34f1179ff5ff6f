// No allocation after the first run: every malloc of the process is counted.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/plan/test_plan.h"
#include "vitrt/vitrt.h"

namespace {
std::atomic<long> allocations{0};
}  // namespace

// Interposed for the whole program; the real ones come from the C library.
#pragma GCC visibility push(default)  // also the shared libraries' calls come here
// NOLINTBEGIN(bugprone-reserved-identifier): names of the C library
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void* malloc(size_t n) { return ++allocations, __libc_malloc(n); }
void* calloc(size_t n, size_t m) { return ++allocations, __libc_calloc(n, m); }
void* realloc(void* p, size_t n) { return ++allocations, __libc_realloc(p, n); }
void* aligned_alloc(size_t a, size_t n) { return ++allocations, __libc_memalign(a, n); }
}
// NOLINTEND(bugprone-reserved-identifier)
#pragma GCC visibility pop

using namespace vitrt;

TEST_SUITE_BEGIN("runtime/engine/allocation");

TEST_CASE("the counter counts") {
  const long before = allocations;
  void* volatile small = ::operator new(3);  // volatile: a compiler may leave out memory that nobody sees
  ::operator delete(small);
  void* volatile aligned = std::aligned_alloc(64, 64);
  std::free(aligned);
  CHECK(allocations - before >= 2);
}

TEST_CASE("runs allocate nothing after the first") {
  const test::TestPlan plan = test::TwoExitPlan(0.5f);
  const AlignedBuffer file = plan.File();
  for (bool all_exits : {false, true}) {
    for (int threads : {1, 2}) {
      for (int n : {1, 8}) {
        const auto engine = Engine::FromMemory(file.span(), {.use_onednn = false});
        REQUIRE(engine.ok());
        auto session = Session::Create(*engine, {.threads = threads, .max_batch = n});
        REQUIRE(session.ok());
        RunOptions options;
        options.all_exits = all_exits;
        const auto input = test::Noise(1, n * 3 * 8 * 8);
        std::vector<std::byte> pixels(3 * 8 * 8);
        const ImageView frame{
            .data = pixels.data(), .width = 8, .height = 8, .stride = 24, .format = PixelFormat::kRgb8};
        REQUIRE(session->RunTensor(input, n, options).ok());
        const bool takes_images = session->RunFrame(frame, options).ok();
        const long before = allocations;
        for (int i = 0; i < 20; ++i) {
          if (!session->RunTensor(input, n, options).ok()) FAIL("run");
          if (takes_images && !session->RunFrame(frame, options).ok()) FAIL("run");
        }
        const long after = allocations;
        INFO("threads " << threads << ", batch " << n);
        CHECK(after - before == 0);
      }
    }
  }
}

TEST_SUITE_END();
