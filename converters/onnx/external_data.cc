// Weights in files beside the model (TensorProto.external_data). A model may only name files inside of its own folder:
// no absolute path, no "..", no symbolic link that leads out. The one exception are links of a model hub's cache
// (huggingface_hub), where REPOSITORY/snapshots/REVISION/... holds links to REPOSITORY/blobs/...: they may lead there.
#include <filesystem>
#include <fstream>

#include "converters/onnx/tensor_data.h"
#include "runtime/base/check.h"
#include "runtime/base/os/path.h"

namespace vitrt::convert::onnx_import {
namespace {

namespace fs = std::filesystem;

struct Reference {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};

Result<uint64_t> ParseNumber(const std::string& text) {
  uint64_t number = 0;
  if (text.empty() || text.size() > 18) return BadPlan("external data has a bad number '" + text + "'");
  for (char digit : text) {
    if (digit < '0' || digit > '9') return BadPlan("external data has a bad number '" + text + "'");
    number = number * 10 + static_cast<uint64_t>(digit - '0');
  }
  return number;
}

Result<Reference> ParseReference(const ::onnx::TensorProto& proto) {
  Reference reference;
  for (const auto& entry : proto.external_data()) {
    if (entry.key() == "location") reference.location = entry.value();
    if (entry.key() == "offset") {
      VITRT_ASSIGN_OR_RETURN(reference.offset, ParseNumber(entry.value()));
    }
    if (entry.key() == "length") {
      VITRT_ASSIGN_OR_RETURN(reference.length, ParseNumber(entry.value()));
    }
  }
  if (reference.location.empty()) return BadPlan("external data names no file");
  return reference;
}

// True if `path` lies in `folder` or below; both are canonical.
bool IsInside(const fs::path& path, const fs::path& folder) {
  const fs::path inside = path.lexically_relative(folder);
  return !inside.empty() && *inside.begin() != "..";
}

// REPOSITORY/blobs of a hub's cache for a folder at or below REPOSITORY/snapshots/REVISION; empty: it is no such
// folder.
fs::path HubBlobs(const fs::path& folder) {
  for (fs::path at = folder; at.has_relative_path(); at = at.parent_path()) {
    if (at.parent_path().filename() != "snapshots") continue;
    std::error_code error;
    fs::path blobs = at.parent_path().parent_path() / "blobs";
    if (fs::canonical(blobs, error) == blobs && !error) return blobs;  // no link itself
  }
  return {};
}

Result<fs::path> Locate(const std::string& location, const std::string& model_folder) {
  const fs::path relative = os::PathOf(location);
  if (relative.is_absolute() || relative.has_root_path() || location.find('\0') != std::string::npos) {
    return BadPlan("external data '" + location + "' is not a path inside of the model's folder");
  }
  for (const fs::path& part : relative) {
    if (part == "..") return BadPlan("external data '" + location + "' leaves the model's folder");
  }
  std::error_code error;
  const fs::path folder = fs::canonical(os::PathOf(model_folder), error);
  if (error) return BadPlan("cannot resolve the model's folder");
  const fs::path path = fs::canonical(folder / relative, error);
  if (error) return BadPlan("external data file '" + location + "' is missing", {}, "it must lie beside the model");
  const fs::path blobs = HubBlobs(folder);
  if (!IsInside(path, folder) && (blobs.empty() || !IsInside(path, blobs)))
    return BadPlan("external data '" + location + "' is a link out of the model's folder");
  if (!fs::is_regular_file(path, error)) return BadPlan("external data '" + location + "' is not a file");
  return path;
}

}  // namespace

Result<std::string> ReadExternalData(const ::onnx::TensorProto& proto, uint64_t expected_bytes,
                                     ExternalData& external) {
  VITRT_ASSIGN_OR_RETURN(const Reference reference, ParseReference(proto));
  VITRT_ASSIGN_OR_RETURN(const fs::path path, Locate(reference.location, external.model_folder));
  std::error_code error;
  const uint64_t file_bytes = fs::file_size(path, error);
  if (error) return BadPlan("cannot read external data '" + reference.location + "'");
  if (reference.offset > file_bytes)
    return BadPlan("external data begins after the end of '" + reference.location + "'");
  const uint64_t available = file_bytes - reference.offset;
  const uint64_t length = reference.length.value_or(expected_bytes);
  if (length != expected_bytes) {
    return BadPlan("external data has " + std::to_string(length) + " bytes, not " + std::to_string(expected_bytes));
  }
  if (length > available) return BadPlan("external data ends after the end of '" + reference.location + "'");
  std::string bytes(length, '\0');
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(reference.offset));
  if (!file.read(bytes.data(), static_cast<std::streamsize>(length)))
    return BadPlan("cannot read external data '" + reference.location + "'");
  const std::string name = os::NameOf(path);
  if (std::find(external.files.begin(), external.files.end(), name) == external.files.end())
    external.files.push_back(name);
  return bytes;
}

}  // namespace vitrt::convert::onnx_import
