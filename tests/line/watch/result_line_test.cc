#include "runtime/line/watch/result_line.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vitrt::watch {
namespace {

PlanInfo Info() {
  PlanInfo info;
  info.labels = {"free", "crack"};
  info.exits.resize(1);
  info.exits[0].name = "only";
  return info;
}

bool Fits(const std::string& line, const LineShape& shape) {
  return line.starts_with(shape.start) && line.substr(0, line.size() - 1).ends_with(shape.end);
}

TEST_CASE("lines carry time, bytes and plan, and are known by image, bytes and plan") {
  const std::vector<float> probabilities = {0.1f, 0.9f};
  Prediction p;
  p.label = 1;
  p.exit = 0;
  p.probabilities = probabilities;
  const Identity identity{"in/a, \"b\"\n.png", "2026-03-04T05:06:07.089Z", "0123456789abcdef", "cafe"};
  const ResultLines prediction = PredictionLines(Info(), p, identity), refusal = RefusalLines("not an image", identity);
  const auto json = nlohmann::json::parse(prediction[0]);
  CHECK(json["image"] == identity.image);
  CHECK(json["label"] == "crack");
  CHECK(json["time"] == identity.time);
  CHECK(json["image_xxh3"] == identity.hash);
  CHECK(json["plan"] == "cafe");
  CHECK(nlohmann::json::parse(refusal[0])["error"] == "not an image");
  const std::string header = ResultCsvHeader();
  CHECK(header.ends_with(",flags,camera,part,close_to_answer_ms,time,image_xxh3,plan\n"));
  CHECK(refusal[1].ends_with(",unreadable,,,," + identity.time + "," + identity.hash + ",cafe\n"));
  CHECK(!json.contains("camera"));
  CHECK(!json.contains("part"));
  Identity known = identity;
  known.camera = "left";
  known.part = "0815";
  known.latency_ms = 12.34567;
  const ResultLines more = RefusalLines("not an image", known);
  const auto with_more = nlohmann::json::parse(more[0]);
  CHECK(with_more["camera"] == "left");
  CHECK(with_more["part"] == "0815");
  CHECK(with_more["close_to_answer_ms"] == 12.346);
  CHECK(more[1].ends_with(",unreadable,left,0815,12.346," + identity.time + "," + identity.hash + ",cafe\n"));
  Identity other_bytes = identity, other_plan = identity, other_image = identity, later = identity;
  other_bytes.hash = "fedcba9876543210";
  other_plan.plan = "beef";
  other_image.image += "x";
  later.time = "2027";
  for (size_t i = 0; i < 2; ++i) {
    for (const ResultLines& lines : {prediction, refusal}) {
      CHECK(std::count(lines[i].begin(), lines[i].end(), '\n') == 1);
      CHECK(Fits(lines[i], ShapesOf(identity)[i]));
      CHECK(Fits(lines[i], ShapesOf(later)[i]));
      CHECK(Fits(lines[i], ShapesOf({identity.image, "", "", ""})[i]));
      for (const Identity& other : {other_bytes, other_plan, other_image}) CHECK(!Fits(lines[i], ShapesOf(other)[i]));
    }
  }
}

}  // namespace
}  // namespace vitrt::watch
