// The image that `vitrt watch` works on, until its record is written everywhere, in this order: journal (begun), sinks,
// results, move to the folder of --done, journal (done).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/file_bytes.h"
#include "runtime/line/sinks/sinks.h"
#include "runtime/line/watch/cameras.h"
#include "runtime/line/watch/done_folder.h"
#include "runtime/line/watch/result_line.h"
#include "runtime/line/watch/results.h"

namespace vitrt::cli {

// What is known of an image once it was run.
struct ClassifiedImage {
  watch::Image image;
  watch::Identity identity;
  Result<Prediction> prediction = Prediction{};  // its memory is the session's
  FileBytes bytes;
};

// One image at a time, of one camera or another. Whatever of it was written to a file is not written twice, in this
// process or the next one; what went to a broker may go again. Movable.
class ImageWork {
 public:
  struct Outputs {
    watch::Results results;
    sinks::Sinks sinks;
    watch::DoneFolder done;
    bool sort = false;             // by class, below `done`
    bool several_cameras = false;  // by camera, below `done`
  };
  explicit ImageWork(Outputs outputs) : outputs_(std::move(outputs)) {}

  Status Refresh() { return outputs_.results.Refresh(); }
  void FinishSinks() { outputs_.sinks.Finish(); }

  // At the start: the image that the last process began to write and did not finish, if some of its lines are missing
  // and some are not.
  std::optional<watch::Image> Unfinished(watch::Camera* camera);
  // The same after version 0.1.0, which did not say what it began: the image is one of `waiting`, if any.
  void FindUnfinished(watch::Camera* camera, const std::vector<watch::Image>& waiting);

  // Begins with an image. Nothing else runs in the session until it is written: the prediction is in its memory.
  void Open(watch::Camera* camera, ClassifiedImage image, const PlanInfo& info);
  bool open() const { return open_; }
  // Writes what is not written yet. Errors: kInternal (disk full); call again.
  Status Write();

  // Of the current image, or of the last one.
  const watch::Identity& identity() const { return now_.identity; }
  const std::string& path() const { return now_.identity.image; }
  const std::string& json() const { return json_; }
  const Result<Prediction>& prediction() const { return now_.prediction; }
  std::span<const std::byte> bytes() const { return now_.bytes.bytes(); }

 private:
  sinks::Outgoing OutgoingOf(const PlanInfo& info) const;
  std::string PlaceWhenDone(const PlanInfo& info) const;
  Status MoveImage() const;

  Outputs outputs_;

  bool open_ = false, begun_ = false, sent_ = false;
  watch::Camera* camera_ = nullptr;
  ClassifiedImage now_;
  watch::ResultLines lines_;
  sinks::Outgoing outgoing_;
  std::string json_, place_;
};

}  // namespace vitrt::cli
