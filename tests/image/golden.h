// Reads what make_golden.py wrote.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/image/axis_weights.h"

namespace vitrt::image {

std::vector<std::byte> ReadGoldenFile(const std::string& name);

// Cases of one kind; `take` hands out the expected bytes, which a case must take in full.
class Golden {
 public:
  Golden();
  struct Case {
    std::string kind;
    std::istringstream fields;
    const uint8_t* bytes = nullptr;
    size_t byte_count = 0;
  };
  std::vector<Case> Cases(std::string_view kind) const;

 private:
  std::vector<std::byte> text_, bytes_;
};

Interpolation ParseFilter(const std::string& name);

}  // namespace vitrt::image
