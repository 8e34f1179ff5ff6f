#include "runtime/cli/inspect/report.h"

#include <map>

#include "runtime/cli/command.h"
#include "runtime/cli/inspect/plan_json.h"
#include "runtime/line/prediction/prediction_format.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Dims(const Json& dims) {
  std::string text;
  for (const Json& d : dims) text += (text.empty() ? "" : "x") + std::to_string(d.get<int64_t>());
  return text.empty() ? "scalar" : text;
}

std::string Numbers(const Json& values) {
  std::string text;
  for (const Json& v : values) text += (text.empty() ? "" : " ") + v.dump();
  return text;
}

std::string PreprocessText(const Json& p) {
  if (p.is_null()) return "none: takes tensors, not images";
  std::string text = p["channels"] == 1 ? "grey" : "RGB";
  const Json& resize = p["resize"];
  if (resize["rule"] == "ShorterSide") text += ", shorter side to " + resize["height"].dump();
  if (resize["rule"] == "Exact") text += ", resize to " + resize["width"].dump() + " x " + resize["height"].dump();
  if (resize["rule"] != "None") text += " (" + p["interpolation"].get<std::string>() + ")";
  if (p["crop"]["height"] != 0)
    text += ", centre crop " + p["crop"]["width"].dump() + " x " + p["crop"]["height"].dump();
  return text + ", mean " + Numbers(p["mean"]) + ", std " + Numbers(p["std"]);
}

std::string HeadText(const Json& j) {
  TextTable table("ll");
  const Json& memory = j["memory"];
  table.Add({"model", j["model"].get<std::string>() + ", " + Megabytes(j["plan_bytes"].get<double>()) + " plan by " +
                          j["producer"].get<std::string>()});
  table.Add({"source", "ONNX file with sha256 " + j["source_sha256"].get<std::string>()});
  std::string options;
  for (const Json& option : j["options"])
    options += " --" + option["key"].get<std::string>() + " " + option["value"].get<std::string>();
  if (!options.empty()) table.Add({"", "converted with" + options});
  table.Add({"plan", "sha256 " + j["plan_sha256"].get<std::string>()});
  table.Add({"integrity", "ok: header, checksums and every reference"});
  table.Add({"input", j["input"]["name"].get<std::string>() + " " + Dims(j["input"]["shape"]) + ", at most " +
                          j["max_batch"].dump() + " images per run"});
  table.Add({"images", PreprocessText(j["preprocess"])});
  std::string labels;
  for (const Json& label : j["labels"]) labels += (labels.empty() ? "" : ", ") + label.get<std::string>();
  if (DisplayWidth(labels) > 100) labels = std::to_string(j["labels"].size()) + " classes";
  table.Add({"labels", labels.empty() ? "none" : labels});
  table.Add({"memory", Megabytes(memory["weight_bytes"].get<double>()) + " weights, mapped and shared; " +
                           Megabytes(memory["arena_bytes_per_image"].get<double>()) + " arena per image (" +
                           Megabytes(memory["activation_bytes_without_reuse"].get<double>()) + " without reuse)"});
  const Json& tune = j["tune"];
  const std::string tuned = tune["ratio"].is_null()
                                ? ""
                                : "; tuned here: " + tune["steps"].dump() + " steps, " +
                                      Fixed(tune["ratio"].get<double>(), 3) + " of the time without" +
                                      (tune["threads"].is_null() ? "" : ", threads " + tune["threads"].dump()) +
                                      (tune["isa"].is_null() ? "" : ", a lower instruction set");
  table.Add({"runs on", j["isa"].get<std::string>() + tuned});
  return table.Text();
}

std::string NeverEarlyText(const Json& classes) {
  std::string text;
  for (const Json& c : classes) text += (text.empty() ? "never early: " : ", ") + c.get<std::string>();
  return text.empty() ? text : text + "\n";
}

std::string ExitsText(const Json& j) {
  TextTable table("rlrllr");
  table.Add({"exit", "name", "classes", "output", "leaves when", "FLOPs so far"});
  const std::string policy = j["policy"].get<std::string>();
  for (const Json& e : j["exits"]) {
    const double threshold = e["threshold"].get<double>();
    const bool last = e["index"].get<size_t>() + 1 == j["exits"].size();
    const std::string when = last                        ? "always"
                             : !e["enabled"].get<bool>() ? "never (disabled)"
                             : threshold > 1             ? "never (no threshold set)"
                             : threshold <= 0            ? "always"
                                                         : policy + " >= " + e["threshold"].dump();
    table.Add({e["index"].dump(), e["name"].get<std::string>(), e["classes"].dump(), e["meaning"].get<std::string>(),
               when, Scaled(e["flops"].get<double>())});
  }
  for (const Json& o : j["outputs"])
    table.Add({"-", o["name"].get<std::string>(), "-", o["dtype"].get<std::string>() + " " + Dims(o["shape"]),
               "raw output", ""});
  return table.Text();
}

