// Small line, scatter and bar charts as self-contained SVG. No plotting library for C++ comes without a graphics stack
// (gnuplot, PLplot, Qt), and the command line has to run on a bare server: hence these few hundred lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrt::chart {

struct Series {
  std::string name;
  std::vector<double> x = {}, y = {};  // same length; NaN breaks a line
  bool line = true, marks = true;
  bool rings = false;                   // marks stand around the points, so that points beneath are seen
  bool bars = false;                    // y from 0; bars of several series stand side by side
  std::vector<std::string> notes = {};  // empty, or one tooltip per point
};

struct Chart {
  std::string title, x_label, y_label;
  std::vector<Series> series = {};
  std::vector<std::string> x_names = {};  // categorical axis: point i of a bar series stands over x_names[i], its
                                          // value written above it where there is room
  int width = 760, height = 440;
  std::optional<double> y_low = {}, y_high = {};  // that the y axis reaches at least
};

// Counts in coloured cells: cell[r][c] beside y_names[r] and over x_names[c], the darker the larger a part of its row it
// is; green where the names are the same, red elsewhere.
struct Matrix {
  std::string title, x_label, y_label;
  std::vector<std::string> x_names = {}, y_names = {};
  std::vector<std::vector<int64_t>> cell = {};
};

// One SVG element with the charts below each other, then the matrices. Text is escaped.
std::string ToSvg(const std::vector<Chart>& charts, const std::vector<Matrix>& matrices = {});

// For text of XML and HTML, between tags or in an attribute.
std::string Escape(const std::string& text);

// Round tick positions that cover [low, high]: steps of 1, 2 or 5 times a power of ten, about `count` of them.
std::vector<double> Ticks(double low, double high, int count);

}  // namespace vitrt::chart
