#include "runtime/base/empty_argument.h"

namespace vitrt {

Status CheckNoneEmpty(std::span<const std::string> arguments) {
  const auto refused = [](const std::string& what) {
    return InvalidArgument(what, "command line", "is a variable of the shell empty? leave out what is not meant");
  };
  bool options = true;  // until "--"
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument.empty()) {
      const bool after_option = options && i > 0 && arguments[i - 1].size() > 1 && arguments[i - 1].starts_with('-');
      return refused(after_option ? arguments[i - 1] + " has an empty value" : "an argument is empty");
    }
    if (argument == "--") options = false;
    if (options && argument.starts_with("--") && argument.find('=') == argument.size() - 1)
      return refused(argument.substr(0, argument.size() - 1) + " has an empty value");
  }
  return {};
}

}  // namespace vitrt
