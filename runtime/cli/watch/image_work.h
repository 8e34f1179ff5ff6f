// The image that `vitrt watch` has in hand, until its answer is written as a whole: journal, results, journal.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/file_bytes.h"
#include "runtime/line/watch/journal.h"
#include "runtime/line/watch/result_line.h"
#include "runtime/line/watch/results.h"

namespace vitrt::cli {

// One image at a time. Whatever of it was written is not written twice, in this process or the next one. Movable.
class ImageWork {
 public:
  ImageWork(watch::Journal journal, watch::Results results)
      : journal_(std::move(journal)), results_(std::move(results)) {}

  using PathOf = std::function<std::string(const watch::Image&)>;

  watch::Journal& journal() { return journal_; }
  Status Refresh() { return results_.Refresh(); }

  // At the start: the image that the last process began to write and did not finish, if some of its lines are missing
  // and some are not.
  std::optional<watch::Image> Unfinished(const PathOf& path_of);
  // The same after version 0.1.0, which did not say what it began: it is one of these, if any.
  void FindUnfinished(const std::vector<watch::Image>& waiting, const PathOf& path_of);

  // The file is another one, or was touched, and its bytes are those that were answered.
  Status SameBytes(const watch::Image& image) { return journal_.Done(image); }

  // Takes an image in hand. The prediction's memory is the session's: nothing else runs there while it is in hand.
  void Open(watch::Image image, const watch::Identity& identity, const PlanInfo& info, Result<Prediction> answer,
            FileBytes bytes);
  bool open() const { return open_; }
  // Writes what is not written yet. Errors: kInternal (disk full); call again.
  Status Write();

  // Of the image in hand, or of the last one.
  const std::string& path() const { return identity_.image; }
  const std::string& json() const { return json_; }
  const Result<Prediction>& answer() const { return answer_; }
  std::span<const std::byte> bytes() const { return bytes_.bytes(); }

 private:
  watch::Journal journal_;
  watch::Results results_;
  std::optional<watch::Begun> recovered_;  // some of its lines are written

  bool open_ = false, begun_ = false;
  watch::Image image_;
  watch::Identity identity_;
  watch::ResultLines lines_;
  std::string json_;
  Result<Prediction> answer_ = Prediction{};
  FileBytes bytes_;
};

}  // namespace vitrt::cli
