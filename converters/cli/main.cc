// vitrt-convert: ONNX model -> plan. Command line only; converters/cli/convert.h does the work.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "converters/cli/report.h"
#include "runtime/base/closest_name.h"
#include "runtime/base/empty_argument.h"
#include "runtime/base/os/path.h"
#include "runtime/base/os/process.h"
#include "runtime/line/text/escape.h"

namespace {

using vitrt::convert::ConvertOptions;

constexpr char kFooter[] =
    "Without --preprocess and its parts, images are resized to the model's input size (bicubic) and normalised with "
    "mean and\n"
    "std 0.5. --resize N resizes the shorter side to N and crops the centre to the model's size; --resize HxW ignores "
    "the\n"
    "aspect ratio. The recipe file: {\"channels\", \"resize\": {\"rule\", \"height\", \"width\"}, \"crop\": "
    "{\"height\", \"width\"},\n"
    "\"interpolation\", \"mean\", \"std\", \"range\", \"sample_bits\"}. Exit codes: 0 ok, 1 internal error, 2 usage, 3 "
    "bad model file, 5 "
    "unsupported model.";

// An error as the contract has it: one line, then hints.
int Fail(const vitrt::Status& status) {
  std::fprintf(stderr, "vitrt-convert: error: %s\n", vitrt::line::Visible(status.ToString()).c_str());
  if (!status.hint().empty()) std::fprintf(stderr, "%s\n", vitrt::line::VisibleLines(status.hint()).c_str());
  return static_cast<int>(status.code());
}

// "224" or "224x320" into the sizes that the model leaves open.
bool ParseInputSize(const std::string& text, ConvertOptions* options) {
  int height = 0, width = 0;
  char rest = 0;
  const int parts = std::sscanf(text.c_str(), "%dx%d%c", &height, &width, &rest);
  if (parts == 1 && text.find_first_not_of("0123456789") == std::string::npos) width = height;
  if ((parts != 1 && parts != 2) || height < 1 || width < 1) return false;
  options->input_height = height;
  options->input_width = width;
  return true;
}

// "--exits a b model.onnx": the list took the model, too, which is its last part then.
void GiveModelBack(ConvertOptions* options) {
  if (!options->model.empty() || options->exits.size() < 2) return;
  options->model = options->exits.back();
  options->exits.pop_back();
}

// "did you mean '--labels'? try vitrt-convert --help"
std::string OptionHint(const CLI::App& app, const std::vector<std::string>& arguments) {
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  for (const std::string& argument : arguments) {
    const std::string name = argument.substr(0, argument.find('='));
    if (name.rfind("--", 0) == 0 && app.get_option_no_throw(name) == nullptr)
      return vitrt::DidYouMean(name, known) + "try vitrt-convert --help";
  }
  return "try vitrt-convert --help";
}

// The options that shape the plan, as the user gave them; of files the names only, because a plan leaves the machine.
std::vector<std::pair<std::string, std::string>> Given(const CLI::App& app, const std::vector<std::string>& exits) {
  std::vector<std::pair<std::string, std::string>> given;
  for (const char* name : {"--exits", "--batch", "--labels", "--preprocess", "--resize", "--crop", "--mean", "--std",
                           "--interpolation", "--range", "--sample-bits", "--input-size", "--precision", "--int8-keep",
                           "--int8-images", "--no-winograd", "--disable-pass"}) {
    const CLI::Option* option = app.get_option(name);
    if (option->count() == 0) continue;
    std::string value;
    const std::vector<std::string> parts = name == std::string("--exits") ? exits : option->results();
    for (const std::string& part : parts) value += (value.empty() ? "" : ",") + part;
    if (name == std::string("--labels") || name == std::string("--preprocess"))
      value = vitrt::os::NameOf(vitrt::os::PathOf(value).filename());
    given.emplace_back(name + 2, value);
  }
  return given;
}

int Main(const std::vector<std::string>& arguments) {
  if (const vitrt::Status status = vitrt::CheckNoneEmpty(arguments); !status.ok()) return Fail(status);
  ConvertOptions options;
  std::string input_size, precision = "fp32";
  std::vector<std::string> int8_keep;
  bool json = false, verbose = false, no_winograd = false;

  CLI::App app("Converts an ONNX vision model into a plan for vitrt.", "vitrt-convert");
  app.footer(kFooter);
  app.allow_windows_style_options(false);  // nowhere: "/folder" is a folder
  app.set_version_flag("-V,--version", vitrt::convert::Producer());
  app.add_option("model", options.model, "ONNX file");
  app.add_option("-o,--output", options.output, "plan file to write")->required();
  app.add_option(
         "--exits", options.exits,
         "outputs that are exits, in order (default: those that are classifiers' ends, see converters/README.md)")
      ->delimiter(',');
  app.add_option("--batch", options.max_batch, "most images one run may take")->check(CLI::Range(1, 4096));
  app.add_option("--labels", options.labels, "text file, one class name a line");
  app.add_option("--preprocess", options.recipe.file, "JSON recipe from image to input tensor");
  app.add_option("--resize", options.recipe.resize, "N: shorter side; HxW: exactly");
  app.add_option("--crop", options.recipe.crop, "N or HxW: centre crop");
  app.add_option("--mean", options.recipe.mean,
                 "per channel, of values in [0, 1] or, above 1, in [0, 255]: 0.485,0.456,0.406");
  app.add_option("--std", options.recipe.std, "per channel");
  app.add_option("--range", options.recipe.range,
                 "255: mean and std are of values in [0, 255] (default: by their size)")
      ->type_name("1|255");
  app.add_option("--sample-bits", options.recipe.sample_bits,
                 "bits that 16-bit images hold: 10, 12, 14 as cameras have them (default 16)")
      ->type_name("N");
  app.add_option("--interpolation", options.recipe.interpolation, "nearest, box, bilinear, bicubic, lanczos");
  app.add_option("--input-size", input_size, "N or HxW, where the model leaves the image size open");
  app.add_option("--precision", precision,
                 "fp32, or int8: layers on 8-bit integers (default: fp32, int8 for a quantised model)")
      ->check(CLI::IsMember({"fp32", "int8"}).description(""))
      ->type_name("fp32|int8");
  app.add_option("--int8-keep", int8_keep, "nodes whose layers stay fp32 (may be repeated)")->delimiter(',');
  app.add_option("--int8-images", options.int8_images,
                 "folder of images: layers that change predictions on them stay fp32 (no labels needed)")
      ->type_name("DIR");
  app.add_flag("--no-winograd", no_winograd,
               "no weights for Winograd's convolution: a smaller plan, slower 3x3 layers");
  app.add_flag("--verify", options.verify, "run the plan against the model's reference evaluation");
  app.add_option("--dump-after", options.passes.dump_after, "print the graph after this pass");
  app.add_option("--disable-pass", options.passes.disabled, "leave a pass out (may be repeated)")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--threads", options.threads, "threads for --verify (default: all allowed)")
      ->check(CLI::Range(0, 1024));
  app.add_flag("--json", json, "print the summary as JSON");
  app.add_flag("-v,--verbose", verbose, "also print every pass");
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them from the end
  } catch (const CLI::Success& success) {                                       // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return Fail(vitrt::InvalidArgument(error.what(), "command line", OptionHint(app, arguments)));
  }
  GiveModelBack(&options);
  if (options.model.empty()) {
    return Fail(
        vitrt::InvalidArgument("no model was given", "command line", "vitrt-convert MODEL.onnx -o PLAN [--exits a,b]"));
  }
  if (!input_size.empty() && !ParseInputSize(input_size, &options)) {
    return Fail(vitrt::InvalidArgument("'" + input_size + "' is no size such as 224 or 224x320", "--input-size"));
  }
  options.fp32 = app.count("--precision") > 0 && precision == "fp32";
  if (precision == "int8") options.int8.emplace().keep = int8_keep;
  if (!options.int8 && !int8_keep.empty()) {
    return Fail(vitrt::InvalidArgument("is for --precision int8 only", "--int8-keep",
                                       "add --precision int8, also for a model that comes quantised"));
  }
  options.winograd = !no_winograd;
  options.given = Given(app, options.exits);
  options.passes.dump = [](const std::string& text) { std::cout << text; };

  auto report = vitrt::convert::Convert(options);
  if (!report.ok()) return Fail(report.status());
  for (const std::string& warning : report->warnings)
    std::fprintf(stderr, "vitrt-convert: warning: %s\n", vitrt::line::Visible(warning).c_str());
  std::cout << (json ? vitrt::line::EscapeJson(ToJson(options, *report))
                     : vitrt::line::VisibleLines(ToText(options, *report, verbose)));
  return std::cout.flush() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main(vitrt::os::Arguments(argc, argv));
  } catch (const std::bad_alloc&) {
    std::fputs("vitrt-convert: error: out of memory\n", stderr);
    return static_cast<int>(vitrt::StatusCode::kInternal);
  } catch (const std::exception& error) {
    return Fail(vitrt::Internal(error.what()));
  }
}
