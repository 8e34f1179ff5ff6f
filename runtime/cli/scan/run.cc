#include "runtime/cli/scan/run.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/cli/common/progress.h"

namespace vitrt::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kGoodNames[] = {"good", "ok", "none", "free", "normal"};

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// The class of a tile without defect.
Result<int> GoodClass(const std::string& wanted, const PlanInfo& info) {
  std::string all;
  for (size_t i = 0; i < info.labels.size(); ++i) {
    const std::string& label = info.labels[i];
    const bool named = std::find(std::begin(kGoodNames), std::end(kGoodNames), Lower(label)) != std::end(kGoodNames);
    if (wanted.empty() ? named : label == wanted) return static_cast<int>(i);
    all += (all.empty() ? "" : ", ") + label;
  }
  const std::string what = wanted.empty() ? "which class is good?" : "no class is called '" + wanted + "'";
  return InvalidArgument(what, "--good", all.empty() ? "the plan has no labels" : "classes of this plan: " + all);
}

Status ReadImage(const std::string& path, ScanResult* result) {
  VITRT_ASSIGN_OR_RETURN(const FileBytes file, FileBytes::Open(path, FileBytes::Mode::kRead));
  const Clock::time_point start = Clock::now();
  if (Status status = image::DecodeInto(file.bytes(), &result->image); !status.ok())
    return std::move(status).Within(path);
  result->decode_ms = MsSince(start);
  return {};
}

// All tiles, in batches as large as the plan allows: those that are easy leave a batch at the first exit.
Status AnswerTiles(const RunOptions& run, Session* session, ScanResult* r) {
  std::vector<ImageView> views;
  Progress progress("scan", true);
  const Clock::time_point start = Clock::now();
  for (size_t first = 0; first < r->tiles.size(); first += views.size()) {
    views.clear();
    const size_t end = std::min(r->tiles.size(), first + static_cast<size_t>(r->batch));
    for (size_t i = first; i < end; ++i) views.push_back(scan::ViewOf(r->image.view(), r->tiles[i]));
    VITRT_ASSIGN_OR_RETURN(const auto answers, session->RunFrames(views, run));
    for (const Prediction& p : answers) {
      r->answers.push_back(AnswerOf(p));
      r->scores.push_back(p.label < 0 ? std::nanf("") : 1 - p.probabilities[static_cast<size_t>(r->good)]);
    }
    progress.Show(static_cast<double>(end) / static_cast<double>(r->tiles.size()), std::to_string(end) + " tiles");
  }
  r->tiles_ms = MsSince(start);
  return {};
}

Status AnswerOneByOne(Session* session, ScanResult* r) {
  RunOptions last;
  last.force_exit = static_cast<int>(r->info.exits.size()) - 1;
  const Clock::time_point start = Clock::now();
  for (const scan::Tile& tile : r->tiles) {
    VITRT_RETURN_IF_ERROR(session->RunFrame(scan::ViewOf(r->image.view(), tile), last).status());
  }
  r->baseline_ms = MsSince(start);
  return {};
}

}  // namespace

Result<ScanResult> RunScan(const ScanOptions& o) {
  VITRT_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(o.plan, o.common));
  ScanResult r;
  r.info = engine.info();
  r.image.depth.bits = r.info.image.sample_bits;
  if (r.info.exits.empty()) return InvalidArgument("the plan has no exit: it gives raw outputs, not classes", o.plan);
  VITRT_ASSIGN_OR_RETURN(const RunOptions run, RunOptionsOf(o.exits, r.info.exits));
  VITRT_ASSIGN_OR_RETURN(r.good, GoodClass(o.good, r.info));
  const int64_t size = o.tile > 0 ? o.tile : r.info.image.width;
  r.stride = o.stride > 0 ? o.stride : std::max<int64_t>(1, size / 2);
  if (r.stride > size) return InvalidArgument("a stride above the tile's side leaves gaps", "--stride");
  VITRT_RETURN_IF_ERROR(ReadImage(o.image, &r));
  if (r.image.depth.IsLow()) PrintNote(kLowRangeNote);
  r.tiles = scan::CutTiles(r.image.width, r.image.height, size, r.stride);
  r.batch = static_cast<int>(std::min<size_t>(r.tiles.size(), static_cast<size_t>(r.info.max_batch)));
  VITRT_ASSIGN_OR_RETURN(Session session, MakeSession(engine, o.common, r.batch));
  VITRT_RETURN_IF_ERROR(AnswerTiles(run, &session, &r));
  if (o.baseline) {
    VITRT_ASSIGN_OR_RETURN(Session single, MakeSession(engine, o.common, 1));
    VITRT_RETURN_IF_ERROR(AnswerOneByOne(&single, &r));
  }
  return r;
}

}  // namespace vitrt::cli
