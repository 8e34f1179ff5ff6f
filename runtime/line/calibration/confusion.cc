#include "runtime/line/calibration/confusion.h"

#include <cmath>

namespace vitrt::calibration {
namespace {

double Part(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : std::nan("");
}

}  // namespace

int64_t Confusion::images_of(int truth) const {
  int64_t sum = 0;
  for (int c = 0; c <= classes; ++c) sum += at(truth, c);
  return sum;
}

int64_t Confusion::predicted_as(int label) const {
  int64_t sum = 0;
  for (int c = 0; c < classes; ++c) sum += at(c, label);
  return sum;
}

Confusion Confuse(std::span<const int> truth, std::span<const int> predicted, int classes) {
  Confusion c{classes, std::vector<int64_t>(static_cast<size_t>(classes) * (static_cast<size_t>(classes) + 1))};
  for (size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] < 0 || truth[i] >= classes) continue;
    const int column = predicted[i] < 0 || predicted[i] >= classes ? classes : predicted[i];
    ++c.count[static_cast<size_t>(truth[i]) * (classes + 1) + column];
  }
  return c;
}

double Precision(const Confusion& c, int of_class) { return Part(c.at(of_class, of_class), c.predicted_as(of_class)); }

double F1(const Confusion& c, int of_class) {
  return Part(2 * c.at(of_class, of_class), c.predicted_as(of_class) + c.images_of(of_class));
}

Inspection Inspect(const Confusion& c, int good) {
  Inspection found;
  for (int truth = 0; truth < c.classes; ++truth) {
    if (truth == good) continue;
    found.escape.images += c.images_of(truth);
    found.escape.events += c.at(truth, good);
    found.overkill.events += c.at(good, truth);
  }
  found.overkill.images = c.images_of(good);
  for (ErrorRate* r : {&found.escape, &found.overkill}) r->rate = RateInterval(r->events, r->images, kConfidence);
  return found;
}

}  // namespace vitrt::calibration
