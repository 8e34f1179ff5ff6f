// vitrt version: versions of the program and its libraries, and instruction sets of this machine.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "runtime/base/check.h"
#include "runtime/base/cpu_features.h"
#include "runtime/base/cpu_model.h"
#include "runtime/cli/command.h"
#include "runtime/engine/inspect.h"
#include "runtime/image/decode.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/text/text_table.h"
#include "runtime/plan/plan_format.h"

namespace vitrt::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string PlanFormat() { return std::to_string(plan::kFormatMajor) + "." + std::to_string(plan::kFormatMinor); }

Result<int> Version(const CommonOptions& options) {
  const CpuWords words = ReadCpuWords();
  const auto detected = IsaOf(words);
  Isa used = Isa::kSse41;
  CpuFeatures features;
  if (detected) {
    VITRT_ASSIGN_OR_RETURN(used, ChooseIsa(std::nullopt));
    VITRT_ASSIGN_OR_RETURN(features, ChooseFeatures(used));
  }
  const std::string onednn = OnednnVersion();
  Json json = {{"vitrt", VITRT_VERSION},
               {"plan_format", PlanFormat()},
               {"compiler", VITRT_COMPILER},
               {"build", VITRT_BUILD_TYPE},
               {"cpu", CpuModel()},
               {"isa", detected ? IsaName(*detected) : "none"},
               {"isa_used", detected ? IsaName(used) : "none"},
               {"isa_compiled_in", Json::array()},
               {"cpu_features", NamesOf(features)},
               {"threads", ThreadsUsed(options)},
               {"onednn", onednn.empty() ? Json(nullptr) : Json(onednn)},
               {"libraries", Json::object()}};
  std::string tiers;
  for (const Isa isa : kIsas) {
    json["isa_compiled_in"].push_back(IsaName(isa));
    tiers += std::string(IsaName(isa)) + " ";
  }
  for (const image::LibraryVersion& library : image::CodecVersions()) json["libraries"][library.name] = library.version;
  if (options.json) {
    std::fputs(JsonLine(json).c_str(), stdout);
    return 0;
  }
  TextTable table("ll");
  table.Add({"vitrt", std::string(VITRT_VERSION) + " (plan format " + PlanFormat() + ", " + VITRT_COMPILER + ", " +
                          VITRT_BUILD_TYPE + ")"});
  table.Add({"CPU", CpuModel()});
  table.Add({"tiers", tiers + "(here: " + json["isa"].get<std::string>() +
                          (detected && used != *detected ? ", capped to " + std::string(IsaName(used)) : "") + ")"});
  std::string beyond;
  for (const std::string& name : NamesOf(features)) beyond += name + " ";
  table.Add({"features", beyond.empty() ? "none beyond the tier" : beyond});
  table.Add({"threads", std::to_string(ThreadsUsed(options))});
  table.Add({"oneDNN", onednn.empty() ? "not there (no plan needs it)" : onednn});
  for (const auto& [name, version] : json["libraries"].items()) table.Add({name, version.get<std::string>()});
  std::fputs(table.Text().c_str(), stdout);
  return 0;
}

}  // namespace

Run AddVersion(CLI::App* app) {
  auto options = std::make_shared<CommonOptions>();
  AddCommonOptions(app, false, options.get());
  return [options] { return Version(*options); };
}

}  // namespace vitrt::cli
