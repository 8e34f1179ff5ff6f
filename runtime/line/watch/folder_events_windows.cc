#include <array>
#include <cerrno>
#include <cstring>

#include "runtime/base/check.h"
#include "runtime/base/os/path.h"
#include "runtime/base/os/windows.h"
#include "runtime/line/watch/folder_events.h"

namespace vitrt::watch {
namespace {

constexpr DWORD kFilter = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME | FILE_NOTIFY_CHANGE_SIZE |
                          FILE_NOTIFY_CHANGE_LAST_WRITE;

FolderEvent::Kind KindOf(DWORD action) {
  using Kind = FolderEvent::Kind;
  switch (action) {
    case FILE_ACTION_REMOVED:
      return Kind::kRemoved;
    case FILE_ACTION_RENAMED_OLD_NAME:
      return Kind::kRenamedAway;
    case FILE_ACTION_RENAMED_NEW_NAME:
      return Kind::kRenamedHere;
    default:
      return Kind::kChanged;
  }
}

}  // namespace

// The system writes into it while a request is open, so it stays where it is.
struct FolderEvents::Impl {
  explicit Impl(std::string folder_name) : name(std::move(folder_name)) {}
  ~Impl() {
    DWORD bytes = 0;
    if (asked && CancelIoEx(folder, &request)) GetOverlappedResult(folder, &request, &bytes, TRUE);
    if (folder != INVALID_HANDLE_VALUE) CloseHandle(folder);
    if (request.hEvent != nullptr) CloseHandle(request.hEvent);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status Failed() const {
    return BadInput(std::string("cannot watch the folder: ") + std::strerror(os::ErrnoOf(GetLastError())), name);
  }

  Status Ask() {
    asked =
        ReadDirectoryChangesW(folder, buffer.data(), sizeof buffer, FALSE, kFilter, nullptr, &request, nullptr) != 0;
    return asked ? Status() : Failed();
  }

  void Tell(const FILE_NOTIFY_INFORMATION& info, const std::function<void(const FolderEvent&)>& take) {
    const std::wstring_view text(info.FileName, info.FileNameLength / sizeof(wchar_t));
    FolderEvent event{KindOf(info.Action), os::ToUtf8(text)};
    if (event.kind == FolderEvent::Kind::kRenamedAway) ++renames;  // the new name follows at once
    if (event.kind == FolderEvent::Kind::kRenamedAway || event.kind == FolderEvent::Kind::kRenamedHere)
      event.rename = renames;
    const DWORD attributes = GetFileAttributesW(os::PathOf(name + "/" + event.name).c_str());
    event.folder = attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    take(event);
  }

  std::string name;
  HANDLE folder = INVALID_HANDLE_VALUE;
  OVERLAPPED request = {};
  bool asked = false;
  uint32_t renames = 0;
  alignas(FILE_NOTIFY_INFORMATION) std::array<char, 64 * 1024> buffer;  // the most that network folders take
};

FolderEvents::FolderEvents() = default;
FolderEvents::FolderEvents(FolderEvents&&) noexcept = default;
FolderEvents& FolderEvents::operator=(FolderEvents&&) noexcept = default;
FolderEvents::~FolderEvents() = default;

Result<FolderEvents> FolderEvents::Open(const std::string& folder) {
  FolderEvents events;
  events.impl_ = std::make_unique<Impl>(folder);
  Impl& impl = *events.impl_;
  impl.request.hEvent = CreateEventW(nullptr, TRUE, FALSE, nullptr);
  impl.folder = CreateFileW(os::PathOf(folder).c_str(), FILE_LIST_DIRECTORY,
                            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                            FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OVERLAPPED, nullptr);
  if (impl.request.hEvent == nullptr || impl.folder == INVALID_HANDLE_VALUE) return impl.Failed();
  VITRT_RETURN_IF_ERROR(impl.Ask());
  return events;
}

os::Waitable FolderEvents::waitable() const { return reinterpret_cast<os::Waitable>(impl_->request.hEvent); }

Status FolderEvents::Read(const std::function<void(const FolderEvent&)>& take, const std::function<Status()>& lost) {
  for (;;) {
    DWORD bytes = 0;
    if (!GetOverlappedResult(impl_->folder, &impl_->request, &bytes, FALSE)) {
      if (GetLastError() == ERROR_IO_INCOMPLETE) return {};
      impl_->asked = false;
      return BadInput("the folder was removed or renamed", impl_->name);
    }
    for (DWORD at = 0; at < bytes;) {
      const auto* info = reinterpret_cast<const FILE_NOTIFY_INFORMATION*>(impl_->buffer.data() + at);
      impl_->Tell(*info, take);
      at = info->NextEntryOffset == 0 ? bytes : at + info->NextEntryOffset;
    }
    ResetEvent(impl_->request.hEvent);
    VITRT_RETURN_IF_ERROR(impl_->Ask());  // events since the last request were kept
    if (bytes == 0) VITRT_RETURN_IF_ERROR(lost());
  }
}

}  // namespace vitrt::watch
