// The time of every run of `vitrt bench`, as CSV.
#pragma once

#include <string>
#include <vector>

namespace vitrt::cli {

inline constexpr char kRawHeader[] = "plan,batch,session,run,ms";

// Rows of one session's runs, in order.
std::string RawRows(const std::string& plan, int batch, int session, const std::vector<double>& run_ms);

}  // namespace vitrt::cli
