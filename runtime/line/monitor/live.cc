#include "runtime/line/monitor/live.h"

#include <algorithm>

namespace vitrt::monitor {

std::optional<LiveFindings> WatchPromise(const History& history, std::optional<double> promised, double level) {
  const std::vector<audit::Record>& records = history.records;
  const size_t begin = history.last_plan_from;
  int64_t shadowed = 0;
  for (size_t i = begin; i < records.size(); ++i) {
    shadowed += records[i].shadow.has_value();
    // The last line's promise: none where thresholds were set by hand.
    if (i + 1 == records.size() && !promised) promised = records[i].promised;
  }
  if (!promised || !(*promised > 0 && *promised < 1) || shadowed == 0) return std::nullopt;

  calibration::LiveTest test(*promised, level);
  LiveFindings f;
  f.promised = *promised;
  f.level = level;
  const int64_t every = (shadowed + static_cast<int64_t>(kMaxLivePoints) - 1) / static_cast<int64_t>(kMaxLivePoints);
  for (size_t i = begin; i < records.size(); ++i) {
    if (!records[i].shadow) continue;
    const bool quiet = !test.alarm();
    test.Add(records[i].shadow->class_index != records[i].class_index);
    const bool alarmed = quiet && test.alarm();
    if (alarmed) f.alarm_time = records[i].time;
    if (!alarmed && test.samples() % every != 0 && test.samples() != shadowed) continue;
    f.points.push_back({test.samples(), test.capital(),
                        static_cast<double>(test.events()) / static_cast<double>(test.samples()),
                        calibration::RateSoFar(test.events(), test.samples(), level)});
  }
  f.samples = test.samples();
  f.events = test.events();
  f.capital = test.capital();
  f.largest_capital = test.largest_capital();
  f.alarm_at = test.alarm_at();
  f.interval = f.points.back().interval;
  return f;
}

}  // namespace vitrt::monitor
