#include "runtime/engine/tune_file.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"

namespace vitrt {
namespace {

using Json = nlohmann::ordered_json;

// Each takes a member of `json` if it is there and of that type.
bool Take(const Json& json, const char* key, std::string* text) {
  const auto member = json.find(key);
  if (member == json.end() || !member->is_string()) return false;
  *text = member->get<std::string>();
  return true;
}

bool Take(const Json& json, const char* key, double* number) {
  const auto member = json.find(key);
  if (member == json.end() || !member->is_number()) return false;
  *number = member->get<double>();
  return std::isfinite(*number) && *number >= 0;
}

bool Take(const Json& json, const char* key, bool* flag) {
  const auto member = json.find(key);
  if (member == json.end() || !member->is_boolean()) return false;
  *flag = member->get<bool>();
  return true;
}

bool Take(const Json& json, const char* key, size_t* index) {
  const auto member = json.find(key);
  if (member == json.end() || !member->is_number_unsigned()) return false;
  *index = member->get<size_t>();
  return true;
}

bool Take(const Json& json, const char* key, std::vector<std::string>* list) {
  const auto member = json.find(key);
  if (member == json.end() || !member->is_array()) return false;
  for (const Json& item : *member) {
    if (!item.is_string()) return false;
    list->push_back(item.get<std::string>());
  }
  return true;
}

bool TakeStep(const Json& json, TunedStep* step) {
  return json.is_object() && Take(json, "index", &step->index) && Take(json, "implementation", &step->implementation) &&
         Take(json, "instead_of", &step->instead_of) && Take(json, "ratio", &step->ratio) &&
         Take(json, "same_bits", &step->same_bits);
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text.empty() ? "none" : text;
}

}  // namespace

std::string ToJson(const TuneFile& file) {
  Json steps = Json::array();
  for (const TunedStep& s : file.steps) {
    steps.push_back({{"index", s.index},
                     {"implementation", s.implementation},
                     {"instead_of", s.instead_of},
                     {"ratio", s.ratio},
                     {"same_bits", s.same_bits}});
  }
  const TunedFor& m = file.made_for;
  const Json json = {
      {"vitrt_tune", 1},       {"vitrt", m.vitrt},       {"cpu", m.cpu},
      {"isa", m.isa},          {"features", m.features}, {"onednn", m.onednn.empty() ? Json() : Json(m.onednn)},
      {"plan", m.plan},        {"ratio", file.ratio},    {"threads", file.threads},
      {"run_on", file.run_on}, {"steps", steps}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<TuneFile> ParseTuneFile(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  size_t version = 0;
  if (!json.is_object() || !Take(json, "vitrt_tune", &version)) return BadInput("not what vitrt tune writes");
  if (version != 1) return BadInput("of a newer vitrt");
  TuneFile file;
  TunedFor& m = file.made_for;
  const auto onednn = json.find("onednn"), steps = json.find("steps");
  const bool sound = Take(json, "vitrt", &m.vitrt) && Take(json, "cpu", &m.cpu) && Take(json, "isa", &m.isa) &&
                     Take(json, "features", &m.features) && Take(json, "plan", &m.plan) &&
                     Take(json, "ratio", &file.ratio) && onednn != json.end() &&
                     (onednn->is_null() || Take(json, "onednn", &m.onednn)) && steps != json.end() && steps->is_array();
  size_t threads = 0;
  const auto absent = [&](const char* key) { return json.find(key) == json.end(); };
  const bool more = (absent("threads") || Take(json, "threads", &threads)) && threads <= size_t{kMostThreads} &&
                    (absent("run_on") || Take(json, "run_on", &file.run_on));
  if (!sound || !more) return BadInput("damaged");
  file.threads = static_cast<int>(threads);
  for (const Json& item : *steps) {
    TunedStep step;
    if (!TakeStep(item, &step)) return BadInput("damaged");
    if (!file.steps.empty() && step.index <= file.steps.back().index) return BadInput("damaged");
    file.steps.push_back(std::move(step));
  }
  return file;
}

Result<std::optional<TuneFile>> ReadTuneFile(const std::string& path) {
  const auto facts = os::Look(path);
  if (!facts) return std::optional<TuneFile>();
  if (!facts->regular) return BadInput("no file");
  const uint64_t size = facts->bytes;
  if (size > kMostTuneBytes) return BadInput("too large");
  std::ifstream stream(os::PathOf(path), std::ios::binary);
  std::string text(size, '\0');
  if (!stream.read(text.data(), static_cast<std::streamsize>(size))) return BadInput("cannot be read");
  Result<TuneFile> file = ParseTuneFile(text);
  if (!file.ok()) return file.status();
  return std::optional<TuneFile>(std::move(file).value());
}

std::string Mismatch(const TunedFor& there, const TunedFor& here) {
  if (there.plan != here.plan) return "it was made for another plan";
  const std::string features = Joined(there.features), features_here = Joined(here.features);
  const struct {
    const char* what;
    const std::string &there, &here;
  } parts[] = {{"vitrt", there.vitrt, here.vitrt},
               {"CPU", there.cpu, here.cpu},
               {"instruction set", there.isa, here.isa},
               {"CPU features", features, features_here},
               {"oneDNN", there.onednn, here.onednn}};
  for (const auto& part : parts) {
    if (part.there != part.here)
      return std::string("it was made with another ") + part.what + ": " + part.there + ", here " +
             (part.here.empty() ? "none" : part.here);
  }
  return {};
}

}  // namespace vitrt
