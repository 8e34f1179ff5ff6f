#include "runtime/line/files/output_file.h"

#include "runtime/base/check.h"
#include "runtime/base/pending_file.h"

namespace vitrt::line {

Status WriteFile(const std::string& path, std::span<const std::byte> bytes) {
  VITRT_ASSIGN_OR_RETURN(PendingFile file, PendingFile::Create(path));
  VITRT_RETURN_IF_ERROR(file.Write(bytes));
  return file.Commit();
}

}  // namespace vitrt::line
