// Messages that a broker has not acknowledged, on disk: a kill loses none, and the file is bounded.
//
// A text file: first "vitrt-backlog 1", then "TOPIC<tab>PAYLOAD" for each message and "+" for each acknowledgement of
// the oldest message left. Lines are appended, each in one write; a line that a kill cut short is taken away
// at the next start. The file is emptied when no message is left, and written anew when most of it is acknowledged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "vitrt/status.h"

namespace vitrt::sinks {

struct Message {
  std::string topic, payload;  // no line feeds; no tab in the topic
};

// Movable. Not thread-safe; a second process that opens the same file is refused.
class Backlog {
 public:
  // max_bytes: of the messages that are kept; where a new one does not fit, the oldest go. Errors: kInvalidArgument
  // (another kind of file, a link), kInternal (cannot be opened, or is in use).
  static Result<Backlog> Open(const std::string& path, int64_t max_bytes);
  Backlog(Backlog&& other) noexcept;
  Backlog& operator=(Backlog&&) = delete;
  ~Backlog();

  // Errors: kInternal (disk full); nothing was added.
  Status Push(const Message& message);
  size_t size() const { return entries_.size(); }
  // The message `i` places behind the oldest; i < size(). Errors: kInternal.
  Result<Message> At(size_t i) const;
  // The oldest was acknowledged. Errors: kInternal; it is sent again after a restart.
  Status Pop();

  // The oldest n are in flight and are not dropped.
  void Hold(size_t n) { held_ = n; }
  int64_t dropped() const { return dropped_; }  // since it was opened
  const std::string& path() const { return path_; }

 private:
  struct Entry {
    uint64_t offset = 0, bytes = 0;
  };
  Backlog() = default;
  Status Load();
  Status Write(std::string_view line);
  Status MakeRoom(uint64_t bytes);
  Status Compact();
  Result<std::string> LineOf(const Entry& entry) const;
  Status Failed(const char* what) const;  // by errno

  std::string path_;
  int descriptor_ = -1;
  uint64_t max_bytes_ = 0, size_ = 0, kept_bytes_ = 0;  // the file's, the messages'
  size_t held_ = 0;
  int64_t dropped_ = 0;
  std::deque<Entry> entries_;
};

}  // namespace vitrt::sinks
