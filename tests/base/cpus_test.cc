#include "runtime/base/cpus.h"

#include <doctest/doctest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/base/os/thread.h"

using namespace vitrt;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("vitrt_cpus_test_" + std::to_string(getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  void Write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }
  int Quota(const std::string& groups) const {
    Write("groups", groups);
    return QuotaCpus((path_ / "groups").c_str(), path_.c_str());
  }

 private:
  fs::path path_;
};

}  // namespace

TEST_SUITE("runtime/base/cpus") {
  TEST_CASE("finds the least quota of a group and those around it, version 2") {
    const Folder folder;
    CHECK(folder.Quota("0::/a/b\n") == 0);
    folder.Write("a/b/cpu.max", "max 100000\n");
    CHECK(folder.Quota("0::/a/b\n") == 0);
    folder.Write("a/cpu.max", "250000 100000\n");
    CHECK(folder.Quota("0::/a/b\n") == 3);
    folder.Write("a/b/cpu.max", "150000 100000\n");
    CHECK(folder.Quota("0::/a/b\n") == 2);
    folder.Write("cpu.max", "50000 100000\n");
    CHECK(folder.Quota("0::/a/b\n") == 1);
    CHECK(folder.Quota("0::/\n") == 1);
  }

  TEST_CASE("finds the quota of version 1, whatever controllers share its hierarchy") {
    const Folder folder;
    folder.Write("cpu/x/cpu.cfs_quota_us", "400000\n");
    folder.Write("cpu/x/cpu.cfs_period_us", "100000\n");
    folder.Write("cpu/cpu.cfs_quota_us", "-1\n");
    folder.Write("cpu/cpu.cfs_period_us", "100000\n");
    CHECK(folder.Quota("7:memory:/x\n4:cpu,cpuacct:/x\n") == 4);
    CHECK(folder.Quota("7:memory:/x\n4:cpuset:/x\n") == 0);
  }

  TEST_CASE("knows no quota where nothing can be read") {
    const Folder folder;
    CHECK(folder.Quota("") == 0);
    CHECK(folder.Quota("nonsense\n::\n") == 0);
    CHECK(QuotaCpus("/nowhere", "/nowhere") == 0);
  }

  TEST_CASE("the default number of threads obeys the affinity mask") {
    cpu_set_t before;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    const auto cpus = AllowedCpus(), cores = AllowedCores();
    CHECK(static_cast<int>(cpus.size()) == CPU_COUNT(&before));
    CHECK(std::includes(cpus.begin(), cpus.end(), cores.begin(), cores.end()));
    CHECK(DefaultThreads() >= 1);
    CHECK(DefaultThreads() <= static_cast<int>(cores.size()));
    REQUIRE(os::PinThisThread(cpus.back()));
    CHECK(AllowedCpus() == std::vector<int>{cpus.back()});
    CHECK(DefaultThreads() == 1);
    sched_setaffinity(0, sizeof before, &before);
  }
}
