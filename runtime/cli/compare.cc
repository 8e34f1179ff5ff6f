// vitrt compare: the same images through two plans, without labels: images that they classify differently, and the
// upper bound on the rate of such images.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <set>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/cli/command.h"
#include "runtime/cli/common/progress.h"
#include "runtime/digest/sha256.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/calibration/bound.h"
#include "runtime/line/images/image_list.h"
#include "runtime/line/prediction/prediction_format.h"
#include "runtime/line/statistics/statistics.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::cli {
namespace {

constexpr double kConfidence = 0.95;

struct CompareOptions {
  std::string reference, other, folder;
  ExitOptions exits;
  CommonOptions common;
};

// One of the two plans.
struct Side {
  Engine engine;
  Session session;
  RunOptions run;
  std::vector<double> run_ms;

  static Result<Side> Open(const std::string& path, const CompareOptions& o) {
    VITRT_ASSIGN_OR_RETURN(Engine engine, LoadEngine(path, o.common));
    if (engine.info().exits.empty())
      return InvalidArgument("the plan has no exit: it gives raw outputs, not classes", path);
    VITRT_ASSIGN_OR_RETURN(const RunOptions run, ToRunOptions(o.exits, engine.info().exits));
    VITRT_ASSIGN_OR_RETURN(Session session, MakeSession(engine, o.common, 1));
    return Side{std::move(engine), std::move(session), run, {}};
  }
};

struct Difference {
  std::string image, reference, other;  // labels
};

struct Comparison {
  int64_t images = 0, other_exits = 0;  // other_exits: images that leave the two plans at different exits
  double largest_error = 0;
  std::vector<Difference> differing;
  std::vector<std::string> unreadable;
  std::set<std::string> seen;  // SHA-256 of the images
  int64_t copies = 0;          // of images that were seen: left out, because the bound takes each for one of its own

  int64_t disagreements() const { return static_cast<int64_t>(differing.size()); }
  double upper_bound() const { return calibration::UpperBound(disagreements(), images, kConfidence); }
};

Status CheckAlike(const PlanInfo& a, const PlanInfo& b) {
  if (a.exits[0].classes != b.exits[0].classes)
    return InvalidArgument("the plans have " + std::to_string(a.exits[0].classes) + " and " +
                               std::to_string(b.exits[0].classes) + " classes",
                           b.path);
  if (!a.labels.empty() && !b.labels.empty() && a.labels != b.labels)
    return InvalidArgument("the plans have different labels", b.path);
  return {};
}

// Relative error of the logits: largest difference over the reference's largest absolute logit.
double ErrorOf(std::span<const float> got, std::span<const float> expected) {
  double largest = 0, difference = 0;
  for (size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    if (!std::isfinite(got[i]) || !std::isfinite(expected[i])) {
      if (got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i]))) continue;
      return std::numeric_limits<double>::infinity();
    }
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
    difference = std::max(difference, std::abs(static_cast<double>(got[i]) - static_cast<double>(expected[i])));
  }
  return largest == 0 ? difference : difference / largest;
}

// Runs one image through both plans; the order alternates from image to image.
Status CompareImage(const std::string& path, Side* reference, Side* other, Comparison* found) {
  Result<FileBytes> file = FileBytes::Open(path, FileBytes::Mode::kRead);
  if (!file.ok()) return file.status();
  if (!found->seen.insert(Sha256(file->bytes())).second) {
    ++found->copies;
    return {};
  }
  Side* order[] = {reference, other};
  if (found->images % 2 != 0) std::swap(order[0], order[1]);
  Prediction predictions[2];
  for (Side* side : order) {
    VITRT_ASSIGN_OR_RETURN(predictions[side == other], side->session.RunFile(file->bytes(), side->run));
  }
  ++found->images;
  reference->run_ms.push_back(predictions[0].times.run_ms);
  other->run_ms.push_back(predictions[1].times.run_ms);
  const auto label = [](const Side& side, const Prediction& p) { return LabelOf(side.engine.info(), p.label); };
  if (predictions[0].label != predictions[1].label)
    found->differing.push_back({path, label(*reference, predictions[0]), label(*other, predictions[1])});
  if (predictions[0].exit != predictions[1].exit) {
    ++found->other_exits;
  } else {
    found->largest_error = std::max(found->largest_error, ErrorOf(predictions[1].logits, predictions[0].logits));
  }
  return {};
}

