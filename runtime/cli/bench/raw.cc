#include "runtime/cli/bench/raw.h"

#include "runtime/line/text/csv.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::cli {

std::string RawRows(const std::string& plan, int batch, int session, const std::vector<double>& run_ms) {
  std::string rows;
  for (size_t i = 0; i < run_ms.size(); ++i) {
    rows += line::CsvRow(
        {plan, std::to_string(batch), std::to_string(session), std::to_string(i), line::Fixed(run_ms[i], 6)});
  }
  return rows;
}

}  // namespace vitrt::cli
