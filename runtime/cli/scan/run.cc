#include "runtime/cli/scan/run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/base/os/file.h"
#include "runtime/cli/common/progress.h"
#include "runtime/image/rows.h"
#include "runtime/line/prediction/good_class.h"

namespace vitrt::cli {
namespace {

using Clock = std::chrono::steady_clock;

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// The class of a tile without defect.
Result<int> GoodClassOf(const std::string& named, const PlanInfo& info) {
  VITRT_ASSIGN_OR_RETURN(const std::optional<int> good, GoodClass(named, info));
  if (good) return *good;
  std::string all;
  for (const std::string& label : info.labels) all += (all.empty() ? "" : ", ") + label;
  return InvalidArgument("no class is known to be the good one", "--good",
                         all.empty() ? "the plan has no labels" : "classes of this plan: " + all);
}

// Files above this size are mapped: their bytes may be more than memory holds.
constexpr uintmax_t kMaxReadBytes = uintmax_t{256} << 20;

Result<FileBytes> OpenImage(const std::string& path) {
  const auto facts = os::Look(path);
  return FileBytes::Open(path, facts && facts->bytes > kMaxReadBytes ? FileBytes::Mode::kMap : FileBytes::Mode::kRead);
}

// The rows of the image that the tiles at one height need.
class Band {
 public:
  Band(image::RowReader* rows, scan::Overview* overview)
      : rows_(rows), overview_(overview), row_bytes_(static_cast<size_t>(rows->width * rows->channels())) {}

  // Makes it rows [first, first + height); `first` never goes back, and is no higher than where the last band ended.
  Status MoveTo(int64_t first, int64_t height) {
    const int64_t kept = first_ + height_ - first;
    std::vector<uint8_t>& p = pixels_;
    if (kept > 0)
      p.erase(p.begin(), p.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(first - first_) * row_bytes_));
    p.resize(static_cast<size_t>(height) * row_bytes_);
    VITRT_RETURN_IF_ERROR(rows_->Read(height - kept, p.data() + static_cast<size_t>(kept) * row_bytes_));
    first_ = first;
    height_ = height;
    overview_->Take(view(), first);
    return {};
  }

  ImageView view() const {
    return {pixels_.data(), rows_->width, height_, static_cast<int64_t>(row_bytes_), rows_->format};
  }
  ImageView ViewOf(scan::Tile tile) const {
    tile.y -= first_;
    return scan::ViewOf(view(), tile);
  }

