// Draws a chart::Matrix.
#pragma once

#include <string>

#include "runtime/line/chart/chart.h"

namespace vitrt::chart {

struct DrawnMatrix {
  std::string svg;  // elements, from `top` of the picture on
  int width = 0;
  double height = 0;
};
DrawnMatrix Draw(const Matrix& matrix, double top);

}  // namespace vitrt::chart
