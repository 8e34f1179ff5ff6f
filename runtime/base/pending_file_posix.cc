#include <fcntl.h>
#include <linux/memfd.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/pending_file.h"

namespace vitrt {
namespace {

constexpr int kMostLinks = 40;  // as the kernel's own limit

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

bool IsStandardStream(const struct stat& file) {
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat other;
    if (fstat(stream, &other) == 0 && other.st_dev == file.st_dev && other.st_ino == file.st_ino) return true;
  }
  return false;
}

// 0 or errno.
int WriteAll(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return 0;
}

// Whether open files can be reached by OpenedAs.
bool HasOpenedFiles() { return access("/proc/self/fd", X_OK) == 0; }

std::string OpenedAs(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

}  // namespace

std::string FollowLinks(const std::string& path) {
  std::string at = path;
  for (int i = 0; i < kMostLinks; ++i) {
    char link[4096];
    const ssize_t length = readlink(at.c_str(), link, sizeof link);
    if (length <= 0 || length == static_cast<ssize_t>(sizeof link)) break;
    const std::string to(link, static_cast<size_t>(length));
    at = to.front() == '/' ? to : FolderOf(at).append("/").append(to);
  }
  return at;
}

struct PendingFile::SignalsWait {
  SignalsWait() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
  }
  ~SignalsWait() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
  SignalsWait(const SignalsWait&) = delete;
  SignalsWait& operator=(const SignalsWait&) = delete;

  sigset_t before;
};

Result<PendingFile> PendingFile::Create(const std::string& path) {
  PendingFile file;
  file.path_ = path;
  file.target_ = FollowLinks(path);
  struct stat existing;
  const bool exists = stat(path.c_str(), &existing) == 0;
  if (exists && S_ISDIR(existing.st_mode)) {
    errno = EISDIR;
    return file.Failed();
  }
  file.through_ = exists && (!S_ISREG(existing.st_mode) || IsStandardStream(existing));
  if (file.through_) {
    VITRT_RETURN_IF_ERROR(file.CreateInMemory());
    return file;
  }
  VITRT_RETURN_IF_ERROR(file.CreateBeside());
  if (!exists) return file;
  // Whoever could read the old file can read the new one; another user's file keeps its owner where that is allowed.
  [[maybe_unused]] const int owner = fchown(file.descriptor_, existing.st_uid, existing.st_gid);
  if (fchmod(file.descriptor_, existing.st_mode & 07777) != 0) return file.Failed();
  return file;
}

// In the folder for temporary files on Linux before 3.17, which has no memfd_create, and where /proc is not mounted.
Status PendingFile::CreateInMemory() {
  if (HasOpenedFiles()) {
    descriptor_ = static_cast<int>(syscall(SYS_memfd_create, "vitrt", MFD_CLOEXEC));  // in glibc from 2.27 only
  }
  if (descriptor_ >= 0) return {};
  const char* folder = std::getenv("TMPDIR");
  return CreateNamed((folder != nullptr && *folder != 0 ? std::string(folder) : "/tmp") + "/vitrt");
}

Status PendingFile::CreateBeside() {
  const bool named_later = HasOpenedFiles();  // linkat goes by way of them
  if (named_later) descriptor_ = open(FolderOf(target_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (descriptor_ >= 0) return {};
  if (named_later && errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) return Failed();
  return CreateNamed(target_);
}

Status PendingFile::CreateNamed(const std::string& prefix) {
  signals_ = std::make_shared<SignalsWait>();
  std::string temporary = prefix + ".XXXXXX";
  descriptor_ = mkostemp(temporary.data(), O_CLOEXEC);
  if (descriptor_ < 0) return Failed();
  temporary_ = temporary;
  const mode_t mask = umask(0);
  umask(mask);
  return fchmod(descriptor_, 0666 & ~mask) == 0 ? Status() : Failed();  // mkostemp makes it private
}

PendingFile::PendingFile(PendingFile&& other) noexcept
    : path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      through_(other.through_),
      signals_(std::move(other.signals_)) {}

PendingFile::~PendingFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
  if (descriptor_ >= 0) close(descriptor_);
}

Status PendingFile::Failed() const {
  return Internal(std::string("cannot write the file: ") + std::strerror(errno), path_);
}

Status PendingFile::Write(std::span<const std::byte> bytes) {
  errno = WriteAll(descriptor_, bytes);
  return errno == 0 ? Status() : Failed();
}

std::string PendingFile::readable_path() const { return temporary_.empty() ? OpenedAs(descriptor_) : temporary_; }

Status PendingFile::Commit() {
  Status status = through_ ? WriteThrough() : TakeName();
  close(std::exchange(descriptor_, -1));
  return status;
}

// A nameless file gets a name of its own first: a link cannot take the place of a file, a rename can.
Status PendingFile::TakeName() {
  if (fsync(descriptor_) != 0) return Failed();
  if (!signals_) signals_ = std::make_shared<SignalsWait>();
  if (temporary_.empty()) {
    const std::string name = target_ + "." + std::to_string(getpid()) + "-" + std::to_string(descriptor_);
    const std::string opened = OpenedAs(descriptor_);
    if (linkat(AT_FDCWD, opened.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) return Failed();
    temporary_ = name;
  }
  if (rename(temporary_.c_str(), target_.c_str()) != 0) return Failed();
  temporary_.clear();
  signals_.reset();
  const int folder = open(FolderOf(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    fsync(folder);  // not every file system syncs folders; the file itself is safe
    close(folder);
  }
  return {};
}

Status PendingFile::WriteThrough() const {
  const int to = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (to < 0 || lseek(descriptor_, 0, SEEK_SET) != 0) return Failed();
  std::byte part[1 << 16];
  int error = 0;
  for (ssize_t size; error == 0 && (size = read(descriptor_, part, sizeof part)) != 0;) {
    error = size < 0 ? errno : WriteAll(to, std::span(part).first(static_cast<size_t>(size)));
  }
  if (close(to) != 0 && error == 0) error = errno;
  errno = error;
  return error == 0 ? Status() : Failed();
}

}  // namespace vitrt