 private:
  image::RowReader* rows_;
  scan::Overview* overview_;
  size_t row_bytes_;
  int64_t first_ = 0, height_ = 0;
  std::vector<uint8_t> pixels_;
};

// Classifies tiles [begin, end) of one band, in batches of up to ScanResult::batch.
Status ClassifyTiles(const Band& band, size_t begin, size_t end, const RunOptions& run, Session* session,
                     ScanResult* r) {
  const Clock::time_point start = Clock::now();
  std::vector<ImageView> views;
  for (size_t first = begin; first < end; first += views.size()) {
    views.clear();
    for (size_t i = first; i < std::min(end, first + static_cast<size_t>(r->batch)); ++i)
      views.push_back(band.ViewOf(r->tiles[i]));
    VITRT_ASSIGN_OR_RETURN(const auto predictions, session->RunFrames(views, run));
    for (const Prediction& p : predictions) {
      r->predictions.push_back(ClassificationOf(p));
      r->scores.push_back(p.label < 0 ? std::nanf("") : 1 - p.probabilities[static_cast<size_t>(r->good)]);
    }
  }
  r->tiles_ms += MsSince(start);
  return {};
}

Status ClassifyOneByOne(const Band& band, size_t begin, size_t end, Session* session, ScanResult* r) {
  RunOptions last;
  last.force_exit = static_cast<int>(r->info.exits.size()) - 1;
  const Clock::time_point start = Clock::now();
  for (size_t i = begin; i < end; ++i) {
    VITRT_RETURN_IF_ERROR(session->RunFrame(band.ViewOf(r->tiles[i]), last).status());
  }
  r->baseline_ms += MsSince(start);
  return {};
}

// single: a session for the tiles one by one, or nullptr.
Status ClassifyAll(const RunOptions& run, image::RowReader* rows, Session* session, Session* single, ScanResult* r) {
  Progress progress("scan", true);
  Band band(rows, &r->overview);
  for (size_t begin = 0, end = 0; begin < r->tiles.size(); begin = end) {
    const scan::Tile& first = r->tiles[begin];
    while (end < r->tiles.size() && r->tiles[end].y == first.y) ++end;
    const Clock::time_point start = Clock::now();
    VITRT_RETURN_IF_ERROR(band.MoveTo(first.y, first.height));
    r->decode_ms += MsSince(start);
    VITRT_RETURN_IF_ERROR(ClassifyTiles(band, begin, end, run, session, r));
    if (single != nullptr) VITRT_RETURN_IF_ERROR(ClassifyOneByOne(band, begin, end, single, r));
    progress.Show(static_cast<double>(end) / static_cast<double>(r->tiles.size()),
                  std::to_string(end) + " of " + std::to_string(r->tiles.size()) + " tiles");
  }
  return {};
}

void FindRegions(ScanResult* r) {
  for (size_t i = 0; i < r->tiles.size(); ++i) {
    const int label = r->predictions[i].label;
    r->undecided += label < 0;
    if (label >= 0 && label != r->good) r->bad.push_back(i);
  }
  r->regions = scan::MergeTiles(r->tiles, r->bad);
  std::stable_sort(r->regions.begin(), r->regions.end(), [&](const scan::Region& a, const scan::Region& b) {
    return r->scores[r->WorstTile(a)] > r->scores[r->WorstTile(b)];
  });
}

}  // namespace

size_t ScanResult::WorstTile(const scan::Region& region) const {
  return *std::max_element(region.tiles.begin(), region.tiles.end(),
                           [&](size_t a, size_t b) { return scores[a] < scores[b]; });
}

Result<ScanResult> RunScan(const ScanOptions& o) {
  VITRT_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(o.plan, o.common));
  ScanResult r;
  r.info = engine.info();
  if (r.info.exits.empty()) return InvalidArgument("the plan has no exit: it gives raw outputs, not classes", o.plan);
  VITRT_ASSIGN_OR_RETURN(const RunOptions run, RunOptionsOf(o.exits, r.info.exits));
  VITRT_ASSIGN_OR_RETURN(r.good, GoodClassOf(o.good, r.info));
  const int64_t size = o.tile > 0 ? o.tile : r.info.image.width;
  r.stride = o.stride > 0 ? o.stride : std::max<int64_t>(1, size / 2);
  if (r.stride > size) return InvalidArgument("a stride above the tile's side leaves gaps", "--stride");

  VITRT_ASSIGN_OR_RETURN(const FileBytes file, OpenImage(o.image));
  const Clock::time_point start = Clock::now();
  Result<std::unique_ptr<image::RowReader>> rows = image::OpenRows(file.bytes(), r.info.image.sample_bits);
  if (!rows.ok()) return Status(rows.status()).Within(o.image);
  r.decode_ms = MsSince(start);
  image::RowReader& image = **rows;
  r.width = image.width;
  r.height = image.height;
  r.overview = scan::Overview(image.width, image.height, o.max_side);
  r.tiles = scan::CutTiles(image.width, image.height, size, r.stride);
  r.batch = static_cast<int>(std::min<size_t>(r.tiles.size(), static_cast<size_t>(r.info.max_batch)));
  VITRT_ASSIGN_OR_RETURN(Session session, MakeSession(engine, o.common, r.batch));
  std::optional<Session> single;
  if (o.baseline) {
    VITRT_ASSIGN_OR_RETURN(single, MakeSession(engine, o.common, 1));
  }
  if (Status status = ClassifyAll(run, &image, &session, single ? &*single : nullptr, &r); !status.ok())
    return status.code() == StatusCode::kBadInput ? std::move(status).Within(o.image) : status;
  if (image.depth.IsLow()) PrintNote(kLowRangeNote);
  FindRegions(&r);
  return r;
}

}  // namespace vitrt::cli
