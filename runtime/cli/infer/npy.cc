#include "runtime/cli/infer/npy.h"

#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "runtime/base/check.h"

namespace vitrt::cli {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr char kHint[] = "in Python: np.save(path, np.ascontiguousarray(x, dtype='<f4'))";
constexpr char kByteHint[] = "in Python: np.save(path, np.ascontiguousarray(x, dtype='u1'))";

// The header is a Python dict literal with exactly the keys descr, fortran_order and shape.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  bool Take(char c) {
    SkipSpace();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  std::optional<std::string> String() {
    SkipSpace();
    if (text_.empty() || (text_.front() != '\'' && text_.front() != '"')) return std::nullopt;
    const size_t end = text_.find(text_.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string value(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return value;
  }

  std::optional<bool> Bool() {
    SkipSpace();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.starts_with(word)) {
        text_.remove_prefix(word.size());
        return value;
      }
    }
    return std::nullopt;
  }

  std::optional<std::vector<int64_t>> Shape() {
    if (!Take('(')) return std::nullopt;
    std::vector<int64_t> shape;
    while (!Take(')')) {
      SkipSpace();
      int64_t value = 0;
      size_t digits = 0;
      for (; digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9'; ++digits) {
        if (digits == 12) return std::nullopt;
        value = value * 10 + (text_[digits] - '0');
      }
      if (digits == 0) return std::nullopt;
      text_.remove_prefix(digits);
      shape.push_back(value);
      if (!Take(',') && (text_.empty() || text_.front() != ')')) return std::nullopt;
    }
    return shape;
  }

  bool AtEnd() {
    SkipSpace();
    return text_.empty();
  }

 private:
  void SkipSpace() {
    const size_t start = text_.find_first_not_of(" \t\n");
    text_.remove_prefix(start == std::string_view::npos ? text_.size() : start);
  }

  std::string_view text_;
};

struct Header {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<int64_t>> shape;
};

Result<Header> ParseHeader(std::string_view text) {
  HeaderParser parser(text);
  Header header;
  bool good = parser.Take('{');
  while (good && !parser.Take('}')) {
    const auto key = parser.String();
    good = key.has_value() && parser.Take(':');
    if (!good) break;
    if (*key == "descr") {
      header.descr = parser.String();
      if (!header.descr) return BadInput("values that are not plain numbers", {}, kHint);
    } else if (*key == "fortran_order") {
      good = (header.fortran_order = parser.Bool()).has_value();
    } else if (*key == "shape") {
      good = (header.shape = parser.Shape()).has_value();
    } else {
      good = false;
    }
    parser.Take(',');
  }
  if (!good || !parser.AtEnd() || !header.descr || !header.fortran_order || !header.shape) {
    return BadInput("malformed .npy header");
  }
  return header;
}

}  // namespace

Result<NpyTensor> ParseNpy(std::span<const std::byte> file, bool bytes) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (!text.starts_with(kMagic)) return BadInput("not a .npy file");
  if (text.size() < 10) return BadInput("truncated .npy file");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(text[i])); };
  const size_t version = byte(6);
  if (version < 1 || version > 3) return BadInput("unknown version of the .npy format");
  const size_t start = version == 1 ? 10 : 12;
  if (text.size() < start) return BadInput("truncated .npy file");
  size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > text.size() - start) return BadInput("truncated .npy file");
  VITRT_ASSIGN_OR_RETURN(const Header header, ParseHeader(text.substr(start, length)));

  const bool wide = *header.descr == "<f4";
  if (!wide && !(bytes && *header.descr == "|u1")) {
    return BadInput("values of type '" + *header.descr + "', not " + (bytes ? "uint8 or float32" : "float32"), {},
                    bytes ? kByteHint : kHint);
  }
  if (*header.fortran_order) return BadInput("array in Fortran order", {}, kHint);
  const std::string_view data = text.substr(start + length);
  size_t count = 1;
  for (const int64_t size : *header.shape) {
    if (size != 0 && count > data.size() / static_cast<size_t>(size)) return BadInput("truncated .npy file");
    count *= static_cast<size_t>(size);
  }
  const size_t element = wide ? sizeof(float) : 1;
  if (data.size() != count * element) {
    return BadInput(data.size() < count * element ? "truncated .npy file" : ".npy file with bytes after its values");
  }
  NpyTensor tensor{*header.shape, std::vector<float>(count)};
  if (wide && count > 0) std::memcpy(tensor.values.data(), data.data(), data.size());
  for (size_t i = 0; i < count && !wide; ++i) tensor.values[i] = static_cast<unsigned char>(data[i]);
  return tensor;
}

std::vector<std::byte> EncodeNpy(const std::string& descr, std::span<const int64_t> shape,
                                 std::span<const std::byte> bytes) {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (";
  for (const int64_t size : shape) header += std::to_string(size) + ", ";
  if (shape.size() > 1) header.resize(header.size() - 2);
  header += "), }";
  while ((kMagic.size() + 4 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string start(kMagic);
  start += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  start += header;
  const auto* begin = reinterpret_cast<const std::byte*>(start.data());
  std::vector<std::byte> file(begin, begin + start.size());
  file.insert(file.end(), bytes.begin(), bytes.end());
  return file;
}

}  // namespace vitrt::cli
