#include "converters/cli/convert.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "converters/cli/int8_images.h"
#include "converters/cli/labels.h"
#include "converters/exits/exits.h"
#include "converters/onnx/import.h"
#include "converters/schedule/segments.h"
#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/digest/sha256.h"
#include "runtime/line/files/same_file.h"
#include "runtime/plan/writer.h"

namespace vitrt::convert {
namespace {

double MsSince(std::chrono::steady_clock::time_point* start) {
  const auto now = std::chrono::steady_clock::now();
  const double ms = std::chrono::duration<double, std::milli>(now - *start).count();
  *start = now;
  return ms;
}

// The names of the classes of every exit; exits of different numbers of classes have none in common.
Result<std::vector<std::string>> LabelsFor(const ConvertOptions& options, const ExitChoice& choice,
                                           std::vector<std::string>* warnings) {
  if (options.labels.empty()) return std::vector<std::string>{};
  if (choice.exits.empty())
    return InvalidArgument("labels were given, but the model has no [batch, classes] output", options.labels);
  Labels labels;
  for (size_t i = 0; i < choice.exits.size(); ++i) {
    auto read = ReadLabels(options.labels, choice.exits[i].classes);
    if (!read.ok()) return Status(read.status()).Within("exit '" + choice.exits[i].name + "'");
    if (i == 0) labels = std::move(read).value();
  }
  warnings->insert(warnings->end(), labels.warnings.begin(), labels.warnings.end());
  return labels.names;
}

// Images have one or three channels; a model of other inputs takes tensors only.
Result<std::optional<plan::PreprocessT>> RecipeFor(const ConvertOptions& options, const Graph& graph) {
  const Shape& input = graph.value(graph.input).shape;
  const size_t channels = graph.model_channels_last ? 3 : 1, height = graph.model_channels_last ? 1 : 2;
  const bool image = input.size() == 4 && (input[channels] == 1 || input[channels] == 3);
  if (!image && options.recipe.empty()) return std::optional<plan::PreprocessT>();
  if (!image)
    return InvalidArgument("the model takes " + ToString(input) + ": no image of 1 or 3 channels", "--preprocess");
  const InputSize size{static_cast<int>(input[channels]), static_cast<int>(input[height]),
                       static_cast<int>(input[height + 1]), graph.input_bytes};
  VITRT_ASSIGN_OR_RETURN(plan::PreprocessT recipe, MakeRecipe(options.recipe, size));
  return std::optional(std::move(recipe));
}

Status Verify(const ConvertOptions& options, const std::string& plan, const Reference& reference,
              ConvertReport* report) {
  VITRT_ASSIGN_OR_RETURN(report->errors, VerifyPlan(plan, reference, options.threads));
  for (const OutputError& error : report->errors) {
    if (report->by_steps || error.error <= kVerifyTolerance) continue;
    char text[32];
    std::snprintf(text, sizeof(text), "%.2e", error.error);
    return Internal(
        std::string("verification failed: the plan differs from the model by ") + text + " of the largest value",
        "output '" + error.name + "'");
  }
  return {};
}

// No file that was read is written over, and none that is no plan.
Status CheckFiles(const ConvertOptions& options, const std::vector<std::string>& external_files) {
  line::NamedFiles inputs = {
      {"the model", options.model}, {"the labels", options.labels}, {"the recipe", options.recipe.file}};
  for (const std::string& file : external_files) inputs.push_back({"the model's external data", file});
  if (!options.int8_images.empty()) {
    VITRT_ASSIGN_OR_RETURN(const std::vector<std::string> images, FilesOf(options.int8_images));
    for (const std::string& image : images) inputs.push_back({"an image", image});
  }
  const line::OutputFile outputs[] = {{"-o", options.output, &line::kinds::kPlan}};
  return line::CheckOutputs(inputs, outputs);
}

// --int8-images without --precision int8, which a model that comes quantised does not need for its own layers.
Status CheckImagesAsked(const ConvertOptions& options, bool quantised) {
  if (options.int8 || options.int8_images.empty()) return {};
  if (!quantised || options.fp32)
    return InvalidArgument("is for --precision int8 only", "--int8-images", "add --precision int8");
  return InvalidArgument("the model comes quantised: its layers are int8 as it has them, whatever images show",
                         "--int8-images",
                         "leave the option out; or add --precision int8, which quantises the layers that the model "
                         "leaves in fp32, too, and measures them");
}

// Where the whole is a matter of roundings: every step on the plan's own inputs.
Status VerifyBySteps(const ConvertOptions& options, const std::string& plan, const Graph& graph,
                     const std::vector<const Node*>& nodes, const Tensor& input, ConvertReport* report) {
  VITRT_ASSIGN_OR_RETURN(report->step_errors, VerifySteps(plan, graph, nodes, input, options.threads));
  for (const StepError& step : report->step_errors) {
    if (step.error <= step.tolerance) continue;
    char text[32];
    std::snprintf(text, sizeof(text), "%.2e", step.error);
    return Internal(
        std::string("verification failed: a step differs from its reference by ") + text + " of the largest value",
        step.op + " '" + step.name + "'");
  }
  return {};
}

}  // namespace

Result<ConvertReport> Convert(const ConvertOptions& options) {
  ConvertReport report;
  auto clock = std::chrono::steady_clock::now();

  ImportOptions import_options;
  import_options.input_height = options.input_height;
  import_options.input_width = options.input_width;
  ImportReport import;
  VITRT_ASSIGN_OR_RETURN(Graph graph, ImportOnnx(options.model, import_options, &import));
  VITRT_RETURN_IF_ERROR(CheckImagesAsked(options, import.quantised));
  VITRT_RETURN_IF_ERROR(CheckFiles(options, import.external_files));
  report.model_name = graph.name;
  report.producer = import.producer;
  report.warnings = import.warnings;
  report.input = graph.value(graph.input).shape;
  report.imported_nodes = graph.nodes.size();

  PlanOptions plan_options;
  ExitRequest exits{options.exits, {}};
  if (!options.labels.empty()) {
    VITRT_ASSIGN_OR_RETURN(exits.labels, LabelCounts(options.labels));
  }
  VITRT_ASSIGN_OR_RETURN(plan_options.exits, ChooseExits(graph, exits));
  VITRT_ASSIGN_OR_RETURN(plan_options.labels, LabelsFor(options, plan_options.exits, &report.warnings));
  VITRT_ASSIGN_OR_RETURN(plan_options.preprocess, RecipeFor(options, graph));
  plan_options.max_batch = options.max_batch;
  plan_options.options = options.given;
  report.recipe = plan_options.preprocess;

  std::vector<std::string> sources = {options.model};
  sources.insert(sources.end(), import.external_files.begin(), import.external_files.end());
  VITRT_ASSIGN_OR_RETURN(plan_options.source_sha256, Sha256OfFiles(sources));
  report.source_sha256 = plan_options.source_sha256;
  report.import_ms = MsSince(&clock);

  std::optional<Reference> reference;
  if (options.verify) {
    VITRT_ASSIGN_OR_RETURN(reference, MakeReference(graph));
    report.verify_ms = MsSince(&clock);
  }
  report.int8 = options.int8 || (import.quantised && !options.fp32);
  report.by_steps = report.int8 || import.quantised;
  VITRT_ASSIGN_OR_RETURN(report.passes, RunPasses(&graph, options.passes));
  report.passes_ms = MsSince(&clock);

  for (const GraphOutput& output : graph.outputs) report.outputs[output.name] = graph.value(output.value).type();
  plan_options.exits.Rebind(graph);
  if (report.int8) {
    Int8Options int8 =
        options.int8.value_or(Int8Options{.keep = {}, .keep_for_predictions = {}, .inputs = {}, .own_ranges = false});
    if (!options.int8_images.empty()) {
      VITRT_ASSIGN_OR_RETURN(report.int8_choice, ChooseLayers(options));
      int8.keep_for_predictions = report.int8_choice->keep;
      int8.inputs = report.int8_choice->inputs;
      int8.balance = report.int8_choice->balance;
    }
    std::vector<ValueId> decided;
    for (const GraphExit& exit : plan_options.exits.exits) decided.push_back(exit.value);
    VITRT_ASSIGN_OR_RETURN(report.int8_layers, QuantizeLayers(&graph, decided, int8));
    report.int8_ms = MsSince(&clock);
  }
  if (options.winograd) report.winograd = AddWinograd(&graph);
  OrderBySegments(&graph, &plan_options.exits);
  VITRT_ASSIGN_OR_RETURN(PlanBytes bytes, BuildPlan(graph, plan_options));
  VITRT_ASSIGN_OR_RETURN(PendingFile file, PendingFile::Create(options.output));
  VITRT_RETURN_IF_ERROR(plan::WritePlan(bytes.tables, bytes.weights, Producer(), &file));
  report.plan = std::move(bytes.summary);
  const auto written = os::Look(file.descriptor());
  if (!written) return Internal(std::string("cannot look at the plan: ") + std::strerror(errno), options.output);
  report.plan.file_bytes = written->bytes;
  report.write_ms = MsSince(&clock);

  if (options.instead) {
    VITRT_RETURN_IF_ERROR(options.instead(file.readable_path()));
    return report;
  }
  if (reference) {  // before the plan takes its name: one that is wrong is never seen
    if (report.by_steps) {
      VITRT_RETURN_IF_ERROR(
          VerifyBySteps(options, file.readable_path(), graph, bytes.nodes, reference->input, &report));
    }
    VITRT_RETURN_IF_ERROR(Verify(options, file.readable_path(), *reference, &report));
    report.verify_ms += MsSince(&clock);
  }
  VITRT_RETURN_IF_ERROR(file.Commit());
  report.write_ms += MsSince(&clock);
  return report;
}

}  // namespace vitrt::convert
