#include "runtime/line/text/escape.h"

#include <cstdint>
#include <cstdio>

namespace vitrt::line {
namespace {

struct Decoded {
  uint32_t code = 0;
  size_t bytes = 0;  // 0: not UTF-8
};

// The code point at the start of `text` (RFC 3629: shortest form, no surrogates).
Decoded Decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || bytes > text.size()) return {};
  uint32_t code = lead & (0xffu >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  const bool shortest = code >= (bytes == 2 ? 0x80u : bytes == 3 ? 0x800u : 0x10000u);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return shortest && !surrogate && code <= 0x10ffff ? Decoded{code, bytes} : Decoded{};
}

bool IsControl(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

std::string Hex(const char* format, uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string Shown(uint32_t control) {
  switch (control) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return Hex(control < 0x80 ? "\\x%02x" : "\\u%04x", control);
  }
}

std::string Visible(std::string_view text, bool keep_line_feeds) {
  std::string shown;
  for (size_t at = 0; at < text.size();) {
    const Decoded c = Decode(text.substr(at));
    if (c.bytes == 0) {
      shown += Hex("\\x%02x", static_cast<unsigned char>(text[at++]));
      continue;
    }
    if (IsControl(c.code) && !(keep_line_feeds && c.code == '\n')) {
      shown += Shown(c.code);
    } else {
      shown += text.substr(at, c.bytes);
    }
    at += c.bytes;
  }
  return shown;
}

// [+-]digits[.digits][e[+-]digits]
bool IsNumber(std::string_view cell) {
  size_t at = cell.starts_with('+') || cell.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const size_t from = at;
    while (at < cell.size() && cell[at] >= '0' && cell[at] <= '9') ++at;
    return at - from;
  };
  size_t mantissa = digits();
  if (at < cell.size() && cell[at] == '.') {
    ++at;
    mantissa += digits();
  }
  if (mantissa > 0 && at < cell.size() && (cell[at] == 'e' || cell[at] == 'E')) {
    ++at;
    if (at < cell.size() && (cell[at] == '+' || cell[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return mantissa > 0 && at == cell.size();
}

}  // namespace

std::string Visible(std::string_view text) { return Visible(text, false); }

std::string VisibleLines(std::string_view text) { return Visible(text, true); }

std::string EscapeJson(std::string_view json) {
  std::string escaped;
  for (size_t at = 0; at < json.size();) {
    const Decoded c = Decode(json.substr(at));
    const size_t bytes = c.bytes == 0 ? 1 : c.bytes;
    if (c.bytes > 0 && c.code >= 0x7f && IsControl(c.code)) {
      escaped += Hex("\\u%04x", c.code);
    } else {
      escaped += json.substr(at, bytes);
    }
    at += bytes;
  }
  return escaped;
}

std::string NoFormula(std::string cell) {
  const bool formula = !cell.empty() && std::string_view("=+-@").find(cell.front()) != std::string_view::npos;
  return formula && !IsNumber(cell) ? "'" + cell : cell;
}

}  // namespace vitrt::line
