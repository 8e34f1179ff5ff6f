#include "runtime/line/watch/cameras.h"

#include <algorithm>
#include <filesystem>

#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"

namespace vitrt::watch {
namespace {

namespace fs = std::filesystem;

constexpr const char* kJournalOf010 = ".vitrt-watch";

// "in/" and "./in" are "in".
std::string OwnName(const std::string& folder) {
  const fs::path path = os::PathOf(folder).lexically_normal();
  return os::NameOf((path.has_filename() ? path : path.parent_path()).filename());
}

// Device and inode; "" where there is nothing. inotify does not tell of a folder that is removed while it is open.
std::string DirectoryOf(const std::string& folder) {
  const auto facts = os::Look(folder);
  return facts ? facts->Identity() : "";
}

}  // namespace

Result<Cameras> Cameras::Open(const CamerasOptions& options) {
  if (!options.journal.empty() && (options.folders.size() > 1 || options.subfolders)) {
    return InvalidArgument("--journal is of one folder", "command line",
                           "journals of several folders are kept in the state folder: set XDG_STATE_HOME");
  }
  Cameras cameras(options);
  for (size_t i = 0; i < options.folders.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      const std::string one = DirectoryOf(options.folders[i]);
      if (!one.empty() && one == DirectoryOf(options.folders[k])) {
        return InvalidArgument("two of the folders are one", options.folders[i]);
      }
    }
    VITRT_RETURN_IF_ERROR(cameras.Add(options.folders[i], true));
  }
  VITRT_RETURN_IF_ERROR(cameras.TakeSubfolders());
  return cameras;
}

std::string Cameras::NameOf(const std::string& folder) const {
  const std::string name = OwnName(folder);
  const auto same = [&](const std::string& other) { return other != folder && OwnName(other) == name; };
  const bool given_twice = std::any_of(options_.folders.begin(), options_.folders.end(), same);
  const bool taken = std::any_of(cameras_.begin(), cameras_.end(), [&](const auto& c) { return same(c->folder); });
  return given_twice || taken ? folder : name;
}

// The journal of version 0.1.0 stood in the folder itself.
Result<Journal> Cameras::OpenJournal(const std::string& folder) const {
  std::string path = options_.journal;
  if (path.empty()) {
    VITRT_ASSIGN_OR_RETURN(path, DefaultJournalPath(folder));
  }
  VITRT_ASSIGN_OR_RETURN(Journal journal, Journal::Open(path));
  const std::string old = folder + "/" + kJournalOf010;
  if (options_.journal.empty() && journal.empty() && fs::exists(fs::symlink_status(os::PathOf(old)))) {
    const Status status = journal.TakeOver(old);
    options_.note(status.ok() ? "took over the journal " + old + ", which may be removed"
                              : "the old journal is not taken over: " + status.ToString());
  }
  if (journal.bad_lines() > 0) {
    options_.note("skipped " + std::to_string(journal.bad_lines()) + " lines that are not a journal's: " + path);
  }
  return journal;
}

Status Cameras::Add(const std::string& folder, bool given) {
  // One that went and came again: its journal must be free.
  std::erase_if(cameras_, [&](const auto& c) { return c->gone && c->folder == folder; });
  VITRT_ASSIGN_OR_RETURN(HotFolder hot, HotFolder::Open(folder, options_.settle, options_.accepts));
  if (options_.journal.empty()) VITRT_RETURN_IF_ERROR(hot.Lock());  // another user has another default journal
  VITRT_ASSIGN_OR_RETURN(Journal journal, OpenJournal(folder));
  std::string name = NameOf(folder);
  const int index = indices_.emplace(folder, static_cast<int>(indices_.size())).first->second;
  auto camera = std::make_unique<Camera>(Camera{
      .name = std::move(name), .folder = folder, .index = index, .hot = std::move(hot), .journal = std::move(journal)});
  camera->given = given;
  camera->directory = DirectoryOf(folder);
  camera->journal.ForgetUnless([&](const std::string& file) { return os::Look(folder + "/" + file).has_value(); });
  cameras_.push_back(std::move(camera));
  return {};
}

