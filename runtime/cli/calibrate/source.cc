#include "runtime/cli/calibrate/source.h"

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/cli/common/progress.h"
#include "runtime/digest/sha256.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/evidence/shadow_log.h"

namespace vitrt::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kTimedImages = 40;

std::string PreprocessBytes(const Engine& engine) {
  const plan::Preprocess* recipe = TablesOf(engine).preprocess();
  if (recipe == nullptr) return {};
  const std::unique_ptr<plan::PreprocessT> unpacked(recipe->UnPack());
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(plan::Preprocess::Pack(builder, unpacked.get()));
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

Status CheckReference(const Engine& engine, const Engine& reference) {
  const std::string& path = reference.info().path;
  if (reference.info().exits.empty()) return InvalidArgument("the reference has no exit", path);
  if (reference.info().labels != engine.info().labels ||
      reference.info().exits.back().classes != engine.info().exits.back().classes) {
    return InvalidArgument("the reference has other classes than the plan", path);
  }
  if (PreprocessBytes(engine) != PreprocessBytes(reference)) {
    return InvalidArgument("the reference preprocesses images otherwise than the plan", path,
                           "convert both with the same recipe");
  }
  return {};
}

// The classes that the last exit of the reference plan gives.
Status AskReference(const std::string& path, const CommonOptions& common, const Engine& engine, Gathered* gathered) {
  VITRT_ASSIGN_OR_RETURN(const Engine reference, LoadEngine(path, common));
  VITRT_RETURN_IF_ERROR(CheckReference(engine, reference));
  VITRT_ASSIGN_OR_RETURN(Session session, MakeSession(reference, common, 1));
  RunOptions last;
  last.force_exit = static_cast<int>(reference.info().exits.size()) - 1;
  Progress progress("reference", true);
  const std::vector<line::LabelledImage>& images = gathered->recording.images;
  for (size_t i = 0; i < images.size(); ++i) {
    progress.Show(static_cast<double>(i) / static_cast<double>(images.size()), std::to_string(i));
    VITRT_ASSIGN_OR_RETURN(const FileBytes file, FileBytes::Open(images[i].path, FileBytes::Mode::kRead));
    VITRT_ASSIGN_OR_RETURN(const Prediction p, session.RunFile(file.bytes(), last));
    gathered->recording.records.reference.push_back(p.label);
  }
  VITRT_ASSIGN_OR_RETURN(const std::string hash, Sha256OfFiles({path}));
  gathered->reference = "the last exit of the reference";
  gathered->evidence["reference"] = {
      {"plan_sha256", hash}, {"model", reference.info().model_name}, {"exit", reference.info().exits.back().name}};
  return {};
}

Result<Gathered> FromFolder(const CalibrationSource& source, ExitPolicy policy, const CommonOptions& common,
                            const Engine& engine) {
  VITRT_ASSIGN_OR_RETURN(const line::LabelledFolder folder,
                         line::ReadImageFolder(source.folder, engine.info().labels, source.strict));
  for (const std::string& problem : folder.problems) PrintNote(problem);
  VITRT_ASSIGN_OR_RETURN(Session session, MakeSession(engine, common, 1));
  Gathered g;
  VITRT_ASSIGN_OR_RETURN(
      g.recording,
      line::RecordImages(
          folder, {.policy = policy, .strict = source.strict, .leave_out_copies = true, .max_files = kTimedImages},
          engine, &session, ShowProgress("images")));
  for (const std::string& bad : g.recording.unreadable) PrintNote("left out: " + bad);
  if (g.recording.images.size() == 1 && g.recording.copies > 0) {
    return BadInput("all " + std::to_string(g.recording.copies + 1) + " images are the same", source.folder,
                    "a promise takes images that differ as those of the line do");
  }
  if (g.recording.copies > 0) PrintNote("left out: " + std::to_string(g.recording.copies) + " duplicate images");
  VITRT_ASSIGN_OR_RETURN(g.cost, line::MeasureExitCosts(g.recording, kTimedImages, engine, &session));
  g.timed = true;
  g.left_out = static_cast<size_t>(folder.skipped_files) + g.recording.unreadable.size();
  g.evidence = {{"labelled", !g.recording.records.label.empty()},
                {"skipped_files", folder.skipped_files},
                {"unreadable_files", g.recording.unreadable.size()},
                {"copies", g.recording.copies}};
  if (!source.reference.empty()) VITRT_RETURN_IF_ERROR(AskReference(source.reference, common, engine, &g));
  return g;
}

Result<Gathered> FromLog(const CalibrationSource& source, ExitPolicy policy, const Engine& engine) {
  if (!source.reference.empty()) {
    return InvalidArgument("a log holds predictions, not images: the reference has nothing to classify", "--reference",
                           "give a folder of images");
  }
  VITRT_ASSIGN_OR_RETURN(line::ShadowLog log, line::ReadShadowLog(source.log, policy, engine));
  const auto note = [](int64_t lines, const char* what) {
    if (lines > 0) PrintNote("left out: " + std::to_string(lines) + what);
  };
  note(log.bad_lines, " lines that are no records: truncated, or of another program");
  note(log.without_exits, " shadow lines without every exit's prediction");
  note(log.other_policy, " shadow lines with the confidences of another policy");
  note(log.copies, " lines of duplicate images");
  if (log.recording.records.images == 1 && log.copies > 0)
    return BadInput("all " + std::to_string(log.copies + 1) + " images are the same", source.log);
  Gathered g;
  g.recording = std::move(log.recording);
  for (const ExitInfo& exit : engine.info().exits) g.cost.push_back(exit.flops);
  g.left_out = static_cast<size_t>(log.bad_lines + log.without_exits + log.other_policy + log.copies);
  g.evidence = {{"labelled", false},
                {"log", {{"lines", log.lines}, {"shadow_lines", log.shadow}, {"bad_lines", log.bad_lines}}},
                {"copies", log.copies}};
  return g;
}

}  // namespace

Result<Gathered> Gather(const CalibrationSource& source, ExitPolicy policy, const CommonOptions& common,
                        const Engine& engine) {
  if (source.folder.empty() == source.log.empty())
    return InvalidArgument("give a folder of images or --log, one of them", "command line");
  if (!source.log.empty()) return FromLog(source, policy, engine);
  return FromFolder(source, policy, common, engine);
}

}  // namespace vitrt::cli
