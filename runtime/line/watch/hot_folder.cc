#include "runtime/line/watch/hot_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/os/file.h"

namespace vitrt::watch {
namespace {

bool Hidden(const std::string& name) { return name.empty() || name.front() == '.'; }

}  // namespace

Result<HotFolder> HotFolder::Open(const std::string& folder, std::chrono::milliseconds settle, Accepts accepts) {
  HotFolder hot;
  hot.folder_ = folder;
  hot.settle_ = settle;
  hot.accepts_ = std::move(accepts);
  VITRT_ASSIGN_OR_RETURN(hot.events_, FolderEvents::Open(folder));
  VITRT_RETURN_IF_ERROR(hot.Rescan());  // after events are kept, so that no file is missed
  return hot;
}

HotFolder::HotFolder(HotFolder&& other) noexcept
    : folder_(std::move(other.folder_)),
      settle_(other.settle_),
      accepts_(std::move(other.accepts_)),
      events_(std::move(other.events_)),
      lock_(std::exchange(other.lock_, -1)),
      arrivals_(other.arrivals_),
      candidates_(std::move(other.candidates_)),
      queue_(std::move(other.queue_)),
      removed_(std::move(other.removed_)),
      subfolders_(std::move(other.subfolders_)),
      vanished_(other.vanished_),
      moved_out_(other.moved_out_) {}

HotFolder::~HotFolder() { os::Release(lock_); }

Status HotFolder::Lock() {
  lock_ = os::LockFolder(folder_);
  if (lock_ != -1) return {};
  return Internal("the folder is in use", folder_,
                  "another vitrt watch is at work on it; to classify its images twice, give each --journal FILE");
}

void HotFolder::Arrived(const std::string& name, bool closed) {
  if (Hidden(name) || !accepts_(name)) return;
  const auto [at, is_new] = candidates_.try_emplace(name);
  Candidate& candidate = at->second;
  if (is_new) Enqueue(name, &candidate);
  if (!is_new && !closed) return;
  candidate.closed = closed;
  candidate.due = Clock::now();
  candidate.seen.clear();
}

Status HotFolder::ReadEvents() {
  return events_.Read([&](const FolderEvent& event) { Take(event); }, [&] { return Rescan(); });
}

void HotFolder::Take(const FolderEvent& event) {
  using Kind = FolderEvent::Kind;
  const bool gone = event.kind == Kind::kRemoved || event.kind == Kind::kRenamedAway;
  if (event.folder || (gone && subfolders_.contains(event.name))) {
    if (gone) subfolders_.erase(event.name);
    if (!gone && !Hidden(event.name)) subfolders_.insert(event.name);
  } else if (gone) {
    const bool waited = Drop(event.name);
    vanished_ += waited;
    if (waited && event.kind == Kind::kRenamedAway) moved_out_ = event.rename;
    removed_.push_back(event.name);
  } else {
    if (event.kind == Kind::kRenamedHere && event.rename != 0 && event.rename == moved_out_) {
      --vanished_;
      moved_out_ = 0;
    }
    Arrived(event.name, event.kind != Kind::kChanged);
  }
}

Status HotFolder::Rescan() {
  struct Found {
    int64_t s, ns;  // when it was modified
    std::string name;
  };
  std::vector<Found> found;
  const auto entries = os::EntriesOf(folder_);
  if (!entries) return BadInput(std::string("cannot read the folder: ") + std::strerror(errno), folder_);
  for (const os::Entry& entry : *entries) {
    if (entry.folder && !Hidden(entry.name)) subfolders_.insert(entry.name);
    const auto facts = entry.regular ? os::Look(folder_ + "/" + entry.name) : std::nullopt;
    if (facts && facts->regular) found.push_back({facts->modified_s, facts->modified_ns, entry.name});
  }
  std::sort(found.begin(), found.end(),
            [](const Found& a, const Found& b) { return std::tie(a.s, a.ns, a.name) < std::tie(b.s, b.ns, b.name); });
  for (const Found& file : found) Arrived(file.name, false);
  return {};
}

// The change time of the inode is that of the last write or, for a file that was renamed, of that.
HotFolder::File HotFolder::Look(const std::string& name) const {
  const std::optional<os::FileFacts> facts = os::Look(folder_ + "/" + name);
  if (!facts || !facts->regular) return {name, ""};
  File file{name, std::to_string(facts->inode) + "-" + std::to_string(facts->bytes) + "-" +
                      std::to_string(facts->modified_s) + "." + std::to_string(facts->modified_ns)};
  file.closed = facts->changed;
  return file;
}

std::string HotFolder::IdOf(const std::string& name) const { return Look(name).id; }

std::vector<std::string> HotFolder::WaitingNames() const {
  std::vector<std::string> names;
  for (const auto& [order, name] : queue_) names.push_back(name);
  return names;
}

void HotFolder::Enqueue(const std::string& name, Candidate* candidate) {
  candidate->order = arrivals_++;
  queue_.emplace(candidate->order, name);
}

bool HotFolder::Drop(const std::string& name) {
  const auto at = candidates_.find(name);
  if (at == candidates_.end()) return false;
  queue_.erase(at->second.order);
  candidates_.erase(at);
  return true;
}

std::optional<HotFolder::File> HotFolder::Next() {
  const Clock::time_point now = Clock::now();
  for (auto at = queue_.begin(); at != queue_.end();) {
    const std::string name = (at++)->second;  // Drop leaves the next one valid
    Candidate& candidate = candidates_[name];
    if (candidate.due > now) continue;
    File file = Look(name);
    file.settled = !file.id.empty() && candidate.seen == file.id;
    if (file.id.empty() || candidate.closed || file.settled) {
      if (!candidate.closed) file.closed.reset();
      Drop(name);
      if (!file.id.empty()) return file;
      ++vanished_;
    } else {
      candidate.seen = file.id;
      candidate.due = now + settle_;
    }
  }
  return std::nullopt;
}

void HotFolder::Later(const File& file) {
  const auto [at, is_new] = candidates_.try_emplace(file.name);
  if (!is_new) return;  // it has changed already
  Enqueue(file.name, &at->second);
  at->second.due = Clock::now() + settle_;
  at->second.seen = file.id;
}

std::optional<HotFolder::Clock::time_point> HotFolder::NextDue() const {
  std::optional<Clock::time_point> due;
  for (const auto& [name, candidate] : candidates_) {
    if (!due || candidate.due < *due) due = candidate.due;
  }
  return due;
}

std::vector<std::string> HotFolder::TakeRemoved() { return std::exchange(removed_, {}); }

}  // namespace vitrt::watch
