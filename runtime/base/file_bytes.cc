#include "runtime/base/file_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace vitrt {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Status CannotRead(const std::string& path) {
  return BadInput(std::string("cannot read: ") + std::strerror(errno), path);
}

Result<AlignedBuffer> ReadAll(int fd, size_t size, Pages pages, const std::string& path) {
  auto buffer = AlignedBuffer::Allocate(size, pages);
  if (!buffer.ok()) return Status(buffer.status()).Within(path);
  for (size_t done = 0; done < size;) {
    const ssize_t got = read(fd, buffer->data() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return CannotRead(path);
    if (got == 0) return BadInput("the file shrank while it was read", path);
    done += static_cast<size_t>(got);
  }
  return buffer;
}

}  // namespace

Result<FileBytes> FileBytes::Open(const std::string& path, Mode mode, Pages pages) {
  const Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return CannotRead(path);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return CannotRead(path);
  if (!S_ISREG(info.st_mode)) return BadInput("not a regular file", path);
  if (info.st_size == 0) return BadInput("empty file", path);

  FileBytes file;
  file.size_ = static_cast<size_t>(info.st_size);
  if (mode == Mode::kRead) {
    auto buffer = ReadAll(fd.get(), file.size_, pages, path);
    if (!buffer.ok()) return buffer.status();
    file.buffer_ = std::move(*buffer);
    file.data_ = file.buffer_.data();
    return file;
  }
  void* memory = mmap(nullptr, file.size_, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return Internal(std::string("cannot map: ") + std::strerror(errno), path);
  if (pages == Pages::kHuge) madvise(memory, file.size_, MADV_HUGEPAGE);
  file.data_ = static_cast<const std::byte*>(memory);
  file.mapped_ = true;
  return file;
}

FileBytes::FileBytes(FileBytes&& other) noexcept { *this = std::move(other); }

FileBytes& FileBytes::operator=(FileBytes&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(mapped_, other.mapped_);
  std::swap(buffer_, other.buffer_);
  return *this;
}

FileBytes::~FileBytes() {
  if (mapped_) munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace vitrt
