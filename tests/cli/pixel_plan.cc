#include "tests/cli/pixel_plan.h"

#include <cmath>

#include "tests/cli/program.h"

namespace vitrt::test {
namespace {

constexpr int kClasses = 4, kWide = 512;
constexpr float kStd = 0.05f;  // a level of 255 becomes a logit of 20

// Costs time and adds nothing to the logits: mixes `wide` once more and adds it, through zero weights.
int Costly(TestPlan* p, int* wide, int logits) {
  *wide = p->Step(plan::LinearT{}, {*wide, p->Panels({kWide, kWide}, Noise(2, kWide * kWide, 0.01f)), -1, -1, -1},
                  p->Activation({1, kPixelPlanExits * kClasses, kWide}), "mix", 1);
  plan::ReduceT mean;
  mean.fn = plan::ReduceFn::Mean;
  mean.axes = {1};
  const int pooled = p->Step(mean, {*wide}, p->Activation({1, kWide}), "pool", 1);
  const std::vector<float> zeros(kWide * kClasses);
  return p->Step(plan::LinearT{}, {pooled, p->Panels({kWide, kClasses}, zeros), -1, -1, logits},
                 p->Activation({1, kClasses}), "add", 1);
}

}  // namespace

double Confidence(ExitLogits logits) {
  const double e = std::exp(logits.level / 255.0 / kStd);
  return e / (e + kClasses - 1);
}

void WriteLogitImage(const std::string& path, const ImageLogits& logits) {
  std::string pixels(kPixelPlanExits * kClasses, '\0');
  for (int k = 0; k < kPixelPlanExits; ++k) pixels[k * kClasses + logits[k].label] = static_cast<char>(logits[k].level);
  WriteText(path, "P5 4 3 255\n" + pixels);
}

TestPlan PixelPlan(bool one_exit) {
  TestPlan p;
  p.tables.max_batch = 4;
  p.tables.labels = kPixelPlanLabels;
  p.TakeImages(kPixelPlanExits, kClasses, 0, kStd);
  const int image = p.Activation({1, kPixelPlanExits, kClasses, 3}, plan::DType::F32, "image");
  p.tables.input = static_cast<uint32_t>(image);
  const int pixels = p.View(image, {1, kPixelPlanExits * kClasses, 3});
  int wide = p.Step(plan::LinearT{}, {pixels, p.Panels({3, kWide}, Noise(1, 3 * kWide, 0.1f)), -1, -1, -1},
                    p.Activation({1, kPixelPlanExits * kClasses, kWide}), "widen", 1);
  for (int k = one_exit ? kPixelPlanExits - 1 : 0; k < kPixelPlanExits; ++k) {
    plan::SliceT row;
    row.starts = {0, k, 0, 0};
    row.steps = {1, 1, 1, 1};
    const int cut = p.Step(row, {image}, p.Activation({1, 1, kClasses, 1}), "row", 1);
    const int row_logits = p.View(cut, {1, kClasses});
    const int logits = k == 0 ? row_logits : Costly(&p, &wide, row_logits);
    const bool last = k + 1 == kPixelPlanExits;
    p.EndSegment(kPixelPlanExitNames[k], logits, 2.0f,
                 last ? std::vector<int32_t>{} : std::vector<int32_t>{image, wide});
  }
  return p;
}

}  // namespace vitrt::test
