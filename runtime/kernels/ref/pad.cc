#include "runtime/kernels/ref/pad.h"

#include <algorithm>
#include <bit>

#include "runtime/kernels/ref/element.h"

namespace vitrt::kernels::ref {
namespace {

// One axis: y position -> x position, or -1 for the constant.
struct Axis {
  int64_t padded = 0;  // positions before the kept part of x
  int64_t crop = 0;    // first kept position of x
  int64_t kept = 0;    // size of the kept part

  int64_t Source(plan::PadMode mode, int64_t y) const {
    const int64_t at = y - padded;
    if (at >= 0 && at < kept) return crop + at;
    if (kept <= 0 || mode == plan::PadMode::Constant) return -1;
    if (mode == plan::PadMode::Edge) return crop + (at < 0 ? 0 : kept - 1);
    const int64_t period = mode == plan::PadMode::Wrap ? kept : std::max<int64_t>(1, 2 * (kept - 1));
    const int64_t phase = (at % period + period) % period;
    return crop + (phase < kept ? phase : period - phase);
  }
};

}  // namespace

void Pad(const PadArgs& args) {
  const int rank = args.x_dims.rank;
  Shape y_dims = args.x_dims;
  Axis axes[kMaxRank];
  for (int i = 0; i < rank; ++i) {
    y_dims[i] = args.x_dims[i] + args.begins[i] + args.ends[i];
    const int64_t crop_end = std::max<int64_t>(0, -args.ends[i]);
    axes[i].padded = std::max<int64_t>(0, args.begins[i]);
    axes[i].crop = std::max<int64_t>(0, -args.begins[i]);
    axes[i].kept = args.x_dims[i] - axes[i].crop - crop_end;
  }
  WithSize(args.dtype, [&](auto element) {
    using T = decltype(element);
    T fill = 0;
    switch (args.dtype) {
      case plan::DType::F32:
        fill = static_cast<T>(std::bit_cast<uint32_t>(args.value));
        break;
      case plan::DType::I32:
        fill = static_cast<T>(Saturate<int32_t>(args.value));
        break;
      case plan::DType::I64:
        fill = static_cast<T>(Saturate<int64_t>(args.value));
        break;
      case plan::DType::U8:
        fill = static_cast<T>(Saturate<uint8_t>(args.value));
        break;
      case plan::DType::Bool:
        fill = args.value != 0;
        break;
    }
    const T* x = static_cast<const T*>(args.x);
    T* y = static_cast<T*>(args.y);
    const int64_t size = y_dims.Size();
    int64_t index[kMaxRank] = {};
    for (int64_t i = 0; i < size; ++i) {
      int64_t source = 0;
      for (int axis = 0; axis < rank && source >= 0; ++axis) {
        const int64_t at = axes[axis].Source(args.mode, index[axis]);
        source = at < 0 ? -1 : source * args.x_dims[axis] + at;
      }
      y[i] = source < 0 ? fill : x[source];
      for (int axis = rank - 1; axis >= 0 && ++index[axis] == y_dims[axis]; --axis) index[axis] = 0;
    }
  });
}

}  // namespace vitrt::kernels::ref
