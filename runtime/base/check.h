// Error propagation: return early with a Status, or unwrap a Result.
#pragma once

#include "vitrt/status.h"

#define VITRT_CONCAT_INNER(a, b) a##b
#define VITRT_CONCAT(a, b) VITRT_CONCAT_INNER(a, b)

#define VITRT_RETURN_IF_ERROR(expression)                                      \
  do {                                                                         \
    if (::vitrt::Status status_ = (expression); !status_.ok()) return status_; \
  } while (false)

// VITRT_ASSIGN_OR_RETURN(auto file, MappedFile::Open(path));
#define VITRT_ASSIGN_OR_RETURN(declaration, expression) \
  VITRT_ASSIGN_OR_RETURN_IMPL(VITRT_CONCAT(result_, __LINE__), declaration, expression)
#define VITRT_ASSIGN_OR_RETURN_IMPL(result, declaration, expression) \
  auto result = (expression);                                        \
  if (!result.ok()) return result.status();                          \
  declaration = std::move(result).value()
