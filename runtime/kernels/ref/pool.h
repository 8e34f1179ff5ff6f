// Max and average pooling, one image: the oracle of KernelTable::pool, same arguments.
#pragma once

#include "runtime/kernels/conv.h"

namespace vitrt::kernels::ref {

// Output rows [y_begin, y_end). Max: padding takes no part. Average: over the positions inside the map, or with
// count_include_pad over those inside map and pads (a window that sticks out further, as ceil_mode makes, counts less).
void Pool(const PoolArgs& args, int64_t y_begin, int64_t y_end);

}  // namespace vitrt::kernels::ref
