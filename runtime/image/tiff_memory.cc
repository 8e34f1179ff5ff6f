#include "runtime/image/tiff_memory.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

namespace vitrt::image {

struct TiffMemory::Client {
  static TiffMemory& Self(thandle_t handle) { return *static_cast<TiffMemory*>(handle); }

  static tmsize_t Read(thandle_t handle, void* to, tmsize_t size) {
    TiffMemory& self = Self(handle);
    if (size <= 0 || self.at_ >= self.file_.size()) return 0;
    const auto count = std::min<uint64_t>(static_cast<uint64_t>(size), self.file_.size() - self.at_);
    std::memcpy(to, self.file_.data() + self.at_, count);
    self.at_ += count;
    return static_cast<tmsize_t>(count);
  }

  static tmsize_t Write(thandle_t, void*, tmsize_t) { return 0; }

  static toff_t Seek(thandle_t handle, toff_t offset, int whence) {
    TiffMemory& self = Self(handle);
    const uint64_t base = whence == SEEK_CUR ? self.at_ : whence == SEEK_END ? self.file_.size() : 0;
    return self.at_ = base + offset;
  }

  static int Close(thandle_t) { return 0; }
  static toff_t FileSize(thandle_t handle) { return Self(handle).file_.size(); }

  static int Map(thandle_t handle, void** base, toff_t* size) {
    *base = const_cast<uint8_t*>(Self(handle).file_.data());  // opened read-only: libtiff does not write
    *size = Self(handle).file_.size();
    return 1;
  }

  static void Unmap(thandle_t, void*, toff_t) {}

#if TIFFLIB_VERSION >= 20221213  // 4.5: handlers and limits belong to the handle
  static int OnError(TIFF*, void* user, const char*, const char* format, va_list arguments) {
    char text[256];
    std::vsnprintf(text, sizeof text, format, arguments);
    if (Self(user).error_.empty()) Self(user).error_ = text;
    return 1;
  }

  // A tag that lies past the end of the file is only a warning to libtiff, which then guesses (a palette image turns
  // grey).
  static int OnWarning(TIFF* tiff, void* user, const char* module, const char* format, va_list arguments) {
    return std::strstr(format, "IO error") != nullptr ? OnError(tiff, user, module, format, arguments) : 1;
  }

  static TIFF* Open(TiffMemory* self) {
    const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                               TIFFOpenOptionsFree);
    if (options == nullptr) return nullptr;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMaxTiffBlockBytes);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), OnError, self);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), OnWarning, self);
    return TIFFClientOpenExt("image", "r", self, Read, Write, Seek, Close, FileSize, Map, Unmap, options.get());
  }
#else  // only process-wide handlers exist
  static TIFF* Open(TiffMemory* self) {
    TIFFSetErrorHandler(nullptr);
    TIFFSetWarningHandler(nullptr);
    return TIFFClientOpen("image", "r", self, Read, Write, Seek, Close, FileSize, Map, Unmap);
  }
#endif
};

TiffMemory::TiffMemory(Bytes file) : file_(file) { tiff_ = Client::Open(this); }

TiffMemory::~TiffMemory() {
  if (tiff_ != nullptr) TIFFClose(tiff_);
}

}  // namespace vitrt::image
