// A small picture of an image that a log names, for the page.
#pragma once

#include <cstdint>
#include <string>

namespace vitrt::monitor {

inline constexpr int64_t kThumbnailSide = 96;
inline constexpr int64_t kMaxThumbnailBytes = int64_t{256} << 20;  // of the file

// A PNG of at most kThumbnailSide pixels a side as a data URI. "" where `path` cannot be read or decoded, or
// has other bytes than those that were classified (image_xxh3 of the log).
std::string Thumbnail(const std::string& path, const std::string& image_xxh3);

}  // namespace vitrt::monitor
