// Splits the work of a batch, `count` units per image, into one range per thread and hands it out image by image.
#pragma once

#include <algorithm>

#include "runtime/base/parallel.h"

namespace vitrt::ops {

template <typename F>  // f(image, begin, end, thread), units [begin, end) of one image
void ForImageRanges(int threads, int64_t images, int64_t count, F&& f) {
  ParallelFor(threads, images * count, [&](int64_t begin, int64_t end, int thread) {
    while (begin < end) {
      const int64_t image = begin / count, last = std::min(end, (image + 1) * count);
      f(image, begin - image * count, last - image * count, thread);
      begin = last;
    }
  });
}

}  // namespace vitrt::ops
