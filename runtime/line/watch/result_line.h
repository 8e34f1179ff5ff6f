// What `vitrt watch` writes of an image: the prediction or why there is none, when, of which bytes and by which plan.
#pragma once

#include <string>

#include "runtime/line/files/same_file.h"
#include "runtime/line/prediction/record_identity.h"
#include "runtime/line/watch/results.h"
#include "vitrt/engine.h"
#include "vitrt/session.h"

namespace vitrt::watch {

using Identity = line::RecordIdentity;

std::string ResultCsvHeader();
ResultLines PredictionLines(const PlanInfo& info, const Prediction& prediction, const Identity& identity);
ResultLines RefusalLines(const std::string& why, const Identity& identity);

// Of the lines of this image by this plan, whenever they were written. Versions before 0.2 wrote neither hash nor plan:
// with both "", the lines of any version for this image.
std::array<LineShape, 2> ShapesOf(const Identity& identity);

}  // namespace vitrt::watch
