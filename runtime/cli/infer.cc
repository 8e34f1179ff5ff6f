// vitrt infer: classifies images one by one, or runs a tensor.

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/base/os/process.h"
#include "runtime/cli/command.h"
#include "runtime/cli/common/progress.h"
#include "runtime/cli/infer/npy.h"
#include "runtime/cli/infer/tensor_run.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/audit/auditor.h"
#include "runtime/line/files/output_file.h"
#include "runtime/line/files/same_file.h"
#include "runtime/line/images/image_list.h"
#include "runtime/line/prediction/exit_options.h"
#include "runtime/line/prediction/prediction_format.h"

namespace vitrt::cli {
namespace {

constexpr int kDefaultTopOfJson = 5;

struct InferOptions {
  std::string plan;
  std::vector<std::string> images;
  CommonOptions common;
  ExitOptions exits;
  AuditOptions audit;
  int top = 0;  // 0: not given
  bool csv = false;
  TensorRun tensor;
  std::string dump_input;
};

// Prints predictions in the requested format.
class Printer {
 public:
  Printer(const InferOptions& options, const Engine& engine, const RunOptions& run,
          const std::vector<std::string>& names)
      : options_(options),
        info_(engine.info()),
        policy_(run.policy.value_or(PolicyOf(engine))),
        widths_(WidthsFor(engine.info(), names)) {
    if (options.csv) std::fputs(PredictionCsvHeader(options.top).c_str(), stdout);
  }

  // Errors: kInternal (a full disk behind stdout); the run ends then, so that all counts agree.
  Status Print(const std::string& image, const Prediction& p) const {
    const int top = options_.top > 0 ? options_.top : options_.common.json ? kDefaultTopOfJson : 1;
    const std::string text = options_.csv           ? PredictionCsvLine(info_, image, p, top)
                             : options_.common.json ? PredictionJson(info_, image, p, top)
                                                    : PredictionText(info_, policy_, widths_, image, p, top);
    if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return {};
    return Internal(std::string("cannot write: ") + std::strerror(errno), "standard output");
  }

