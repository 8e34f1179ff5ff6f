#include "bench/promises/simulate.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "runtime/line/calibration/bound.h"
#include "runtime/line/calibration/fixed_sequence.h"
#include "runtime/line/calibration/live_test.h"
#include "runtime/line/calibration/path.h"
#include "runtime/line/calibration/policy_outcome.h"

namespace vitrt::simulation {
namespace {

using calibration::Certificate;
using calibration::CommonPath;
using calibration::CountEvents;
using calibration::DrawPart;
using calibration::Event;
using calibration::ExitsTaken;
using calibration::FittedPath;
using calibration::LiveTest;
using calibration::MaxEvents;
using calibration::Path;
using calibration::Promise;
using calibration::Records;
using calibration::Subset;
using calibration::UpperBound;
using calibration::WalkPath;

constexpr int kClasses = 4, kPopulation = 20000;

double Uniform(std::mt19937_64* random) { return std::ldexp(static_cast<double>((*random)() >> 11), -53); }

// Confidence of an exit and whether it errs. ease: of the image, 0 hard to 1 easy; depth: of the exit, 0 to 1.
std::pair<float, bool> Say(Exits kind, double ease, double depth, std::mt19937_64* random) {
  const double skill = std::clamp(0.6 * ease + 0.3 * depth + 0.2 * Uniform(random), 0.0, 1.0);
  if (kind == Exits::kOverconfident) {
    const double confidence = 1 - 0.02 * std::pow(Uniform(random), 6) * (1.5 - skill);
    return {static_cast<float>(confidence), Uniform(random) > 0.85 + 0.15 * skill};
  }
  const double confidence = 1 - 0.75 * std::pow(1 - skill, 2);
  return {static_cast<float>(confidence), Uniform(random) > confidence + 0.5 * (1 - confidence) * depth};
}

// All images leave at the first exit at any threshold; a part of them, a hair more than `rate`, is wrong there.
void PutCliff(double rate, Records* r) {
  const auto wrong = static_cast<int>(std::floor(rate * r->images)) + 1;
  for (int i = 0; i < r->images; ++i) {
    r->confidence[static_cast<size_t>(i)] = 1.0f;
    const int last = r->predicted_of(r->exits - 1, i);
    r->predicted[static_cast<size_t>(i)] = i < wrong ? (last + 1) % kClasses : last;
  }
}

double TrueRate(const Records& population, const std::vector<float>& thresholds, const Promise& promise) {
  std::vector<int> exit_of(static_cast<size_t>(population.images));
  ExitsTaken(population, thresholds, exit_of);
  return static_cast<double>(CountEvents(population, exit_of, promise)) / population.images;
}

std::vector<double> CostOf(int exits) {
  std::vector<double> cost;
  cost.reserve(static_cast<size_t>(exits));
  for (int k = 0; k < exits; ++k) cost.push_back(static_cast<double>(k + 1) / exits);
  return cost;
}

struct Outcome {
  bool early = false, broken = false;
};

Outcome CalibrateOnce(const Records& population, const Calibrations& what, std::span<const Promise> promises,
                      int images, std::mt19937_64* random) {
  std::vector<int> draw(static_cast<size_t>(images));
  for (int& i : draw) i = static_cast<int>((*random)() % static_cast<uint64_t>(population.images));
  const Records r = Subset(population, draw);
  const std::vector<bool> enabled(static_cast<size_t>(r.exits), true);
  Path path;
  Certificate certificate;
  if (what.fitted) {
    const auto [fit, test] = DrawPart(images, 0.2, (*random)());
    path = FittedPath(Subset(r, fit), promises.front(), CostOf(r.exits), enabled);
    certificate = WalkPath(path, Subset(r, test), promises, what.confidence);
  } else {
    path = CommonPath(r.exits, enabled);
    certificate = WalkPath(path, r, promises, what.confidence);
  }
  if (certificate.setting <= 0) return {};
  Outcome o{.early = true};
  for (const Promise& p : promises)
    o.broken = o.broken || TrueRate(population, path.settings[static_cast<size_t>(certificate.setting)], p) > p.rate;
  return o;
}

}  // namespace

Records Population(Exits kind, int early_exits, int images, double rate, uint64_t seed) {
  std::mt19937_64 random(seed);
  Records r{.exits = early_exits + 1, .images = images, .classes = kClasses, .confidence = {}, .predicted = {}};
  r.confidence.resize(static_cast<size_t>(r.exits) * static_cast<size_t>(images));
  r.predicted.resize(r.confidence.size());
  for (int i = 0; i < images; ++i) {
    const int truth = static_cast<int>(random() % kClasses);
    const double ease = Uniform(&random);
    for (int k = 0; k < r.exits; ++k) {
      const auto at = static_cast<size_t>(k) * static_cast<size_t>(images) + static_cast<size_t>(i);
      const auto [confidence, errs] = Say(kind, ease, static_cast<double>(k) / early_exits, &random);
      r.confidence[at] = confidence;
      const bool wrong = k < early_exits && (errs || (kind == Exits::kUseless && k == 0));
      r.predicted[at] = wrong ? (truth + 1 + static_cast<int>(random() % (kClasses - 1))) % kClasses : truth;
    }
  }
  if (kind == Exits::kCliff) PutCliff(rate, &r);
  return r;
}

Broken Calibrate(const Calibrations& what) {
  constexpr double kRates[] = {0.01, 0.02, 0.05, 0.1};
  std::mt19937_64 random(what.seed);
  std::vector<std::vector<Records>> populations;  // [early exits - 1][rate]
  for (int exits = 1; exits <= 4; ++exits) {
    populations.emplace_back();
    for (const double rate : kRates)
      populations.back().push_back(Population(what.kind, exits, kPopulation, rate, random()));
  }
  Broken found;
  while (found.calibrations < what.count) {
    const auto turn = static_cast<size_t>(found.calibrations);
    const double rate = kRates[turn / 4 % 4];
    const int images = static_cast<int>(100 * std::pow(50.0, Uniform(&random)));  // 100 to 5,000
    std::vector<Promise> promises = {{Event::kDisagreement, rate}};
    if (what.two_promises) promises.push_back({Event::kFalse, 0.2 * rate, 0});
    const double tested = what.fitted ? 0.8 * images : images;
    if (MaxEvents(static_cast<int64_t>(tested), promises.back().rate, what.confidence) < 0) continue;
    const Outcome o = CalibrateOnce(populations[turn % 4][turn / 4 % 4], what, promises, images, &random);
    ++found.calibrations;
    found.certified_early += o.early;
    found.broken += o.broken;
  }
  found.high = UpperBound(found.broken, found.calibrations, 0.975);
  found.low = 1 - UpperBound(found.calibrations - found.broken, found.calibrations, 0.975);
  return found;
}

Alarms Watch(int lines, int64_t samples, int64_t change, double promised, double before, double after, double level,
             uint64_t seed) {
  std::mt19937_64 random(seed);
  Alarms found{.lines = lines};
  std::vector<int64_t> delays;
  for (int line = 0; line < lines; ++line) {
    LiveTest test(promised, level);
    for (int64_t i = 0; i < samples && !test.alarm(); ++i) test.Add(Uniform(&random) < (i < change ? before : after));
    if (!test.alarm() || (change < samples && test.alarm_at() <= change)) continue;
    ++found.alarms;
    delays.push_back(test.alarm_at() - (change < samples ? change : 0));
  }
  if (delays.empty()) return found;
  std::sort(delays.begin(), delays.end());
  found.median_delay = delays[delays.size() / 2];
  found.p90_delay = delays[delays.size() * 9 / 10];
  return found;
}

}  // namespace vitrt::simulation
