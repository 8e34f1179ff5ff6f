#include "runtime/cli/watch/image_work.h"

#include "runtime/base/check.h"
#include "runtime/line/prediction/prediction_format.h"

namespace vitrt::cli {

std::optional<watch::Image> ImageWork::Unfinished(watch::Camera* camera) {
  watch::Journal& journal = camera->journal;
  if (!journal.begun()) return std::nullopt;
  const watch::Begun begun = *journal.begun();
  const auto missing = outputs_.results.Missing(
      begun.results, watch::ShapesOf({camera->PathOf(begun.image.name), "", begun.image.hash, begun.plan}));
  if (missing == outputs_.results.Wanted()) return std::nullopt;  // nothing of it was written: it is classified as new
  const bool all_there = missing == std::array<bool, 2>{} && !outputs_.done.on();  // else it is still to be moved
  if (all_there && journal.Done(begun.image).ok()) return std::nullopt;
  camera->recovered = begun;
  return begun.image;
}

void ImageWork::FindUnfinished(watch::Camera* camera, const std::vector<watch::Image>& waiting) {
  watch::Journal& journal = camera->journal;
  if (!journal.results_of_010() || journal.begun()) return;
  const watch::Extents since = *journal.results_of_010();
  const std::array<watch::LineShape, 2> any = {};
  if (outputs_.results.Missing(since, any) == outputs_.results.Wanted()) return;
  for (const watch::Image& image : waiting) {
    const auto shapes = watch::ShapesOf({camera->PathOf(image.name), "", "", ""});
    if (outputs_.results.Missing(since, shapes) == outputs_.results.Wanted()) continue;
    journal.Remember({image, "", since});
    return;
  }
}

sinks::Outgoing ImageWork::OutgoingOf(const PlanInfo& info) const {
  sinks::Outgoing out;
  out.camera = camera_->name;
  out.camera_index = camera_->index;
  out.part = now_.identity.part;
  out.json = json_.substr(0, json_.size() - 1);
  out.refused = !now_.prediction.ok();
  if (out.refused) return out;
  const Prediction& p = *now_.prediction;
  out.label = p.label;
  out.label_name = line::LabelOf(info, p.label);
  out.confidence = p.confidence;
  out.exit = p.exit;
  out.flags = p.flags;
  return out;
}

std::string ImageWork::PlaceWhenDone(const PlanInfo& info) const {
  std::string place = outputs_.several_cameras ? watch::FolderName(camera_->name) + "/" : "";
  if (!outputs_.sort) return place;
  const std::string label = !now_.prediction.ok()        ? "unreadable"
                            : now_.prediction->label < 0 ? "no_decision"
                                                         : line::LabelOf(info, now_.prediction->label);
  return place + watch::FolderName(label);
}

// A file written under the same name since is another image, not classified yet; it is not moved.
Status ImageWork::MoveImage() const {
  if (!outputs_.done.on() || camera_->hot.IdOf(now_.image.name) != now_.image.id) return {};
  return outputs_.done.Move(now_.identity.image, place_);
}

void ImageWork::Open(watch::Camera* camera, ClassifiedImage image, const PlanInfo& info) {
  camera_ = camera;
  now_ = std::move(image);
  const watch::Identity& identity = now_.identity;
  lines_ = now_.prediction.ok() ? watch::PredictionLines(info, *now_.prediction, identity)
                                : watch::RefusalLines(now_.prediction.status().what(), identity);
  json_ = lines_[0];
  place_ = PlaceWhenDone(info);
  if (outputs_.sinks.on()) outgoing_ = OutgoingOf(info);
  open_ = true;
  begun_ = sent_ = false;
  const std::optional<watch::Begun>& recovered = camera->recovered;
  const bool same_bytes = recovered && (recovered->image.hash == now_.image.hash || recovered->image.hash.empty());
  if (same_bytes && recovered->image.name == now_.image.name) {
    const auto missing = outputs_.results.Missing(
        recovered->results, watch::ShapesOf({identity.image, "", recovered->image.hash, recovered->plan}));
    for (size_t i = 0; i < lines_.size(); ++i) {
      if (!missing[i]) lines_[i].clear();
    }
    begun_ = missing != outputs_.results.Wanted();  // by the last process
  }
  camera->recovered.reset();
}

// The sinks are written before the results, so every line of the results is in the broker's backlog too; a restart
// checks the results only.
Status ImageWork::Write() {
  watch::Journal& journal = camera_->journal;
  if (!begun_) VITRT_RETURN_IF_ERROR(journal.Begin({now_.image, now_.identity.plan, outputs_.results.ends()}));
  begun_ = true;
  if (!sent_) VITRT_RETURN_IF_ERROR(outputs_.sinks.Send(outgoing_));
  sent_ = true;
  VITRT_RETURN_IF_ERROR(outputs_.results.Append(&lines_));
  VITRT_RETURN_IF_ERROR(MoveImage());
  VITRT_RETURN_IF_ERROR(journal.Done(now_.image));
  open_ = false;
  return {};
}

}  // namespace vitrt::cli
