#include "converters/passes/pipeline.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

constexpr Pass kPasses[] = {
    {"simplify-shapes", "movement that moves nothing hides every other pattern", false, SimplifyShapes},
    {"fold-constants", "shape arithmetic, position branches and masks are constants after import", false,
     FoldConstants},
    {"merge-common", "recognisers compare values by identity, so equal computations must be one value", false,
     MergeCommon},
    {"simplify-shapes", "folding leaves scalars that are neutral and indices that are slices", false, SimplifyShapes},
    {"form-fake-quantize",
     "while a model's roundings are as it wrote them: one function each, the grid of what follows", false,
     FormFakeQuantize},
    {"fuse-layer-norm", "before layout: its pieces are reductions over an axis that layout moves", false,
     FuseLayerNorm},
    {"fuse-gelu", "an elementwise tree becomes one function", false, FuseGelu},
    {"fuse-activations", "likewise, and epilogues take functions only", false, FuseActivations},
    {"form-linear", "products with constants are linear layers", false, FormLinear},
    {"assign-layout", "kernels work on rows x channels only", true, AssignLayout},
    {"sink-transposes", "the transposes of the new layout meet those of the model and vanish", false, SinkTransposes},
    {"merge-common", "transposes that went different ways meet again as equals", false, MergeCommon},
    {"pointwise-to-linear", "a 1x1 convolution in this layout is a linear layer", false, PointwiseToLinear},
    {"fuse-attention", "after linear layers exist: it reads through everything between them and the products", false,
     FuseAttention},
    {"sink-transposes", "what attention put after itself meets the model's own", false, SinkTransposes},
    {"hoist-constants", "moves constants next to the layer that can take them", false, HoistConstants},
    {"fold-affine-after", "bias, batch norm, LayerScale and positions into the layer before", false, FoldAffineAfter},
    {"fold-affine-before", "LayerNorm's gamma and beta and per-token constants into the layers after", false,
     FoldAffineBefore},
    {"merge-common", "LayerNorms without their affine part may be equal; equal inputs are what QKV fusion looks for",
     false, MergeCommon},
    {"drop-unread-rows", "before layers merge: queries are still apart, residuals still visible", false,
     DropUnreadRows},
    {"simplify-shapes", "slices of slices", false, SimplifyShapes},
    {"fuse-qkv", "query, key and value in one pass over x", false, FuseQkv},
    {"fold-attention-scale", "the scale into the columns of q", false, FoldAttentionScale},
    {"fuse-epilogues", "activation and residual leave a layer with its sums", false, FuseEpilogues},
    {"simplify-shapes", "reshapes that came apart", false, SimplifyShapes},
    {"merge-common", "what the passes made twice", false, MergeCommon},
    {"place-in-concat", "last: a part that is copied into place must not be simplified away", true, PlaceInConcat},
};

bool Exists(const std::string& name) {
  return std::any_of(std::begin(kPasses), std::end(kPasses), [&](const Pass& pass) { return name == pass.name; });
}

std::string Names() {
  std::string names;
  std::set<std::string> seen;
  for (const Pass& pass : kPasses) {
    if (seen.insert(pass.name).second) names += (names.empty() ? "" : ", ") + std::string(pass.name);
  }
  return names;
}

Status CheckOptions(const PipelineOptions& options) {
  if (!options.dump_after.empty() && !Exists(options.dump_after)) {
    return InvalidArgument("no pass is named '" + options.dump_after + "'", "--dump-after", "passes: " + Names());
  }
  for (const std::string& name : options.disabled) {
    if (!Exists(name))
      return InvalidArgument("no pass is named '" + name + "'", "--disable-pass", "passes: " + Names());
    if (std::any_of(std::begin(kPasses), std::end(kPasses),
                    [&](const Pass& pass) { return pass.required && name == pass.name; })) {
      return InvalidArgument("pass '" + name + "' cannot be disabled: a plan cannot do without it", "--disable-pass");
    }
  }
  return {};
}

}  // namespace

std::span<const Pass> Passes() { return kPasses; }

Result<std::vector<PassReport>> RunPasses(Graph* graph, const PipelineOptions& options) {
  VITRT_RETURN_IF_ERROR(CheckOptions(options));
  std::vector<PassReport> reports;
  for (const Pass& pass : kPasses) {
    if (std::find(options.disabled.begin(), options.disabled.end(), pass.name) != options.disabled.end()) continue;
    const auto start = std::chrono::steady_clock::now();
    auto changes = pass.run(graph);
    if (!changes.ok()) return Status(changes.status()).Within(std::string("pass ") + pass.name);
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    Status sound = CheckGraph(*graph);
    if (!sound.ok()) return std::move(sound).Within(std::string("after pass ") + pass.name);
    reports.push_back({&pass, *changes, ms, graph->nodes.size()});
    if (options.dump_after == pass.name && options.dump) options.dump(ToText(*graph));
  }
  return reports;
}

}  // namespace vitrt::convert
