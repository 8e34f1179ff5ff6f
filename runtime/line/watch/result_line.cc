#include "runtime/line/watch/result_line.h"

#include <cstdio>

#include "runtime/line/prediction/prediction_format.h"
#include "runtime/line/text/csv.h"
#include "runtime/line/text/json_line.h"

namespace vitrt::watch {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kTop = 1;  // classes of a record

// Both end with the image's hash and the plan, which tell records of other bytes or another plan apart.
ResultLines LinesOf(Json json, std::vector<std::string> cells, const Identity& i) {
  line::AddIdentity(i, &json);
  char latency[32] = "";
  if (i.latency_ms) std::snprintf(latency, sizeof latency, "%.3f", *i.latency_ms);
  cells.insert(cells.end(), {i.camera, i.part, latency, i.time, i.hash, i.plan});
  return {line::JsonLine(json), line::CsvRow(cells)};
}

std::string WithoutEnd(std::string line, size_t count) {
  line.resize(line.size() - count);
  return line;
}

}  // namespace

std::string ResultCsvHeader() {
  return WithoutEnd(line::PredictionCsvHeader(kTop), 1) + ",camera,part,close_to_answer_ms,time,image_xxh3,plan\n";
}

ResultLines PredictionLines(const PlanInfo& info, const Prediction& prediction, const Identity& identity) {
  return LinesOf(line::PredictionObject(info, identity.image, prediction, kTop),
                 line::PredictionCells(info, identity.image, prediction, kTop), identity);
}

ResultLines RefusalLines(const std::string& why, const Identity& identity) {
  std::vector<std::string> cells(line::kPredictionColumns);
  cells.front() = identity.image;
  cells.back() = "unreadable";
  return LinesOf({{"image", identity.image}, {"error", why}}, cells, identity);
}

std::array<LineShape, 2> ShapesOf(const Identity& i) {
  std::array<LineShape, 2> shapes = {LineShape{WithoutEnd(line::JsonLine({{"image", i.image}}), 2) + ",", ""},
                                     LineShape{WithoutEnd(line::CsvRow({i.image}), 1) + ",", ""}};
  if (i.hash.empty() && i.plan.empty()) return shapes;
  shapes[0].end = "\"image_xxh3\":\"" + i.hash + "\",\"plan\":\"" + i.plan + "\"}";
  shapes[1].end = "," + i.hash + "," + i.plan;
  return shapes;
}

}  // namespace vitrt::watch
