// vitrt scan: a large image in tiles: whether it is good, where the defects are, and that as a picture.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "runtime/base/check.h"
#include "runtime/cli/command.h"
#include "runtime/cli/scan/run.h"
#include "runtime/image/encode_png.h"
#include "runtime/line/files/output_file.h"
#include "runtime/line/files/same_file.h"
#include "runtime/line/scan/heat_map.h"

namespace vitrt::cli {
namespace {

Result<int> Scan(const ScanOptions& o) {
  const NamedFile inputs[] = {{"the plan", o.plan}, {"the image", o.image}};
  const OutputFile outputs[] = {{"-o", o.out, &kinds::kHeatMap}};
  VITRT_RETURN_IF_ERROR(CheckOutputs(inputs, outputs));
  VITRT_ASSIGN_OR_RETURN(const ScanResult result, RunScan(o));
  if (!o.out.empty()) {
    image::DecodedImage map = scan::HeatMap(result.overview, result.tiles, result.scores);
    scan::DrawBoxes(result.regions, result.overview.step(), &map);
    VITRT_ASSIGN_OR_RETURN(const std::vector<std::byte> png,
                           image::EncodePng(map, std::string(kinds::kHeatMapSoftware)));
    VITRT_RETURN_IF_ERROR(WriteFile(o.out, png));
  }
  const std::string text = o.common.json ? ScanJson(o, result) : ScanText(o, result);
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace

Run AddScan(CLI::App* app) {
  auto o = std::make_shared<ScanOptions>();
  app->add_option("plan", o->plan, "plan file")->required()->type_name("PLAN");
  app->add_option("image", o->image, "a large image; PNG, TIFF and binary PNM may be larger than memory")
      ->required()
      ->type_name("IMAGE");
  app->add_option("--tile", o->tile, "side of a tile, in pixels of the image (default: the model's input)")
      ->check(CLI::Range(1, 1 << 20).description(""))
      ->type_name("T");
  app->add_option("--stride", o->stride, "pixels from one tile to the next (default: half a tile)")
      ->check(CLI::Range(1, 1 << 20).description(""))
      ->type_name("S");
  app->add_option("--good", o->good, "the class of a tile without defect (default: good, ok, none, free or normal)")
      ->type_name("LABEL");
  app->add_option("-o,--out", o->out, "write the heat map, with a box around each region of bad tiles")
      ->type_name("FILE.png");
  app->add_option("--max-side", o->max_side, "largest side of the heat map (default 2048)")
      ->check(CLI::Range(16, 1 << 15).description(""))
      ->type_name("PIXELS");
  app->add_flag("--baseline", o->baseline, "also run every tile alone to the last exit, and show the factor");
  AddExitOptions(app, &o->exits);
  AddCommonOptions(app, true, &o->common);
  return [o] { return Scan(*o); };
}

}  // namespace vitrt::cli
