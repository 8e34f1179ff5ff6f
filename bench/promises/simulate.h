// Early exits whose risk is known, to see how often a promise is broken, and lines whose rate is known, to see when the
// live test raises its alarm.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/line/calibration/records.h"

namespace vitrt::simulation {

enum class Exits : uint8_t {
  kCalibrated,     // an exit errs as often as its confidence says, later exits less
  kOverconfident,  // most confidences are near 1, and errors are spread over all of them
  kUseless,        // the first exit never agrees with the last, whatever its confidence
  kCliff,          // the first setting that lets an image leave breaks the promise by a hair: the hardest case
};

// A population of images: drawing from it with replacement makes its rates the true ones. `rate` places the cliff.
calibration::Records Population(Exits kind, int early_exits, int images, double rate, uint64_t seed);

struct Broken {
  int64_t calibrations = 0, certified_early = 0, broken = 0;
  double low = 0, high = 1;  // exact 95 % interval of the share that is broken
};

struct Calibrations {
  Exits kind = Exits::kCalibrated;
  bool fitted = false;        // a path fitted to a fifth of the images, otherwise one common threshold
  bool two_promises = false;  // also of one class's false predictions, at a fifth of the rate
  int count = 2000;
  double confidence = 0.95;
  uint64_t seed = 1;
};

// `count` calibrations with 1 to 4 early exits, n = 100 to 5,000 images and promised rates of 1, 2, 5 and 10 %, in turn
// or at random; each on its own draw. Sets too small for their promise are drawn again.
Broken Calibrate(const Calibrations& what);

struct Alarms {
  int64_t lines = 0, alarms = 0;
  int64_t median_delay = 0,
          p90_delay = 0;  // samples from the change to the alarm, of the lines that raised one after it
};

// Lines of `samples` shadow samples whose rate is `before` for the first `change` samples and `after` from then on,
// against a promise of `promised`. Alarms are those after the change; with change = samples, all of them.
Alarms Watch(int lines, int64_t samples, int64_t change, double promised, double before, double after, double level,
             uint64_t seed);

}  // namespace vitrt::simulation
