// Which bytes of a storage have been written: a set of disjoint, merged ranges.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>

namespace vitrt::plan {

class ByteRanges {
 public:
  void Add(uint64_t begin, uint64_t end) {
    auto next = ends_.upper_bound(begin);
    if (next != ends_.begin() && std::prev(next)->second >= begin) begin = (--next)->first;
    while (next != ends_.end() && next->first <= end) {
      end = next->second > end ? next->second : end;
      next = ends_.erase(next);
    }
    ends_.emplace(begin, end);
  }

  bool Contains(uint64_t begin, uint64_t end) const {
    const auto next = ends_.upper_bound(begin);
    return next != ends_.begin() && std::prev(next)->second >= end;
  }

 private:
  std::map<uint64_t, uint64_t> ends_;  // begin -> end
};

}  // namespace vitrt::plan
