#include "converters/cli/report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runtime/base/output_names.h"

namespace vitrt::convert {
namespace {

std::string Format(const char* format, double x) {
  char text[64];
  std::snprintf(text, sizeof(text), format, x);
  return text;
}

// A line for each exit or output: its name, type and what it was taken for.
template <typename List>
void WriteOutputs(const char* title, const ConvertReport& report, const List& outputs, std::ostringstream* out) {
  std::string start = title;
  start.resize(12, ' ');
  if (outputs.empty()) *out << "  " << start << "none\n";
  for (const auto& output : outputs) {
    *out << "  " << start << output.name << " " << ToString(report.outputs.at(output.name)) << ": " << output.why
         << "\n";
    start.assign(12, ' ');
  }
}

template <typename List>
std::vector<std::string> NamesOf(const List& outputs) {
  std::vector<std::string> names;
  names.reserve(outputs.size());
  for (const auto& output : outputs) names.push_back(output.name);
  return names;
}

template <typename Output>
nlohmann::json Details(const ConvertReport& report, const Output& output) {
  const ValueType& type = report.outputs.at(output.name);
  return {
      {"name", output.name}, {"dtype", plan::EnumNameDType(type.dtype)}, {"shape", type.shape}, {"why", output.why}};
}

std::string Mib(uint64_t bytes) { return Format("%.2f MiB", static_cast<double>(bytes) / (1 << 20)); }

void WritePasses(const ConvertReport& report, std::ostringstream* out) {
  *out << "passes:\n";
  for (const PassReport& pass : report.passes) {
    char line[160];
    std::snprintf(line, sizeof(line), "  %-22s %6d changes %7zu nodes %9.1f ms\n", pass.pass->name, pass.changes,
                  pass.nodes, pass.ms);
    *out << line;
  }
}

// The dense layers in the order of the plan: what became int8, and why the others did not.
void WriteInt8(const ConvertReport& report, std::ostringstream* out) {
  size_t quantised = 0;
  for (const Int8Layer& layer : report.int8_layers) quantised += layer.kept.empty();
  *out << "  int8        " << quantised << " of " << report.int8_layers.size()
       << " linear layers and convolutions; weights' rounding error, relative";
  const Int8Choice* choice = report.int8_choice ? &*report.int8_choice : nullptr;
  if (choice != nullptr) {
    *out << "; on " << choice->images
         << " images, each layer alone: largest relative error of the logits, changed predictions\n"
         << "              changed predictions with all of them int8: " << choice->changed_all << ", with "
         << choice->keep.size() << " kept: " << choice->changed
         << "\n              mean relative error of the logits with all of them int8: "
         << Format("%.2f %%", 100 * choice->error)
         << ", with inputs balanced against weights: " << Format("%.2f %%", 100 * choice->error_balanced)
         << (choice->balance ? "" : " (not taken)");
  }
  const auto balanced = std::count_if(report.int8_layers.begin(), report.int8_layers.end(),
                                      [](const Int8Layer& layer) { return layer.balanced; });
  if (balanced > 0) *out << "\n              inputs of " << balanced << " layers balanced";
  const auto corrected = std::count_if(report.int8_layers.begin(), report.int8_layers.end(),
                                       [](const Int8Layer& layer) { return layer.bias_corrected; });
  if (corrected > 0) *out << "\n              biases of " << corrected << " layers corrected by the images' means";
  *out << ":\n";
  for (const Int8Layer& layer : report.int8_layers) {
    char line[256];
    std::snprintf(line, sizeof(line), "    %5lld x %5lld x %5lld  %-24s ", static_cast<long long>(layer.rows),
                  static_cast<long long>(layer.k), static_cast<long long>(layer.n),
                  !layer.kept.empty() ? ("fp32: " + layer.kept).c_str()
                  : layer.as_given    ? "int8 as in the model"
                                      : ("int8 " + Format("%.2f %%", 100 * layer.weight_error)).c_str());
    *out << line;
    if (choice != nullptr) {
      const auto effect = choice->effects.find(layer.name);
      *out << (effect == choice->effects.end()
                   ? std::string(11, ' ')
                   : Format("%6.2f %%", 100 * effect->second.error) + Format("%3.0f", effect->second.changed))
           << " ";
    }
    *out << layer.name << "\n";
  }
}

void WriteWinograd(const ConvertReport& report, std::ostringstream* out) {
  if (report.winograd.empty()) return;
  uint64_t bytes = 0;
  double error = 0;
  for (const WinogradLayer& layer : report.winograd) {
    bytes += layer.bytes;
    error = std::max(error, layer.error);
  }
  *out << "  winograd    " << report.winograd.size() << " convolutions, " << Mib(bytes)
       << " of weights for it; largest error " << Format("%.2f", error) << " of what fp32 may have\n";
}

// With --verify in int8: the step that differs most from its reference on its own inputs.
void WriteSteps(const ConvertReport& report, std::ostringstream* out) {
  const auto worst = std::max_element(report.step_errors.begin(), report.step_errors.end(),
                                      [](const StepError& a, const StepError& b) { return a.error < b.error; });
  if (worst == report.step_errors.end()) return;
  *out << "  verified    " << report.step_errors.size() << " steps, each on its own inputs: largest relative error "
       << Format("%.2e", worst->error) << " in " << worst->op << " '" << worst->name << "'\n";
}

// What the fusing passes did: "27 LayerNorm ...", from the passes that say so.
std::string Fused(const ConvertReport& report) {
  std::string text;
  std::vector<std::string> seen;
  for (const PassReport& first : report.passes) {
    const std::string name = first.pass->name;
    if (name.rfind("fuse-", 0) != 0 || std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
    seen.push_back(name);
    int changes = 0;
    for (const PassReport& pass : report.passes) changes += name == pass.pass->name ? pass.changes : 0;
    if (changes > 0) text += (text.empty() ? "" : ", ") + std::to_string(changes) + " " + name.substr(5);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::string ToText(const ConvertOptions& options, const ConvertReport& report, bool verbose) {
  std::ostringstream out;
  out << options.output << ": " << report.model_name << (report.producer.empty() ? "" : " (" + report.producer + ")")
      << "\n";
  out << "  input       " << ToString(report.input) << ", up to " << options.max_batch
      << (options.max_batch == 1 ? " image\n" : " images at a time\n");
  out << "  preprocess  " << (report.recipe ? ToText(*report.recipe) : "none: the plan takes tensors only") << "\n";
  WriteOutputs("exits", report, report.plan.exits.exits, &out);
  WriteOutputs("outputs", report, report.plan.exits.raw, &out);
  double flops = 0;
  for (const SegmentSummary& segment : report.plan.segments) {
    flops += static_cast<double>(segment.flops);
    out << "  segment     " << (segment.exit.empty() ? "(outputs)" : segment.exit) << ": " << segment.steps
        << " steps, " << Format("%.1f MFLOP", static_cast<double>(segment.flops) * 1e-6)
        << Format(" (%.1f up to here), ", flops * 1e-6) << Mib(segment.weight_bytes) << " of weights\n";
  }
  out << "  size        " << Mib(report.plan.file_bytes) << ", memory per image " << Mib(report.plan.arena_bytes)
      << "\n";
  out << "  fused       " << Fused(report) << " (" << report.imported_nodes << " nodes became " << [&] {
    int steps = 0;
    for (const auto& s : report.plan.segments) steps += s.steps;
    return steps;
  }() << " steps)\n";
  WriteWinograd(report, &out);
  if (report.int8) WriteInt8(report, &out);
  WriteSteps(report, &out);
  for (const OutputError& error : report.errors)
    out << (report.by_steps ? "  distance    " : "  verified    ") << error.name << ": largest relative "
        << (report.by_steps ? "difference from the model " : "error ") << Format("%.2e", error.error) << "\n";
  out << "  time        " << Format("import %.0f ms, ", report.import_ms)
      << Format("passes %.0f ms, ", report.passes_ms) << Format("write %.0f ms", report.write_ms);
  if (options.verify) out << Format(", verify %.0f ms", report.verify_ms);
  out << "\n";
  if (verbose) WritePasses(report, &out);
  return out.str();
}

std::string ToJson(const ConvertOptions& options, const ConvertReport& report) {
  using nlohmann::json;
  json root = {{"model", options.model},
               {"plan", options.output},
               {"name", report.model_name},
               {"producer", report.producer},
               {"source_sha256", report.source_sha256},
               {"input", report.input},
               {"max_batch", options.max_batch},
               {"preprocess", report.recipe ? json(ToText(*report.recipe)) : json()},
               {"exits", NamesOf(report.plan.exits.exits)},
               {"outputs", NamesOf(report.plan.exits.raw)},
               {"exit_details", json::array()},
               {"output_details", json::array()},
               {"warnings", report.warnings},
               {"weight_bytes", report.plan.weight_bytes},
               {"arena_bytes", report.plan.arena_bytes},
               {"file_bytes", report.plan.file_bytes},
               {"imported_nodes", report.imported_nodes}};
  for (const GraphExit& exit : report.plan.exits.exits) {
    json details = Details(report, exit);
    details["classes"] = exit.classes;
    details["meaning"] = NameOf(static_cast<ExitMeaning>(exit.meaning));
    root["exit_details"].push_back(std::move(details));
  }
  for (const RawOutput& output : report.plan.exits.raw) root["output_details"].push_back(Details(report, output));
  root["segments"] = json::array();
  for (const SegmentSummary& s : report.plan.segments) {
    root["segments"].push_back({{"exit", s.exit.empty() ? json() : json(s.exit)},
                                {"steps", s.steps},
                                {"flops", s.flops},
                                {"weight_bytes", s.weight_bytes}});
  }
  root["passes"] = json::array();
  for (const PassReport& p : report.passes)
    root["passes"].push_back({{"name", p.pass->name}, {"changes", p.changes}, {"nodes", p.nodes}, {"ms", p.ms}});
  root["winograd"] = json::array();
  for (const WinogradLayer& l : report.winograd)
    root["winograd"].push_back({{"name", l.name}, {"tile", l.tile}, {"error", l.error}, {"bytes", l.bytes}});
  root["verify"] = json::array();
  for (const OutputError& e : report.errors) root["verify"].push_back({{"output", e.name}, {"error", e.error}});
  root["precision"] = report.int8 ? "int8" : "fp32";
  root["int8_layers"] = json::array();
  for (const Int8Layer& l : report.int8_layers)
    root["int8_layers"].push_back({{"name", l.name},
                                   {"op", l.op},
                                   {"rows", l.rows},
                                   {"k", l.k},
                                   {"n", l.n},
                                   {"int8", l.kept.empty()},
                                   {"as_given", l.as_given},
                                   {"bias_corrected", l.bias_corrected},
                                   {"balanced", l.balanced},
                                   {"kept", l.kept.empty() ? json() : json(l.kept)},
                                   {"weight_error", l.weight_error}});
  if (report.int8_choice) {
    const Int8Choice& choice = *report.int8_choice;
    json effects = json::object();
    for (const auto& [name, effect] : choice.effects)
      effects[name] = {{"error", effect.error}, {"answers", effect.changed}};
    root["int8_images"] = {{"images", choice.images},
                           {"answers_all", choice.changed_all},
                           {"answers", choice.changed},
                           {"error", choice.error},
                           {"error_balanced", choice.error_balanced},
                           {"balanced", choice.balance},
                           {"kept", choice.keep},
                           {"layers", effects}};
  }
  root["verify_steps"] = json::array();
  for (const StepError& e : report.step_errors)
    root["verify_steps"].push_back({{"step", e.name}, {"op", e.op}, {"error", e.error}, {"tolerance", e.tolerance}});
  root["ms"] = {{"import", report.import_ms},
                {"passes", report.passes_ms},
                {"write", report.write_ms},
                {"verify", report.verify_ms}};
  return root.dump() + "\n";
}

}  // namespace vitrt::convert
