// What the dense layers of a graph read, measured on images.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace vitrt::convert {

// What is quantised with one step: a row of a linear layer, the map of an image in a convolution.
struct Quantised {
  std::vector<float> low, high;  // of each channel; a row's are its values
};

// Of each input channel of one layer, over all rows of all images.
struct InputStatistics {
  std::vector<double> mean, square;  // square: the mean of squares
  std::vector<double> largest;       // magnitude
  std::vector<Quantised> samples;    // some, spread evenly over the images
};

using StatisticsByName = std::map<std::string, InputStatistics>;  // by the layer's name

}  // namespace vitrt::convert