 private:
  const InferOptions& options_;
  const PlanInfo& info_;
  ExitPolicy policy_;
  ColumnWidths widths_;
};

Status CheckUse(const InferOptions& o) {
  const bool tensor = !o.tensor.input.empty();
  if (tensor && !o.images.empty()) return InvalidArgument("images and --tensor at once", "command line");
  if (!tensor && o.images.empty()) {
    return InvalidArgument("no image to classify", "command line",
                           "vitrt infer PLAN IMAGE_OR_FOLDER..., or --tensor FILE.npy");
  }
  if (!tensor && !o.tensor.outputs.empty()) return InvalidArgument("--outputs without --tensor", "command line");
  if (o.tensor.all_exits && o.tensor.outputs.empty())
    return InvalidArgument("--all-exits without --outputs", "command line");
  if (o.csv && o.common.json) return InvalidArgument("--csv and --json at once", "command line");
  if (tensor && (!o.audit.log.empty() || !o.audit.metrics.empty()))
    return InvalidArgument("--log or --metrics with --tensor: they keep images", "command line");
  return {};
}

Result<int> InferTensor(const InferOptions& o, const Engine& engine, RunOptions run) {
  run.all_exits = o.tensor.all_exits;
  const auto name = [&](int64_t i) { return o.tensor.input + "[" + std::to_string(i) + "]"; };
  const Printer printer(o, engine, run, {name(100)});
  const bool classifies = !engine.info().exits.empty();
  Status printed;
  VITRT_RETURN_IF_ERROR(RunTensorFile(engine, o.common, run, o.tensor, [&](int64_t i, const Prediction& p) {
    if (classifies && printed.ok()) printed = printer.Print(name(i), p);
  }));
  VITRT_RETURN_IF_ERROR(printed);
  return 0;
}

Status DumpInput(Session* session, const Engine& engine, const std::string& image, const std::string& path) {
  VITRT_ASSIGN_OR_RETURN(const FileBytes file, FileBytes::Open(image, FileBytes::Mode::kRead));
  const auto tensor = PreprocessOnly(session, file.bytes());
  if (!tensor.ok()) return Status(tensor.status()).Within(image);
  const TensorInfo& input = engine.info().input;
  if (input.type != ElementType::kUint8)
    return WriteFile(path, EncodeNpy("<f4", input.dims, std::as_bytes(std::span(*tensor))));
  const std::vector<uint8_t> bytes(tensor->begin(), tensor->end());
  return WriteFile(path, EncodeNpy("|u1", input.dims, std::as_bytes(std::span(bytes))));
}

// Classifies one image, prints and records the prediction. Errors: kBadInput (the image); the run may go on.
Status InferImage(const std::string& path, const RunOptions& run, const Printer& printer, Session* session,
                  Auditor* auditor, bool* low_range) {
  const auto file = FileBytes::Open(path, FileBytes::Mode::kRead);
  auto prediction = file.ok() ? session->RunFile(file->bytes(), run) : Result<Prediction>(file.status());
  if (!prediction.ok()) {
    if (prediction.status().code() == StatusCode::kBadInput) auditor->Refused({path}, prediction.status());
    return file.ok() ? Status(prediction.status()).Within(path) : prediction.status();
  }
  VITRT_RETURN_IF_ERROR(printer.Print(path, *prediction));
  *low_range |= (prediction->flags & Prediction::kLowRange) != 0;
  return auditor->Classified({path}, file->bytes(), *prediction, session).status();
}

Status CheckFiles(const InferOptions& o, const ImageList& list) {
  NamedFiles inputs = {{"the plan", o.plan}};
  OutputFiles outputs = OutputsOf(o.audit);
  for (const std::string& path : list.paths) inputs.push_back({"an image", path});
  outputs.push_back({"--dump-input", o.dump_input, &kinds::kArray});
  return CheckOutputs(inputs, outputs);
}

// Bad images are reported and the others go on; the exit code is then that of a bad image.
Result<int> InferImages(const InferOptions& o, const Engine& engine, RunOptions run) {
  VITRT_ASSIGN_OR_RETURN(const ImageList list, FindImages(o.images));
  if (!o.dump_input.empty() && list.paths.size() != 1)
    return InvalidArgument("--dump-input takes one image", "command line");
  VITRT_ASSIGN_OR_RETURN(Session session, MakeSession(engine, o.common, 1));
  VITRT_RETURN_IF_ERROR(CheckFiles(o, list));
  if (!o.dump_input.empty()) VITRT_RETURN_IF_ERROR(DumpInput(&session, engine, list.paths[0], o.dump_input));

  VITRT_ASSIGN_OR_RETURN(Auditor auditor, Auditor::Create(o.audit, AuditContextOf(o.common, run.deadline_ms)));
  VITRT_RETURN_IF_ERROR(auditor.UsePlan(engine, run));
  auditor.Prepare(&run);
  const Printer printer(o, engine, run, list.paths);
  Progress progress("infer", list.paths.size() > 1 && !os::IsTerminal(stdout));
  const auto total = static_cast<double>(list.paths.size());
  size_t bad = 0;
  bool low_range = false;
  for (size_t i = 0; i < list.paths.size(); ++i) {
    const Status status = InferImage(list.paths[i], run, printer, &session, &auditor, &low_range);
    if (!status.ok()) {
      if (status.code() != StatusCode::kBadInput) {
        progress.Wipe();
        PrintNote("ended after " + std::to_string(i) + " of " + std::to_string(list.paths.size()) + " images");
        if (const Status kept = auditor.Finish(); !kept.ok()) PrintNote(kept.ToString());
        return status;
      }
      ++bad;
      progress.Wipe();
      PrintError(status);
    }
    progress.Show(static_cast<double>(i + 1) / total,
                  std::to_string(i + 1) + " of " + std::to_string(list.paths.size()));
  }
  progress.Wipe();
  if (low_range) PrintNote(kLowRangeNote);
  if (list.skipped > 0) PrintNote("skipped " + std::to_string(list.skipped) + " files that are not images");
  if (bad > 0 && list.paths.size() > 1) {
    PrintNote(std::to_string(bad) + " of " + std::to_string(list.paths.size()) + " images could not be classified");
  }
  VITRT_RETURN_IF_ERROR(auditor.Finish());
  return bad > 0 ? static_cast<int>(StatusCode::kBadInput) : 0;
}

Result<int> Infer(const InferOptions& o) {
  VITRT_RETURN_IF_ERROR(CheckUse(o));
  VITRT_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(o.plan, o.common));
  VITRT_ASSIGN_OR_RETURN(const RunOptions run, RunOptionsOf(o.exits, engine.info().exits));
  if (!o.tensor.input.empty()) return InferTensor(o, engine, run);
  return InferImages(o, engine, run);
}

}  // namespace

Run AddInfer(CLI::App* app) {
  auto o = std::make_shared<InferOptions>();
  app->add_option("plan", o->plan, "plan file")->required()->type_name("PLAN");
  app->add_option("images", o->images, "image files, or folders of them")->type_name("IMAGE_OR_FOLDER");
  app->add_option("--top", o->top, "show the K most probable classes")
      ->check(CLI::Range(1, 1000000).description(""))
      ->type_name("K");
  app->add_flag("--csv", o->csv, "print CSV");
  app->add_option("--dump-input", o->dump_input, "write the tensor that the model sees of the one image")
      ->type_name("FILE.npy");
  app->add_option(
         "--tensor", o->tensor.input,
         "run this prepared input, as the ONNX model takes it: float32 [batch, channels, height, width] mostly")
      ->type_name("FILE.npy")
      ->group("Tensors");
  app->add_option("--outputs", o->tensor.outputs, "write the logits of the exit taken as FOLDER/<exit>.npy")
      ->type_name("FOLDER")
      ->group("Tensors");
  app->add_flag("--all-exits", o->tensor.all_exits, "run to the end and write the logits of every exit")
      ->group("Tensors");
  AddExitOptions(app, &o->exits);
  AddAuditOptions(app, &o->audit);
  AddCommonOptions(app, true, &o->common);
  return [o] { return Infer(*o); };
}

}  // namespace vitrt::cli
