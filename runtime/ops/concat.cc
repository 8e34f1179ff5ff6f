// Concatenation along any axis: each part is a strip of [outer] blocks of contiguous bytes.
#include <cstring>

#include "runtime/ops/image_ranges.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

class OwnConcat final : public BoundOp {
 public:
  explicit OwnConcat(const OpContext& c) : inputs_(c.inputs.begin(), c.inputs.end()), y_(c.outputs[0]) {
    const int64_t axis = c.step->op_as_Concat()->axis(), element = plan::SizeOf(y_.dtype);
    const AxisView y = AxisViewOf(axis, y_);
    outer_ = y.outer;
    block_ = y.axis * y.inner * element;
    for (const ValueDesc& input : inputs_) parts_.push_back(AxisViewOf(axis, input).axis * y.inner * element);
  }

  void Run(const RunContext& run) const override {
    ForImageRanges(*run.team, run.n, outer_, GrainOf(block_), [&](int64_t image, int64_t begin, int64_t end, int) {
      std::byte* y = run.outputs[0].image<std::byte>(image, y_) + begin * block_;
      for (int64_t o = begin; o < end; ++o) {
        for (size_t i = 0; i < parts_.size(); y += parts_[i], ++i) {
          std::memcpy(y, run.inputs[i].image<std::byte>(image, inputs_[i]) + o * parts_[i],
                      static_cast<size_t>(parts_[i]));
        }
      }
    });
  }

 private:
  std::vector<ValueDesc> inputs_;
  ValueDesc y_;
  int64_t outer_ = 1, block_ = 0;
  std::vector<int64_t> parts_;  // bytes of each input per block
};

Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<OwnConcat>(c));
}

constexpr OpImpl kImplementations[] = {{"own", AcceptAlways, BindOwn}};

}  // namespace

std::span<const OpImpl> ConcatImplementations() { return kImplementations; }

}  // namespace vitrt::ops
