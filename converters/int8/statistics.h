// What the dense layers of a graph read, measured on images.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace vitrt::convert {

// Of each input channel of one layer, over all rows of all images.
struct InputStatistics {
  std::vector<double> mean, square;  // square: the mean of squares
  std::vector<double> low, high;     // the least and the greatest value, 0 included
};

using StatisticsByName = std::map<std::string, InputStatistics>;  // by the layer's name

}  // namespace vitrt::convert
