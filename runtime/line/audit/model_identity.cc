#include "runtime/line/audit/model_identity.h"

#include <memory>
#include <span>

#include "runtime/digest/sha256.h"
#include "runtime/engine/inspect.h"
#include "runtime/plan/checksum.h"

namespace vitrt::audit {

std::string ModelIdentity(const Engine& engine) {
  const std::unique_ptr<plan::PlanT> tables(TablesOf(engine).UnPack());
  const plan::ExitT unchosen;
  for (auto& exit : tables->exits) {
    exit->threshold = unchosen.threshold;
    exit->enabled = unchosen.enabled;
  }
  tables->policy = plan::Policy::MaxProb;
  tables->calibration = nullptr;
  tables->never_early.clear();
  tables->required_features.clear();  // they follow from the other tables
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(plan::Plan::Pack(builder, tables.get()));
  std::string bytes(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
  bytes += std::to_string(plan::SectionChecksum(WeightsOf(engine), 1));
  return Sha256(std::as_bytes(std::span(bytes)));
}

}  // namespace vitrt::audit
