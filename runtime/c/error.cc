#include "runtime/c/error.h"

#include <string>

namespace vitrt::c {
namespace {

struct LastError {
  std::string message, hint;
};

LastError& Last() {
  thread_local LastError last;
  return last;
}

}  // namespace

vitrt_code Report(const Status& status) {
  if (status.ok()) return VITRT_OK;
  try {
    Last() = {status.ToString(), status.hint()};
  } catch (const std::bad_alloc&) {
    Last().message.clear();  // the code still tells
    Last().hint.clear();
  }
  return static_cast<vitrt_code>(status.code());
}

}  // namespace vitrt::c

extern "C" {

const char* vitrt_error_message(void) { return vitrt::c::Last().message.c_str(); }
const char* vitrt_error_hint(void) { return vitrt::c::Last().hint.c_str(); }
int32_t vitrt_abi_version(void) { return VITRT_ABI_VERSION; }
const char* vitrt_version(void) { return VITRT_VERSION; }

}  // extern "C"