std::string SegmentsText(const Json& j) {
  TextTable table("rrrrr");
  table.Add({"segment", "steps", "FLOPs", "weights", "live after"});
  for (const Json& s : j["segments"]) {
    table.Add({s["index"].dump(), s["steps"].dump(), Scaled(s["flops"].get<double>()),
               Megabytes(s["weight_bytes"].get<double>()), Megabytes(s["live_bytes_per_image"].get<double>())});
  }
  return table.Text();
}

// "onednn_conv1x1 (own: 0.91)" where a tune file chose it.
std::string ImplementationOf(const Json& step) {
  std::string name = step["implementation"].get<std::string>();
  const Json& tuned = step["tuned"];
  if (tuned.is_null()) return name;
  return name + " (" + tuned["instead_of"].get<std::string>() + ": " + Fixed(tuned["ratio"].get<double>(), 3) +
         (tuned["same_bits"].get<bool>() ? ")" : ", other bits)");
}

std::string StepsText(const Json& j) {
  TextTable table("rrlllrrl");
  table.Add({"step", "seg", "op", "output", "implementation", "FLOPs", "weights", "name"});
  for (const Json& s : j["steps"]) {
    table.Add({s["index"].dump(), s["segment"].dump(), s["op"].get<std::string>(),
               s["outputs"].empty() ? "" : Dims(s["outputs"][0]), ImplementationOf(s),
               s["flops"] == 0.0 ? "" : Scaled(s["flops"].get<double>()),
               s["weight_bytes"] == 0.0 ? "" : Megabytes(s["weight_bytes"].get<double>()),
               s["name"].get<std::string>()});
  }
  return table.Text();
}

// How often each implementation is used: the steps in a few lines.
std::string ImplementationsText(const Json& j) {
  struct Use {
    int64_t steps = 0;
    double flops = 0, weights = 0;
  };
  std::map<std::pair<std::string, std::string>, Use> uses;
  for (const Json& s : j["steps"]) {
    Use& use = uses[{s["op"], s["implementation"]}];
    ++use.steps;
    use.flops += s["flops"].get<double>();
    use.weights += s["weight_bytes"].get<double>();
  }
  TextTable table("llrrr");
  table.Add({"op", "implementation", "steps", "FLOPs", "weights"});
  for (const auto& [key, use] : uses) {
    table.Add({key.first, key.second, std::to_string(use.steps), use.flops == 0 ? "" : Scaled(use.flops),
               use.weights == 0 ? "" : Megabytes(use.weights)});
  }
  return table.Text() + "each step: --steps\n";
}

// Refusals repeat from step to step: one line for each implementation and reason.
std::string RefusalsText(const Json& j) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> by_reason;
  for (const Json& s : j["steps"]) {
    for (const Json& r : s["refused"]) by_reason[{r["implementation"], r["reason"]}].push_back(s["index"].dump());
  }
  TextTable table("lll");
  if (!by_reason.empty()) table.Add({"refused", "at steps", "because"});
  for (const auto& [key, steps] : by_reason) {
    std::string list;
    for (size_t i = 0; i < steps.size() && i < 8; ++i) list += (list.empty() ? "" : " ") + steps[i];
    if (steps.size() > 8) list += " ... (" + std::to_string(steps.size()) + ")";
    table.Add({key.first, list, key.second});
  }
  return table.Text();
}

}  // namespace

std::string InspectJson(const Engine& engine, const std::string& plan_sha256) {
  return JsonLine(PlanJson(engine, plan_sha256));
}

std::string InspectText(const Engine& engine, const std::string& plan_sha256, bool steps) {
  const Json j = PlanJson(engine, plan_sha256);
  std::string text = HeadText(j);
  if (!j["calibration"].is_null()) {
    text += "thresholds chosen by " + j["calibration"]["method"].get<std::string>() + " on " +
            j["calibration"]["images"].dump() + " images (" + j["calibration"]["data_sha256"].get<std::string>() +
            ")\n";
    const Json& evidence = j["calibration"]["evidence"];
    const Json& machine = evidence.contains("machine") ? evidence["machine"] : Json();
    if (machine.is_string()) text += "certified on " + machine.get<std::string>() + '\n';
    if (evidence.contains("summary") && evidence["summary"].is_string())
      text += evidence["summary"].get<std::string>() + '\n';
  }
  text += '\n' + ExitsText(j) + NeverEarlyText(j["never_early"]) + '\n' + SegmentsText(j) + '\n';
  if (!steps) return text + ImplementationsText(j);
  text += StepsText(j);
  const std::string refusals = RefusalsText(j);
  return refusals.empty() ? text : text + '\n' + refusals;
}

}  // namespace vitrt::cli
