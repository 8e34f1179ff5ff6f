#include "runtime/line/watch/journal.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/base/os/file.h"
#include "runtime/base/pending_file.h"

namespace vitrt::watch {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMinCompactLines = 4096;  // shorter journals are not worth compacting
constexpr size_t kMaxLineLength = 8192;      // a name of 255 bytes takes 1530 characters at most
constexpr size_t kMaxIdLength = 128;
constexpr char kFirstLine[] = "[\"vitrt-watch\",2]\n";

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

std::string DoneLine(const std::string& name, const std::string& id, const std::string& hash) {
  return Json{ToUtf8(name), id, hash}.dump() + '\n';
}

std::string BegunLine(const Begun& b) {
  Json json = {ToUtf8(b.image.name), b.image.id, b.image.hash, b.plan};
  for (const line::FileEnd& e : b.results) json.push_back({e.inode, e.bytes});
  return json.dump() + '\n';
}

bool IsFileName(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name.find('/') == name.npos && name.find('\0') == name.npos;
}

bool IsShortText(const Json& json) {
  return json.is_string() && json.get_ref<const std::string&>().size() <= kMaxIdLength;
}

bool IsEnd(const Json& json) {
  return json.is_array() && json.size() == 2 && json[0].is_number_unsigned() && json[1].is_number_unsigned();
}

line::FileEnd EndOf(const Json& json) { return {json[0].get<uint64_t>(), json[1].get<uint64_t>()}; }

// What an array of this many elements is.
constexpr size_t kDone = 3, kDoneOf010 = 4, kBegun = 6;

bool IsLine(const Json& json) {
  if (!json.is_array() || json.size() < kDone || !json[0].is_string() || !IsShortText(json[1])) return false;
  if (!IsFileName(FromUtf8(json[0].get<std::string>()))) return false;
  if (json.size() == kDone) return IsShortText(json[2]);
  if (json.size() == kDoneOf010) return IsEnd(json[2]) && IsEnd(json[3]);
  return json.size() == kBegun && IsShortText(json[2]) && IsShortText(json[3]) && IsEnd(json[4]) && IsEnd(json[5]);
}

// Deeper levels than a line has are dropped, so that parsing untrusted input takes bounded stack.
Json Parse(std::string_view line) {
  if (line.size() > kMaxLineLength) return nullptr;
  return Json::parse(
      line, [](int depth, Json::parse_event_t, Json&) { return depth <= 3; }, false);
}

Result<int> OpenSafely(const std::string& path, unsigned access) {
  const int descriptor = os::Open(path, access | os::kPrivate);
  if (descriptor < 0) {
    return errno == ELOOP ? InvalidArgument("the journal is a symbolic link", path, "name the file itself")
                          : Failed("cannot open the journal", path);
  }
  const auto facts = os::Look(descriptor);
  if (facts && facts->regular && facts->links == 1) return descriptor;
  os::Close(descriptor);
  return InvalidArgument("the journal is no regular file with one name", path);
}

Result<std::string> ReadAll(int descriptor, const std::string& path) {
  std::string text;
  char part[1 << 16];
  for (ptrdiff_t size; (size = os::ReadAt(descriptor, part, sizeof part, text.size())) != 0;) {
    if (size < 0) return Failed("cannot read the journal", path);
    text.append(part, static_cast<size_t>(size));
  }
  return text;
}

}  // namespace

Result<Journal> Journal::Open(const std::string& path) {
  Journal journal;
  journal.path_ = path;
  VITRT_ASSIGN_OR_RETURN(journal.descriptor_, OpenSafely(path, os::kRead | os::kAppend));
  if (!os::Lock(journal.descriptor_, os::Wait::kNo)) {
    return Internal("the journal is in use", path, "another vitrt watch is at work on this folder");
  }
  VITRT_ASSIGN_OR_RETURN(const std::string text, ReadAll(journal.descriptor_, path));
  VITRT_RETURN_IF_ERROR(journal.Read(text));
  journal.size_ = text.size();
  if (text.empty()) {
    VITRT_RETURN_IF_ERROR(journal.Write(kFirstLine));
  } else if (journal.old_form_ || text.back() != '\n') {
    VITRT_RETURN_IF_ERROR(journal.Compact());
  }
  return journal;
}

