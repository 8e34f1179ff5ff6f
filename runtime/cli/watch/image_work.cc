#include "runtime/cli/watch/image_work.h"

#include "runtime/base/check.h"

namespace vitrt::cli {

std::optional<watch::Image> ImageWork::Unfinished(const PathOf& path_of) {
  if (!journal_.begun()) return std::nullopt;
  const watch::Begun begun = *journal_.begun();
  const auto missing =
      results_.Missing(begun.results, watch::ShapesOf({path_of(begun.image), "", begun.image.hash, begun.plan}));
  if (missing == results_.Wanted()) return std::nullopt;  // it is answered as if nothing had been
  const bool all_there = missing == std::array<bool, 2>{};
  if (all_there && journal_.Done(begun.image).ok()) return std::nullopt;
  recovered_ = begun;
  return begun.image;
}

void ImageWork::FindUnfinished(const std::vector<watch::Image>& waiting, const PathOf& path_of) {
  if (!journal_.results_of_010() || journal_.begun()) return;
  const watch::Extents since = *journal_.results_of_010();
  const std::array<watch::LineShape, 2> any = {};
  if (results_.Missing(since, any) == results_.Wanted()) return;
  for (const watch::Image& image : waiting) {
    if (results_.Missing(since, watch::ShapesOf({path_of(image), "", "", ""})) == results_.Wanted()) continue;
    journal_.Remember({image, "", since});
    return;
  }
}

void ImageWork::Open(watch::Image image, const watch::Identity& identity, const PlanInfo& info,
                     Result<Prediction> answer, FileBytes bytes) {
  image_ = std::move(image);
  identity_ = identity;
  answer_ = std::move(answer);
  bytes_ = std::move(bytes);
  lines_ = answer_.ok() ? watch::AnswerLines(info, *answer_, identity_)
                        : watch::RefusalLines(answer_.status().what(), identity_);
  json_ = lines_[0];
  open_ = true;
  begun_ = false;
  const bool same_bytes = recovered_ && (recovered_->image.hash == image_.hash || recovered_->image.hash.empty());
  if (same_bytes && recovered_->image.name == image_.name) {
    const auto missing = results_.Missing(
        recovered_->results, watch::ShapesOf({identity_.image, "", recovered_->image.hash, recovered_->plan}));
    for (size_t i = 0; i < lines_.size(); ++i) {
      if (!missing[i]) lines_[i].clear();
    }
    begun_ = missing != results_.Wanted();  // by the last process
  }
  recovered_.reset();
}

Status ImageWork::Write() {
  if (!begun_) VITRT_RETURN_IF_ERROR(journal_.Begin({image_, identity_.plan, results_.ends()}));
  begun_ = true;
  VITRT_RETURN_IF_ERROR(results_.Append(&lines_));
  VITRT_RETURN_IF_ERROR(journal_.Done(image_));
  open_ = false;
  return {};
}

}  // namespace vitrt::cli
