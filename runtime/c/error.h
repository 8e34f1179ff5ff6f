// What the last failing call of a thread said, and the border that no exception crosses.
#pragma once

#include <new>

#include "vitrt/c.h"
#include "vitrt/status.h"

namespace vitrt::c {

// Keeps a failure for vitrt_error_message() and gives its code.
vitrt_code Report(const Status& status);

// Runs `call`, which gives a Status; running out of memory in it becomes an error like any other.
template <typename F>
vitrt_code Guarded(F&& call) noexcept {
  try {
    return Report(call());
  } catch (const std::bad_alloc&) {
    return Report(Internal("out of memory"));
  }
}

}  // namespace vitrt::c
