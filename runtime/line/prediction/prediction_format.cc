#include "runtime/line/prediction/prediction_format.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "runtime/line/prediction/exit_options.h"
#include "runtime/line/text/csv.h"
#include "runtime/line/text/escape.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::line {
namespace {

using Json = nlohmann::ordered_json;

std::string Join(const std::vector<std::string>& parts, const char* between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

std::string Pad(const std::string& name, size_t width) {
  const std::string text = Visible(name);
  const size_t shown = DisplayWidth(text);
  return text + std::string(width > shown ? width - shown : 0, ' ');
}

std::string Percent(float probability) {
  const std::string text = Fixed(100.0 * probability, 1) + " %";
  return std::string(text.size() < 7 ? 7 - text.size() : 0, ' ') + text;
}

double TotalMs(const StageTimes& t) { return t.decode_ms + t.preprocess_ms + t.run_ms; }

const std::string& ExitName(const PlanInfo& info, int exit) {
  static const std::string kNone = "none";
  return exit < 0 ? kNone : info.exits[static_cast<size_t>(exit)].name;
}

}  // namespace

std::string LabelOf(const PlanInfo& info, int label) {
  if (label < 0) return {};
  const auto index = static_cast<size_t>(label);
  return index < info.labels.size() ? info.labels[index] : std::to_string(label);
}

Json LabelJson(const PlanInfo& info, int label) { return label < 0 ? Json(nullptr) : Json(LabelOf(info, label)); }

std::string LabelText(const PlanInfo& info, int label) { return label < 0 ? "-" : LabelOf(info, label); }

Json NumberJson(float value, bool decided) { return decided ? Json(ShortDecimal(value)) : Json(nullptr); }

std::vector<int> TopClasses(const Prediction& prediction, int k) {
  if (prediction.label < 0) return {};
  const auto& p = prediction.probabilities;
  std::vector<int> classes(p.size());
  std::iota(classes.begin(), classes.end(), 0);
  const auto count = std::min(static_cast<size_t>(k), classes.size());
  const auto key = [&](int c) { return p[static_cast<size_t>(c)]; };
  std::partial_sort(classes.begin(), classes.begin() + static_cast<ptrdiff_t>(count), classes.end(),
                    [&](int a, int b) { return key(a) > key(b) || (key(a) == key(b) && a < b); });
  classes.resize(count);
  return classes;
}

std::vector<std::string> FlagNames(const Prediction& prediction) {
  static constexpr struct {
    uint32_t bit;
    const char* name;
  } kFlags[] = {{Prediction::kNonFinite, "non_finite"},
                {Prediction::kDeadline, "deadline"},
                {Prediction::kNoDecision, "no_decision"},
                {Prediction::kLowRange, "low_range"}};
  std::vector<std::string> names;
  for (const auto& flag : kFlags) {
    if ((prediction.flags & flag.bit) != 0) names.emplace_back(flag.name);
  }
  return names;
}

Json PredictionObject(const PlanInfo& info, const std::string& image, const Prediction& p, int top) {
  Json best = Json::array();
  for (const int c : TopClasses(p, top)) {
    best.push_back({{"label", LabelOf(info, c)},
                    {"class", c},
                    {"probability", ShortDecimal(p.probabilities[static_cast<size_t>(c)])}});
  }
  const auto ms = [](double value) { return std::round(value * 1e4) / 1e4; };
  return {{"image", image},
          {"label", LabelJson(info, p.label)},
          {"class", p.label},
          {"probability", NumberJson(p.probability, p.label >= 0)},
          {"confidence", NumberJson(p.confidence, p.label >= 0)},
          {"exit", {{"index", p.exit}, {"name", ExitName(info, p.exit)}}},
          {"top", best},
          {"ms",
           {{"decode", ms(p.times.decode_ms)}, {"preprocess", ms(p.times.preprocess_ms)}, {"run", ms(p.times.run_ms)}}},
          {"flags", FlagNames(p)}};
}

std::string PredictionJson(const PlanInfo& info, const std::string& image, const Prediction& p, int top) {
  return JsonLine(PredictionObject(info, image, p, top));
}

std::string PredictionCsvHeader(int top) {
  std::string line = "image,label,class,probability,confidence,exit_index,exit,decode_ms,preprocess_ms,run_ms,flags";
  for (int i = 2; i <= top; ++i) {
    const std::string rank = std::to_string(i);
    for (const char* column : {",label_", ",class_", ",probability_"}) line.append(column).append(rank);
  }
  return line + '\n';
}

std::vector<std::string> PredictionCells(const PlanInfo& info, const std::string& image, const Prediction& p, int top) {
  const auto number = [](double value, const char* format) {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return std::string(text);
  };
  std::vector<std::string> cells = {image,
                                    LabelOf(info, p.label),
                                    std::to_string(p.label),
                                    p.label < 0 ? "" : number(p.probability, "%.9g"),
                                    p.label < 0 ? "" : number(p.confidence, "%.9g"),
                                    std::to_string(p.exit),
                                    ExitName(info, p.exit),
                                    number(p.times.decode_ms, "%.4f"),
                                    number(p.times.preprocess_ms, "%.4f"),
                                    number(p.times.run_ms, "%.4f"),
                                    Join(FlagNames(p), " ")};
  const std::vector<int> best = TopClasses(p, top);
  for (size_t i = 1; i < static_cast<size_t>(top); ++i) {
    const bool there = i < best.size();
    cells.push_back(there ? LabelOf(info, best[i]) : "");
    cells.push_back(there ? std::to_string(best[i]) : "");
    cells.push_back(there ? number(p.probabilities[static_cast<size_t>(best[i])], "%.9g") : "");
  }
  return cells;
}

std::string PredictionCsvLine(const PlanInfo& info, const std::string& image, const Prediction& p, int top) {
  return CsvRow(PredictionCells(info, image, p, top));
}

ColumnWidths WidthsFor(const PlanInfo& info, const std::vector<std::string>& images) {
  ColumnWidths widths;
  for (const std::string& image : images) widths.image = std::max(widths.image, DisplayWidth(Visible(image)));
  widths.image = std::min<size_t>(widths.image, 60);
  for (const std::string& label : info.labels) widths.label = std::max(widths.label, DisplayWidth(Visible(label)));
  widths.label = std::min<size_t>(std::max<size_t>(widths.label, 4), 40);
  for (const ExitInfo& exit : info.exits) widths.exit = std::max(widths.exit, DisplayWidth(Visible(exit.name)));
  return widths;
}

std::string PredictionText(const PlanInfo& info, ExitPolicy policy, const ColumnWidths& widths,
                           const std::string& image, const Prediction& p, int top) {
  std::string line = Pad(image, widths.image) + "  " + Pad(LabelText(info, p.label), widths.label) + "  " +
                     (p.label < 0 ? "      -" : Percent(p.probability));
  if (policy != ExitPolicy::kMaxProb) line += std::string("  ") + PolicyName(policy) + " " + Fixed(p.confidence, 3);
  if (info.exits.size() > 1) line += "  exit " + Pad(ExitName(info, p.exit), widths.exit);
  const std::string ms = Fixed(TotalMs(p.times), 1);
  line += "  " + std::string(ms.size() < 6 ? 6 - ms.size() : 0, ' ') + ms + " ms";
  for (const std::string& flag : FlagNames(p)) line += "  " + flag;
  line += '\n';
  if (top <= 1) return line;
  const std::vector<int> best = TopClasses(p, top);
  for (size_t i = 1; i < best.size(); ++i) {
    line += std::string(widths.image + 2, ' ') + Pad(LabelOf(info, best[i]), widths.label) + "  " +
            Percent(p.probabilities[static_cast<size_t>(best[i])]) + '\n';
  }
  return line;
}

}  // namespace vitrt::line
