// --part-pattern: the part or trigger that an image shows, from the name of its file.
#pragma once

#include <memory>
#include <string>

#include "vitrt/status.h"

namespace vitrt::sinks {

// A regular expression (ECMAScript). The part is its first group, or all that matched where it has none. Copyable.
class PartPattern {
 public:
  PartPattern();  // finds no part
  // Errors: kInvalidArgument.
  static Result<PartPattern> Create(const std::string& expression);

  // `name`: of the file, without its folder. "": nothing matched.
  std::string PartOf(const std::string& name) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace vitrt::sinks
