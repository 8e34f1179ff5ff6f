// How a test says that it cannot run here: `if (!folder) return Skip("VITRT_SHARED has no magnetic-tile images");`
// The case counts as skipped, unless one of its checks failed.
#pragma once

#include <string>

namespace vitrt::test {

void Skip(const std::string& why);

}  // namespace vitrt::test
