#include "runtime/base/file_bytes.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/base/os/file.h"
#include "runtime/base/os/memory.h"

namespace vitrt {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) os::Close(fd_);
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
    const ptrdiff_t got = os::Read(fd, buffer->data() + done, size - done);
    if (got < 0) return CannotRead(path);
    if (got == 0) return BadInput("the file shrank while it was read", path);
    done += static_cast<size_t>(got);
  }
  return buffer;
}

}  // namespace

Result<FileBytes> FileBytes::Open(const std::string& path, Mode mode, Pages pages) {
  // Before it is opened: a FIFO that nobody writes to would be waited for.
  if (const auto there = os::Look(path); there && !there->regular) return BadInput("not a regular file", path);
  const Descriptor fd(os::Open(path, os::kRead));
  if (fd.get() < 0) return CannotRead(path);
  const std::optional<os::FileFacts> facts = os::Look(fd.get());
  if (!facts) return CannotRead(path);
  if (!facts->regular) return BadInput("not a regular file", path);
  if (facts->bytes == 0) return BadInput("empty file", path);

  FileBytes file;
  file.size_ = static_cast<size_t>(facts->bytes);
  if (mode == Mode::kRead) {
    auto buffer = ReadAll(fd.get(), file.size_, pages, path);
    if (!buffer.ok()) return buffer.status();
    file.buffer_ = std::move(*buffer);
    file.data_ = file.buffer_.data();
    return file;
  }
  void* memory = os::MapFile(fd.get(), file.size_);
  if (memory == nullptr) return Internal(std::string("cannot map: ") + std::strerror(errno), path);
  if (pages == Pages::kHuge) os::PreferLargePages(memory, file.size_);
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
  if (mapped_) os::UnmapFile(const_cast<std::byte*>(data_), size_);
}

}  // namespace vitrt
