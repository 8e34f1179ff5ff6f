// Status and Result: how every call of vitrt that can fail says so. No exception crosses the API.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace vitrt {

// Values 0 to 5 are also the exit codes of the command-line programs.
enum class StatusCode {
  kOk = 0,
  kInternal = 1,         // a bug in vitrt, or the machine: out of memory, disk full, a broken invariant
  kInvalidArgument = 2,  // a wrong option or call
  kBadPlan = 3,          // a plan or model file that is missing, damaged, foreign or of another version
  kBadInput = 4,         // an image or tensor that cannot be read or does not fit the plan
  kUnsupported = 5,      // a sound model that vitrt cannot run
};

// A code, what went wrong, where (a file, node, option), and perhaps a hint on what to do. Copyable, cheap when ok.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string what, std::string where = {}, std::string hint = {})
      : code_(code), what_(std::move(what)), where_(std::move(where)), hint_(std::move(hint)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& what() const { return what_; }
  const std::string& where() const { return where_; }
  const std::string& hint() const { return hint_; }
  // "<what> (<where>)"
  std::string ToString() const { return ok() ? "ok" : where_.empty() ? what_ : what_ + " (" + where_ + ")"; }

  // The same error seen from one level up: `outer` goes in front of where ("step 17 LayerNorm: ...").
  Status Within(const std::string& outer) && {
    where_ = where_.empty() ? outer : outer + ": " + where_;
    return std::move(*this);
  }

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string what_, where_, hint_;
};

inline Status Internal(std::string what, std::string where = {}, std::string hint = {}) {
  return {StatusCode::kInternal, std::move(what), std::move(where), std::move(hint)};
}
inline Status InvalidArgument(std::string what, std::string where = {}, std::string hint = {}) {
  return {StatusCode::kInvalidArgument, std::move(what), std::move(where), std::move(hint)};
}
inline Status BadPlan(std::string what, std::string where = {}, std::string hint = {}) {
  return {StatusCode::kBadPlan, std::move(what), std::move(where), std::move(hint)};
}
inline Status BadInput(std::string what, std::string where = {}, std::string hint = {}) {
  return {StatusCode::kBadInput, std::move(what), std::move(where), std::move(hint)};
}
inline Status Unsupported(std::string what, std::string where = {}, std::string hint = {}) {
  return {StatusCode::kUnsupported, std::move(what), std::move(where), std::move(hint)};
}

// A T or the Status that explains why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}                                  // NOLINT: implicit on purpose
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }  // NOLINT: implicit on purpose

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& value() & {
    assert(ok());
    return *value_;
  }
  const T& value() const& {
    assert(ok());
    return *value_;
  }
  T&& value() && {
    assert(ok());
    return *std::move(value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace vitrt