nlohmann::ordered_json ToJson(const Comparison& found, const Side& reference, const Side& other) {
  using Json = nlohmann::ordered_json;
  const auto plan = [](const Side& side) {
    return Json{{"plan", side.engine.info().path},
                {"precision", PrecisionOf(side.engine)},
                {"run_ms", Summarize(side.run_ms).p50}};
  };
  Json differing = Json::array();
  for (const Difference& d : found.differing)
    differing.push_back({{"image", d.image}, {"reference", d.reference}, {"other", d.other}});
  return {{"images", found.images},
          {"disagreements", found.disagreements()},
          {"upper_bound", found.upper_bound()},
          {"confidence", kConfidence},
          {"largest_error", std::isfinite(found.largest_error) ? Json(found.largest_error) : Json(nullptr)},
          {"speed_up", Summarize(reference.run_ms).p50 / Summarize(other.run_ms).p50},
          {"other_exits", found.other_exits},
          {"reference", plan(reference)},
          {"other", plan(other)},
          {"copies", found.copies},
          {"unreadable", found.unreadable},
          {"differing", differing}};
}

std::string ToText(const nlohmann::ordered_json& j) {
  const auto percent = [](double part) { return Fixed(100 * part, 2) + " %"; };
  const double images = j["images"].get<double>();
  TextTable table("ll");
  for (const char* side : {"reference", "other"}) {
    table.Add({side, j[side]["plan"].get<std::string>() + ", " + j[side]["precision"].get<std::string>() + ", " +
                         Fixed(j[side]["run_ms"].get<double>(), 3) + " ms per image (median)"});
  }
  table.Add({"images", j["images"].dump()});
  table.Add({"disagreements", j["disagreements"].dump() + " (" + percent(j["disagreements"].get<double>() / images) +
                                  "); at most " + percent(j["upper_bound"].get<double>()) + " with 95 % confidence"});
  table.Add({"other exit", j["other_exits"].dump() + " images leave at another exit"});
  const auto& error = j["largest_error"];
  table.Add({"relative error",
             (error.is_null() ? "not finite" : percent(error.get<double>())) +
                 std::string(" of the largest absolute logit, over images that leave both plans at the same exit")});
  table.Add({"speed-up", Fixed(j["speed_up"].get<double>(), 2) + " x"});
  std::string text = table.Text();
  if (j["differing"].empty()) return text;
  TextTable differing("lll");
  differing.Add({"image", "reference", "other"});
  for (const auto& d : j["differing"])
    differing.Add({d["image"].get<std::string>(), d["reference"].get<std::string>(), d["other"].get<std::string>()});
  return text + '\n' + differing.Text();
}

Result<int> Compare(const CompareOptions& o) {
  VITRT_ASSIGN_OR_RETURN(Side reference, Side::Open(o.reference, o));
  VITRT_ASSIGN_OR_RETURN(Side other, Side::Open(o.other, o));
  VITRT_RETURN_IF_ERROR(CheckAlike(reference.engine.info(), other.engine.info()));
  VITRT_ASSIGN_OR_RETURN(const ImageList list, FindImages({o.folder}));
  Comparison found;
  Progress progress("compare", true);
  for (size_t i = 0; i < list.paths.size(); ++i) {
    progress.Show(static_cast<double>(i) / static_cast<double>(list.paths.size()), std::to_string(i));
    const Status status = CompareImage(list.paths[i], &reference, &other, &found);
    if (status.code() == StatusCode::kBadInput) {
      found.unreadable.push_back(list.paths[i] + ": " + status.what());
    } else if (!status.ok()) {
      return status;
    }
  }
  progress.Wipe();
  if (found.images == 0) return BadInput("no image could be read", o.folder, found.unreadable.front());
  const nlohmann::ordered_json json = ToJson(found, reference, other);
  for (const std::string& bad : found.unreadable) PrintNote("left out: " + bad);
  if (found.copies > 0) PrintNote("left out: " + std::to_string(found.copies) + " duplicate images");
  std::fputs((o.common.json ? JsonLine(json) : ToText(json)).c_str(), stdout);
  return 0;
}

}  // namespace

Run AddCompare(CLI::App* app) {
  auto o = std::make_shared<CompareOptions>();
  app->add_option("reference", o->reference, "plan that is trusted")->required()->type_name("REFERENCE.plan");
  app->add_option("other", o->other, "plan to compare with it")->required()->type_name("OTHER.plan");
  app->add_option("folder", o->folder, "images, labelled or not")->required()->type_name("FOLDER");
  AddExitOptions(app, &o->exits);
  AddCommonOptions(app, true, &o->common);
  return [o] { return Compare(*o); };
}

}  // namespace vitrt::cli
