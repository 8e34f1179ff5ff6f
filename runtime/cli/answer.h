// One answer as text, CSV or JSON: what `vitrt infer` prints.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vitrt/session.h"

namespace vitrt::cli {

// "crack"; a plan without labels: "3"; no class at all (every logit NaN): "none".
std::string LabelOf(const PlanInfo& info, int label);

// The k classes of the largest probabilities, best first.
std::vector<int> TopClasses(const Prediction& prediction, int k);

std::vector<std::string> FlagNames(const Prediction& prediction);  // "non_finite", "deadline"

std::string AnswerJson(const PlanInfo& info, const std::string& image, const Prediction& p, int top);  // one line

std::string CsvHeader(int top);  // top > 1 adds columns for the classes after the first
std::string CsvLine(const PlanInfo& info, const std::string& image, const Prediction& p, int top);

// Text for people. Names are padded to the widths, so that lines of one run stand in columns.
struct AnswerWidths {
  size_t image = 0, label = 0, exit = 0;
};
AnswerWidths WidthsFor(const PlanInfo& info, const std::vector<std::string>& images);
std::string AnswerText(const PlanInfo& info, ExitPolicy policy, const AnswerWidths& widths, const std::string& image,
                       const Prediction& p, int top);

}  // namespace vitrt::cli