Journal::Journal(Journal&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      lines_(other.lines_),
      bad_lines_(other.bad_lines_),
      old_form_(other.old_form_),
      done_(std::move(other.done_)),
      begun_(std::move(other.begun_)),
      results_of_010_(other.results_of_010_) {}

Journal::~Journal() {
  if (descriptor_ >= 0) os::Close(descriptor_);
}

Status Journal::TakeOver(const std::string& path) {
  VITRT_ASSIGN_OR_RETURN(const int descriptor, OpenSafely(path, os::kRead));
  const Result<std::string> text = ReadAll(descriptor, path);
  os::Close(descriptor);
  if (!text.ok()) return text.status();
  VITRT_RETURN_IF_ERROR(Read(*text));
  return Compact();
}

// The whole file must begin as a journal does; after that, each line is for itself.
Status Journal::Read(std::string_view text) {
  if (text.empty()) return {};
  const bool known = text.starts_with(kFirstLine);
  const std::string_view first = text.substr(0, text.find('\n'));
  const Json json = Parse(first);
  const bool cut = text.size() < sizeof kFirstLine && std::string_view(kFirstLine).starts_with(text);
  old_form_ = !known;
  if (!known && !cut && !(IsLine(json) && json.size() == kDoneOf010)) {
    return InvalidArgument("the file is there and is not a journal", path_,
                           "give another name, or remove it to classify every image of the folder");
  }
  size_t begin = known ? sizeof kFirstLine - 1 : 0;
  for (size_t end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    if (!ReadLine(text.substr(begin, end - begin))) ++bad_lines_;
    ++lines_;
  }
  return {};
}

bool Journal::ReadLine(std::string_view line) {
  const Json json = Parse(line);
  if (!IsLine(json)) return false;
  const std::string name = FromUtf8(json[0].get<std::string>()), id = json[1].get<std::string>();
  if (json.size() == kBegun) {
    begun_ =
        Begun{{name, id, json[2].get<std::string>()}, json[3].get<std::string>(), {EndOf(json[4]), EndOf(json[5])}};
    return true;
  }
  done_[name] = {id, json.size() == kDone ? json[2].get<std::string>() : ""};
  if (json.size() == kDoneOf010) results_of_010_ = {EndOf(json[2]), EndOf(json[3])};
  begun_.reset();
  return true;
}

bool Journal::Has(const std::string& name, const std::string& id) const {
  const auto at = done_.find(name);
  return at != done_.end() && at->second.id == id;
}

bool Journal::HasBytes(const std::string& name, const std::string& hash) const {
  const auto at = done_.find(name);
  return at != done_.end() && !hash.empty() && at->second.hash == hash;
}

Status Journal::Write(const std::string& line) {
  const ptrdiff_t written = os::Write(descriptor_, line.data(), line.size());
  if (written != static_cast<ptrdiff_t>(line.size())) {
    if (written >= 0) errno = ENOSPC;
    Status status = Failed("cannot write to the journal", path_);
    if (written > 0 && !os::Truncate(descriptor_, size_)) size_ += static_cast<uint64_t>(written);
    return status;
  }
  size_ += line.size();
  ++lines_;
  return {};
}

Status Journal::Begin(const Begun& begun) {
  VITRT_RETURN_IF_ERROR(Write(BegunLine(begun)));
  begun_ = begun;
  return {};
}

Status Journal::Done(const Image& image) {
  VITRT_RETURN_IF_ERROR(Write(DoneLine(image.name, image.id, image.hash)));
  done_[image.name] = {image.id, image.hash};
  begun_.reset();
  return lines_ > kMinCompactLines && lines_ > 4 * done_.size() ? Compact() : Status();
}

void Journal::ForgetUnless(const std::function<bool(const std::string& name)>& there) {
  std::erase_if(done_, [&](const auto& entry) { return !there(entry.first); });
}

// A new file takes the old one's place at once, so that a kill leaves one or the other; it is locked before it has the
// name.
Status Journal::Compact() {
  VITRT_ASSIGN_OR_RETURN(PendingFile file, PendingFile::Create(path_));
  std::string text = kFirstLine;
  for (const auto& [name, entry] : done_) text += DoneLine(name, entry.id, entry.hash);
  if (begun_) text += BegunLine(*begun_);
  VITRT_RETURN_IF_ERROR(file.Write(std::as_bytes(std::span(text))));
  if (!os::ReplacesOpenFiles()) return CompactClosed(&file, text.size());
  const int descriptor = os::ForAppending(file.descriptor());
  if (descriptor < 0 || !os::Lock(descriptor, os::Wait::kNo)) {
    Status status = Failed("cannot rewrite the journal", path_);
    if (descriptor >= 0) os::Close(descriptor);
    return status;
  }
  if (Status status = file.Commit(); !status.ok()) {
    os::Close(descriptor);
    return status;
  }
  os::Close(std::exchange(descriptor_, descriptor));
  Compacted(text.size());
  return {};
}

// Here nobody may have the old file open while the new one takes its place; for that moment it is not locked. The folder is,
// by HotFolder::Lock.
Status Journal::CompactClosed(PendingFile* file, uint64_t bytes) {
  os::Close(std::exchange(descriptor_, -1));
  Status status = file->Commit();
  VITRT_ASSIGN_OR_RETURN(descriptor_, OpenSafely(path_, os::kRead | os::kAppend));
  if (!os::Lock(descriptor_, os::Wait::kNo)) return Failed("cannot lock the journal", path_);
  if (status.ok()) Compacted(bytes);
  return status;
}

void Journal::Compacted(uint64_t bytes) {
  size_ = bytes;
  lines_ = done_.size() + 1;
  old_form_ = false;
}

}  // namespace vitrt::watch
