#include "runtime/line/audit/record.h"

#include <doctest/doctest.h>

#include <cmath>

namespace vitrt::audit {
namespace {

Record Sample() {
  Record r;
  r.time = "2026-03-04T05:06:07.089Z";
  r.image = "line 1/a \"b\".png";
  r.image_xxh3 = "0123456789abcdef";
  r.plan = "cafe";
  r.model = "beef";
  r.options = R"({"policy":"max-prob","thresholds":[0.9],"promised":0.02})";
  r.label = "crack";
  r.class_index = 1;
  r.probability = r.confidence = 0.9f;
  r.margin = 0.85f;
  r.input_mean = -0.25f;
  r.input_deviation = 1.5f;
  r.exit = 0;
  r.exit_name = "early";
  r.decode_ms = 1.5;
  r.preprocess_ms = 0.25;
  r.run_ms = 12.125;
  r.flags = {"deadline"};
  r.shadow = Shadow{"hole", 2, 0.7f, {{1, 0.9f}, {2, 0.7f}}};
  return r;
}

TEST_CASE("a record reads back as it was written") {
  const Record r = Sample();
  const std::string line = ToLine(r);
  CHECK(line.back() == '\n');
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(line.find("\"confidence\":0.9,") != std::string::npos);
  const auto back = FromLine(line);
  REQUIRE_MESSAGE(back.ok(), back.status().ToString());
  CHECK(ToLine(*back) == line);
  CHECK(back->image == r.image);
  CHECK(back->confidence == r.confidence);
  CHECK(back->input_mean == -0.25f);
  CHECK(back->input_deviation == 1.5f);
  CHECK(back->exit_name == "early");
  CHECK(back->total_ms() == doctest::Approx(13.875));
  REQUIRE(back->shadow.has_value());
  CHECK(back->shadow->class_index == 2);
  REQUIRE(back->shadow->exits.size() == 2);
  CHECK(back->shadow->exits[0].class_index == 1);
  CHECK(back->shadow->exits[1].confidence == 0.7f);
  CHECK(back->model == "beef");
  CHECK(back->policy == "max-prob");
  CHECK(back->promised == 0.02);
}

TEST_CASE("a line of 0.1.0 is read: no model, no promise, a shadow of the last exit alone") {
  const auto r = FromLine(
      R"({"time":"t","image":"a","image_xxh3":"0","plan":"cafe","options":{"policy":"margin","thresholds":[0.9]},)"
      R"("label":"crack","class":1,"probability":0.9,"confidence":0.9,"margin":0.8,"input":{"mean":0,"deviation":1},)"
      R"("exit":{"index":0,"name":"early"},"ms":{"decode":1,"preprocess":1,"run":1},"flags":[],)"
      R"("shadow":{"label":"crack","class":1,"confidence":0.99}})");
  REQUIRE_MESSAGE(r.ok(), r.status().ToString());
  CHECK(r->model.empty());
  CHECK(!r->promised.has_value());
  CHECK(r->policy == "margin");
  REQUIRE(r->shadow.has_value());
  CHECK(r->shadow->exits.empty());
}

TEST_CASE("a refused image keeps its reason, numbers that are not finite survive as null, foreign bytes as U+FFFD") {
  Record refused = Sample();
  refused.error = "not an image";
  const auto back = FromLine(ToLine(refused));
  REQUIRE(back.ok());
  CHECK(back->error == "not an image");
  CHECK(back->label.empty());

  Record nan = Sample();
  nan.confidence = std::nanf("");
  nan.image = "\xff.png";
  const auto nan_back = FromLine(ToLine(nan));
  REQUIRE(nan_back.ok());
  CHECK(std::isnan(nan_back->confidence));
  CHECK(nan_back->image == "\xef\xbf\xbd.png");
}

TEST_CASE("lines that are no records are refused") {
  const std::string line = ToLine(Sample());
  for (const std::string& bad : {std::string(), std::string("{}"), std::string("[1]"), std::string("text"),
                                 line.substr(0, line.size() / 2), std::string("{\"time\":1,\"image\":2}")}) {
    CAPTURE(bad);
    const auto r = FromLine(bad);
    REQUIRE(!r.ok());
    CHECK(r.status().code() == StatusCode::kBadInput);
  }
}

TEST_CASE("the time is UTC with milliseconds") {
  const std::string now = TimeNow();
  CHECK(now.size() == 24);
  CHECK(now[10] == 'T');
  CHECK(now[19] == '.');
  CHECK(now.back() == 'Z');
}

TEST_CASE("a prediction without a decision is written as null, and read as 0.1.0 wrote it too") {
  Record r;
  r.time = "2026-03-04T05:06:07.089Z";
  r.exit = 0;
  r.exit_name = "only";
  r.probability = r.confidence = r.margin = std::nanf("");
  r.shadow = Shadow{"", -1, std::nanf("")};
  const std::string line = ToLine(r);
  CHECK(line.find("\"label\":null,\"class\":-1,\"probability\":null,\"confidence\":null") != std::string::npos);
  std::string old = line;
  for (size_t at; (at = old.find("\"label\":null")) != old.npos;) old.replace(at, 12, "\"label\":\"none\"");
  for (const std::string& text : {line, old}) {
    const Result<Record> read = FromLine(text);
    REQUIRE_MESSAGE(read.ok(), read.status().ToString());
    CHECK(!read->decided());
    CHECK(read->label.empty());
    CHECK(read->shadow->label.empty());
  }
}

}  // namespace
}  // namespace vitrt::audit
