// One prediction as text, CSV or JSON: what `vitrt infer` and `vitrt watch` print.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "vitrt/session.h"

namespace vitrt::line {

// "crack"; a plan without labels: "3"; no decision (label < 0): "", as in a CSV cell.
std::string LabelOf(const PlanInfo& info, int label);
nlohmann::ordered_json LabelJson(const PlanInfo& info, int label);  // null without a decision
std::string LabelText(const PlanInfo& info, int label);             // for people: "-" without a decision
nlohmann::ordered_json NumberJson(float value, bool decided);       // null without a decision

// The k classes of the largest probabilities, best first; none without a decision.
std::vector<int> TopClasses(const Prediction& prediction, int k);

std::vector<std::string> FlagNames(const Prediction& prediction);  // "non_finite", "deadline", "no_decision"

nlohmann::ordered_json PredictionObject(const PlanInfo& info, const std::string& image, const Prediction& p, int top);
std::string PredictionJson(const PlanInfo& info, const std::string& image, const Prediction& p, int top);  // one line

inline constexpr size_t kPredictionColumns = 11;  // with one class
std::vector<std::string> PredictionCells(const PlanInfo& info, const std::string& image, const Prediction& p, int top);
std::string PredictionCsvHeader(int top);  // top > 1 adds columns for the classes after the first
std::string PredictionCsvLine(const PlanInfo& info, const std::string& image, const Prediction& p, int top);

// Text for people. Names are padded to the widths, so that lines of one run stand in columns.
struct ColumnWidths {
  size_t image = 0, label = 0, exit = 0;
};
ColumnWidths WidthsFor(const PlanInfo& info, const std::vector<std::string>& images);
std::string PredictionText(const PlanInfo& info, ExitPolicy policy, const ColumnWidths& widths,
                           const std::string& image, const Prediction& p, int top);

}  // namespace vitrt::line
