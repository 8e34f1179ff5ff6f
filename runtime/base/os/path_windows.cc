#include "runtime/base/os/path.h"
#include "runtime/base/os/windows.h"

namespace vitrt::os {
namespace {

constexpr size_t kLongName = 240;  // MAX_PATH is 260, of which a folder leaves 12 to the names in it
constexpr std::wstring_view kPrefix = L"\\\\?\\", kNetworkPrefix = L"\\\\?\\UNC\\";

}  // namespace

std::wstring ToWide(std::string_view utf8) {
  const int bytes = static_cast<int>(utf8.size());
  std::wstring wide(static_cast<size_t>(MultiByteToWideChar(CP_UTF8, 0, utf8.data(), bytes, nullptr, 0)), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, utf8.data(), bytes, wide.data(), static_cast<int>(wide.size()));
  return wide;
}

std::string ToUtf8(std::wstring_view wide) {
  const int units = static_cast<int>(wide.size());
  std::string utf8(
      static_cast<size_t>(WideCharToMultiByte(CP_UTF8, 0, wide.data(), units, nullptr, 0, nullptr, nullptr)), '\0');
  WideCharToMultiByte(CP_UTF8, 0, wide.data(), units, utf8.data(), static_cast<int>(utf8.size()), nullptr, nullptr);
  return utf8;
}

std::filesystem::path PathOf(std::string_view name) {
  std::wstring wide = ToWide(name);
  if (wide.starts_with(kPrefix)) return wide;
  const DWORD size = GetFullPathNameW(wide.c_str(), 0, nullptr, nullptr);
  if (size < kLongName) return wide;
  std::wstring full(size, L'\0');
  full.resize(GetFullPathNameW(wide.c_str(), size, full.data(), nullptr));
  if (full.starts_with(L"\\\\")) return std::wstring(kNetworkPrefix) + full.substr(2);
  return std::wstring(kPrefix) + full;
}

std::string NameOf(const std::filesystem::path& path) {
  std::wstring wide = path.generic_wstring();
  if (wide.starts_with(L"//?/UNC/")) wide.replace(0, 8, L"//");
  if (wide.starts_with(L"//?/")) wide.erase(0, 4);
  return ToUtf8(wide);
}

std::string_view ForbiddenInNames() { return "<>:\"/\\|?*"; }

}  // namespace vitrt::os
