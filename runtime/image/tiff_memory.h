// A TIFF file in memory as libtiff sees it.
#pragma once

#include <tiffio.h>

#include <cstdint>
#include <string>

#include "runtime/image/codec.h"

namespace vitrt::image {

inline constexpr int64_t kMaxTiffBlockBytes = int64_t{1} << 30;  // of one strip or tile

// Opens `file` for reading; libtiff prints nothing. Neither copyable nor movable: libtiff keeps a pointer to it.
class TiffMemory {
 public:
  explicit TiffMemory(Bytes file);
  ~TiffMemory();
  TiffMemory(const TiffMemory&) = delete;
  TiffMemory& operator=(const TiffMemory&) = delete;

  TIFF* tiff() const { return tiff_; }                 // null if it could not be opened
  const std::string& error() const { return error_; }  // the first one libtiff reported; empty before libtiff 4.5

  struct Client;  // libtiff's callbacks

 private:
  Bytes file_;
  uint64_t at_ = 0;
  std::string error_;
  TIFF* tiff_ = nullptr;
};

}  // namespace vitrt::image