Status Cameras::TakeSubfolders() {
  if (!options_.subfolders) return {};
  for (size_t i = 0; i < options_.folders.size(); ++i) {  // the given ones stand first
    const Camera& given = *cameras_[i];
    for (const std::string& name : given.hot.subfolders()) {
      const std::string folder = given.PathOf(name);
      const bool known = std::any_of(cameras_.begin(), cameras_.end(), [&](const auto& c) {
        return !c->gone && DirectoryOf(c->folder) == DirectoryOf(folder);
      });
      if (known || !os::IsFolder(folder)) continue;
      const Status status = Add(folder, false);
      if (status.code() == StatusCode::kBadInput) continue;  // it went again
      VITRT_RETURN_IF_ERROR(status);
    }
  }
  return {};
}

std::optional<Cameras::Turn> Cameras::Next() {
  for (size_t i = 0; i < cameras_.size(); ++i) {
    Camera* camera = cameras_[(turn_ + i) % cameras_.size()].get();
    if (camera->gone) continue;
    if (auto file = camera->hot.Next()) {
      turn_ = (turn_ + i + 1) % cameras_.size();
      return Turn{camera, std::move(*file)};
    }
  }
  return std::nullopt;
}

Status Cameras::ReadEvents() {
  for (const auto& camera : cameras_) {
    if (camera->gone) continue;
    Status status = camera->hot.ReadEvents();
    if (!status.ok() && (camera->given || status.code() != StatusCode::kBadInput)) return status;
    if (!camera->given && (!status.ok() || DirectoryOf(camera->folder) != camera->directory)) {
      camera->gone = true;
      options_.note("the folder was removed or renamed (" + camera->folder + ")");
    }
    for (const std::string& name : camera->hot.TakeRemoved()) camera->journal.Forget(name);
    SayOfSubfolders(camera.get());
  }
  return {};
}

Status Cameras::Rescan() {
  for (const auto& camera : cameras_) {
    if (camera->gone) continue;
    Status status = camera->hot.Rescan();
    if (!status.ok() && camera->given) return status;
    camera->journal.ForgetUnless([&](const std::string& file) { return os::Look(camera->PathOf(file)).has_value(); });
  }
  return {};
}

void Cameras::SayOfSubfolders(Camera* camera) const {
  const std::set<std::string>& names = camera->hot.subfolders();
  if (options_.subfolders && camera->given) return;
  if (names.size() > camera->subfolders_said) {
    options_.note("sub-folders are left alone: " + std::to_string(names.size()) + " in " + camera->folder +
                  ", the last " + *names.rbegin());
  }
  camera->subfolders_said = names.size();
}

std::vector<os::Waitable> Cameras::waitables() const {
  std::vector<os::Waitable> all;
  for (const auto& camera : cameras_) {
    if (!camera->gone) all.push_back(camera->hot.waitable());
  }
  return all;
}

std::optional<HotFolder::Clock::time_point> Cameras::NextDue() const {
  std::optional<HotFolder::Clock::time_point> due;
  for (const auto& camera : cameras_) {
    const auto of_camera = camera->gone ? std::nullopt : camera->hot.NextDue();
    if (of_camera && (!due || *of_camera < *due)) due = of_camera;
  }
  return due;
}

bool Cameras::waiting() const {
  return std::any_of(cameras_.begin(), cameras_.end(), [](const auto& c) { return !c->gone && c->hot.waiting(); });
}

int64_t Cameras::vanished() const {
  int64_t all = 0;
  for (const auto& camera : cameras_) all += camera->hot.vanished();
  return all;
}

size_t Cameras::subfolders_left_alone() const {
  size_t all = 0;
  for (const auto& camera : cameras_) {
    if (!options_.subfolders || !camera->given) all += camera->hot.subfolders().size();
  }
  return all;
}

}  // namespace vitrt::watch
