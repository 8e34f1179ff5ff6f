#include "runtime/cli/bench/identity.h"

#include "runtime/base/check.h"
#include "runtime/base/cpu_model.h"
#include "runtime/base/file_bytes.h"
#include "runtime/base/isa.h"
#include "runtime/digest/sha256.h"
#include "runtime/engine/inspect.h"

namespace vitrt::cli {

Result<BenchIdentity> IdentityOf(const Engine& engine, int threads) {
  VITRT_ASSIGN_OR_RETURN(const FileBytes file, FileBytes::Open(engine.info().path, FileBytes::Mode::kMap));
  BenchIdentity identity;
  identity.cpu = CpuModel();
  identity.isa = IsaName(engine.isa());
  identity.cpu_features = NamesOf(FeaturesOf(engine));
  identity.threads = threads;
  identity.precision = PrecisionOf(engine);
  identity.model = engine.info().model_name;
  identity.plan_sha256 = Sha256(file.bytes());
  return identity;
}

nlohmann::ordered_json ToJson(const BenchIdentity& i) {
  return {{"cpu", i.cpu},
          {"isa", i.isa},
          {"cpu_features", i.cpu_features},
          {"threads", i.threads},
          {"precision", i.precision},
          {"version", VITRT_VERSION},
          {"build", VITRT_COMPILER " " VITRT_BUILD_TYPE},
          {"model", i.model},
          {"plan_sha256", i.plan_sha256}};
}

std::string MachineText(const BenchIdentity& i) {
  std::string features;
  for (const std::string& name : i.cpu_features) features += (features.empty() ? " (" : " ") + name;
  if (!features.empty()) features += ")";
  return i.cpu + ", " + i.isa + features + ", " + std::to_string(i.threads) +
         (i.threads == 1 ? " thread" : " threads") + ", " + i.precision + ", vitrt " VITRT_VERSION;
}

}  // namespace vitrt::cli
