#include "runtime/line/watch/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"

namespace vitrt::watch {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kSparseLines = 4096;  // shorter journals are not worth compacting

Status Failed(const char* what, const std::string& path) {
  return Internal(std::string(what) + ": " + std::strerror(errno), path);
}

// Bytes are not always UTF-8; the journal keeps each as the code point of the same number.
std::string ToUtf8(const std::string& name) {
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) text += static_cast<char>(0xc0 | byte >> 6);
    text += byte >= 0x80 ? static_cast<char>(0x80 | (byte & 0x3f)) : c;
  }
  return text;
}

std::string FromUtf8(const std::string& text) {
  std::string name;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    name += lead < 0x80 || i + 1 == text.size() ? text[i] : static_cast<char>((lead & 0x03) << 6 | (text[++i] & 0x3f));
  }
  return name;
}

std::string Line(const std::string& name, const std::string& id, const Extents& results) {
  Json json = {ToUtf8(name), id};
  for (const Extent& e : results) json.push_back({e.inode, e.bytes});
  return json.dump() + '\n';
}

}  // namespace

Result<Journal> Journal::Open(const std::string& path) {
  Journal journal;
  journal.path_ = path;
  journal.descriptor_ = open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (journal.descriptor_ < 0) return Failed("cannot open the journal", path);
  if (flock(journal.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    return Internal("the journal is in use", path, "another vitrt watch is at work on this folder");
  }
  VITRT_RETURN_IF_ERROR(journal.Read());
  return journal;
}

Journal::Journal(Journal&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      lines_(other.lines_),
      done_(std::move(other.done_)),
      results_(other.results_) {}

Journal::~Journal() {
  if (descriptor_ >= 0) close(descriptor_);
}

Status Journal::Read() {
  struct stat info;
  if (fstat(descriptor_, &info) != 0) return Failed("cannot read the journal", path_);
  if (info.st_size == 0) return {};
  VITRT_ASSIGN_OR_RETURN(const FileBytes file, FileBytes::Open(path_, FileBytes::Mode::kRead));
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    const Json json = Json::parse(text.substr(begin, end - begin), nullptr, false);
    if (!json.is_array() || json.size() != 2 + results_.size() || !json[0].is_string() || !json[1].is_string()) {
      return Internal("line " + std::to_string(lines_ + 1) + " is not a journal's", path_,
                      "remove the file to answer every image of the folder again");
    }
    done_[FromUtf8(json[0])] = json[1];
    for (size_t i = 0; i < results_.size(); ++i) results_[i] = {json[2 + i].at(0), json[2 + i].at(1)};
    ++lines_;
  }
  size_ = begin;
  if (begin < text.size() && ftruncate(descriptor_, static_cast<off_t>(begin)) != 0) {
    return Failed("cannot mend the journal", path_);
  }
  return {};
}

bool Journal::Has(const std::string& name, const std::string& id) const {
  const auto at = done_.find(name);
  return at != done_.end() && at->second == id;
}

Status Journal::Add(const std::string& name, const std::string& id, const Extents& results) {
  const std::string line = Line(name, id, results);
  const ssize_t written = write(descriptor_, line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size())) {
    if (written >= 0) errno = ENOSPC;
    const Status status = Failed("cannot write to the journal", path_);
    if (written > 0 && ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) size_ += static_cast<uint64_t>(written);
    return status;
  }
  size_ += line.size();
  ++lines_;
  done_[name] = id;
  results_ = results;
  return lines_ > kSparseLines && lines_ > 2 * done_.size() ? Compact() : Status();
}

void Journal::ForgetUnless(const std::function<bool(const std::string& name)>& there) {
  std::erase_if(done_, [&](const auto& entry) { return !there(entry.first); });
}

// A new file beside takes the old one's place at once, so that a kill leaves one or the other.
Status Journal::Compact() {
  const std::string beside = path_ + ".new";
  const int descriptor = open(beside.c_str(), O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return Failed("cannot rewrite the journal", beside);
  std::string text;
  for (const auto& [name, id] : done_) text += Line(name, id, results_);
  const bool good = flock(descriptor, LOCK_EX | LOCK_NB) == 0 &&
                    write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                    fsync(descriptor) == 0 && rename(beside.c_str(), path_.c_str()) == 0;
  if (!good) {
    const Status status = Failed("cannot rewrite the journal", beside);
    close(descriptor);
    unlink(beside.c_str());
    return status;
  }
  close(std::exchange(descriptor_, descriptor));
  size_ = text.size();
  lines_ = done_.size();
  return {};
}

}  // namespace vitrt::watch
