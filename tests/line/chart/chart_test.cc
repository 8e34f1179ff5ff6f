#include "runtime/line/chart/chart.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace vitrt::chart;

TEST_SUITE_BEGIN("runtime/line/chart");

namespace {
int Count(const std::string& text, const std::string& what) {
  int n = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++n;
  return n;
}
}  // namespace

TEST_CASE("ticks are round and cover the range") {
  struct Case {
    double low, high;
    size_t at_least, at_most;
  };
  for (const Case& c : {Case{0, 1, 5, 8}, Case{0.93, 0.97, 4, 9}, Case{-3, 1234, 4, 9}, Case{1e-7, 2e-7, 4, 9}}) {
    const auto t = Ticks(c.low, c.high, 6);
    CHECK(t.front() <= c.low + 1e-12);
    CHECK(t.back() >= c.high - 1e-12);
    CHECK(t.size() >= c.at_least);
    CHECK(t.size() <= c.at_most);
  }
}

TEST_CASE("draws every point and escapes text") {
  Chart c{.title = "a < b & \"c\"",
          .x_label = "x",
          .y_label = "y",
          .series = {{.name = "one", .x = {1, 2, 3}, .y = {1, NAN, 3}}},
          .x_names = {}};
  const std::string svg = ToSvg({c, c});
  CHECK(Count(svg, "<circle") == 4);    // two charts, the NaN is left out
  CHECK(Count(svg, "<polyline") == 4);  // and breaks the line
  CHECK(svg.find("a &lt; b &amp; &quot;c&quot;") != std::string::npos);
}

TEST_CASE("bars of several series stand side by side over their names") {
  Chart c{
      .title = "exits",
      .x_label = "",
      .y_label = "images",
      .series = {{.name = "a", .x = {}, .y = {3, 4}, .bars = true}, {.name = "b", .x = {}, .y = {1, 2}, .bars = true}},
      .x_names = {"first", "last"}};
  const std::string svg = ToSvg({c});
  CHECK(Count(svg, "<rect x=") == 4 + 2);  // bars and legend
  CHECK(svg.find("first") != std::string::npos);
  for (const char* value : {">3<", ">4<", ">1<", ">2<"}) CHECK(svg.find(value) != std::string::npos);
}

TEST_CASE("a bar has its value above it where it is seen and there is room, as a tooltip always") {
  Chart few{.title = "",
            .x_label = "",
            .y_label = "",
            .series = {{.name = "a", .y = {0, 2.5}, .bars = true}},
            .x_names = {"p", "q"}};
  const std::string wide = ToSvg({few});
  CHECK(wide.find("font-size='11'>2.5<") != std::string::npos);
  CHECK(wide.find("font-size='11'>0<") == std::string::npos);
  CHECK(wide.find("<title>a: 0</title>") != std::string::npos);
  few.series[0].y.resize(60, 12.5);
  few.x_names.resize(60, "x");
  CHECK(ToSvg({few}).find("font-size='11'") == std::string::npos);
  CHECK(Count(ToSvg({few}), "<title>a: 12.5</title>") == 58);
}

TEST_CASE("a constant share is drawn on the whole scale that is asked for") {
  Chart c{.title = "", .x_label = "", .y_label = "", .series = {{.name = "all", .x = {1, 2}, .y = {100, 100}}}};
  CHECK(ToSvg({c}).find(">99.6<") != std::string::npos);  // as if it moved
  c.y_low = 0, c.y_high = 100;
  const std::string svg = ToSvg({c});
  CHECK(svg.find(">99.6<") == std::string::npos);
  for (const char* tick : {">0<", ">20<", ">100<"}) CHECK(svg.find(tick) != std::string::npos);
}

TEST_CASE("rings leave the points beneath them to be seen") {
  const Series points{.name = "all", .x = {1, 2}, .y = {1, 2}, .line = false},
      chosen{.name = "chosen", .x = {2}, .y = {2}, .line = false, .rings = true};
  const std::string svg = ToSvg({{.title = "", .x_label = "", .y_label = "", .series = {points, chosen}}});
  CHECK(Count(svg, "<circle") == 3);
  CHECK(Count(svg, "fill='none'") == 1);
}

TEST_CASE("a matrix has a cell for each count, and colours say where the names are the same") {
  const Matrix m{.title = "predictions",
                 .x_label = "predicted",
                 .y_label = "true",
                 .x_names = {"a", "<b>", "-"},
                 .y_names = {"a", "<b>"},
                 .cell = {{7, 2, 0}, {0, 5, 1}}};
  const std::string svg = ToSvg({Chart{}}, {m});
  CHECK(Count(svg, "stroke='#ddd'") == 6);
  CHECK(Count(svg, "#3a8f45' fill-opacity") == 2);
  for (const char* value : {">7<", ">2<", ">5<", ">1<"}) CHECK(svg.find(value) != std::string::npos);
  CHECK(Count(svg, ">0</text>") == Count(ToSvg({Chart{}}), ">0</text>"));  // empty cells have no number
  CHECK(Count(svg, "&lt;b&gt;") == 2);
}

TEST_CASE("an empty chart is still a picture") { CHECK(ToSvg({Chart{}}).find("</svg>") != std::string::npos); }

TEST_SUITE_END();
