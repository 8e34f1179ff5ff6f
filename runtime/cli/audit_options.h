// --log, --metrics and --shadow: what is kept of every answer.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace vitrt::cli {

struct AuditOptions {
  std::string log{}, metrics{};  // "": none
  double log_megabytes = 64;
  int log_keep = 10;
  double shadow = 0;  // share of the images
};

void AddAuditOptions(CLI::App* app, AuditOptions* options);

}  // namespace vitrt::cli
