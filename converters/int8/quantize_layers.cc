#include "converters/int8/quantize_layers.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "converters/int8/quantize_weights.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

// Quantising a row of k values and widening its sums must cost little beside k * n products.
constexpr int64_t kLeastK = 16, kLeastN = 16;

bool IsDense(const Node& node) {
  switch (node.op.type) {
    case plan::Op::Linear:
    case plan::Op::Conv2d:
    case plan::Op::ConvTranspose2d:
    case plan::Op::MatMul:
    case plan::Op::Attention:
      return true;
    default:
      return false;
  }
}

// Nodes that read nothing but the image and constants, through nodes that are not dense.
std::set<const Node*> FirstLayers(const Graph& graph) {
  std::vector<bool> of_image(static_cast<size_t>(graph.num_values()));
  of_image[static_cast<size_t>(graph.input)] = true;
  std::set<const Node*> first;
  for (const auto& node : graph.nodes) {
    bool all = true, any = false;
    for (ValueId v : node->inputs) {
      if (v == kNoValue || graph.is_constant(v)) continue;
      all = all && of_image[static_cast<size_t>(v)];
      any = true;
    }
    if (!all || !any) continue;
    if (IsDense(*node)) {
      first.insert(node.get());
      continue;
    }
    for (ValueId v : node->outputs) of_image[static_cast<size_t>(v)] = true;
  }
  return first;
}

// The last dense layers before each exit's logits.
std::set<const Node*> Heads(const Graph& graph, const std::vector<ValueId>& exits) {
  const Graph::Uses uses = graph.ComputeUses();
  std::set<const Node*> heads;
  std::vector<ValueId> wanted = exits;
  std::set<ValueId> seen;
  while (!wanted.empty()) {
    const ValueId v = wanted.back();
    wanted.pop_back();
    if (v == kNoValue || !seen.insert(v).second || uses.producer[static_cast<size_t>(v)] < 0) continue;
    const Node& node = *graph.nodes[static_cast<size_t>(uses.producer[static_cast<size_t>(v)])];
    if (IsDense(node)) {
      heads.insert(&node);
    } else {
      wanted.insert(wanted.end(), node.inputs.begin(), node.inputs.end());
    }
  }
  return heads;
}

class Stage {
 public:
  Stage(Graph* graph, const std::vector<ValueId>& exits, const Int8Options& options)
      : graph_(*graph), first_(FirstLayers(*graph)), heads_(Heads(*graph, exits)), keep_(options.keep) {}

  Result<std::vector<Int8Layer>> Run() {
    for (const auto& node : graph_.nodes) {
      if (node->op.type != plan::Op::Linear) continue;
      VITRT_ASSIGN_OR_RETURN(Int8Layer layer, Treat(node.get()));
      layers_.push_back(std::move(layer));
    }
    for (const std::string& name : keep_) {
      if (std::none_of(layers_.begin(), layers_.end(), [&](const Int8Layer& l) { return l.name == name; }))
        return InvalidArgument("no linear layer is named '" + name + "'", "--int8-keep",
                               "the names are in the table of layers that a conversion without it prints");
    }
    graph_.RemoveDead();
    VITRT_RETURN_IF_ERROR(CheckGraph(graph_));
    return std::move(layers_);
  }

 private:
  Result<Int8Layer> Treat(Node* node) {
    const Shape &x = graph_.value(node->inputs[0]).shape, &weight = graph_.value(node->inputs[1]).shape;
    Int8Layer layer{
        .name = node->name, .op = plan::EnumNameOp(node->op.type), .k = weight[0], .n = weight[1], .kept = {}};
    layer.rows = NumElements(x) / layer.k;
    layer.kept = WhyKept(*node, layer);
    if (!layer.kept.empty()) return layer;
    Result<Int8Weights> weights = QuantizeWeights(graph_.constant(node->inputs[1]));
    if (!weights.ok()) {
      layer.kept = weights.status().what();
      return layer;
    }
    Measure(graph_.constant(node->inputs[1]), *weights, &layer);
    Replace(node, *weights);
    return layer;
  }

  std::string WhyKept(const Node& node, const Int8Layer& layer) const {
    if (std::find(keep_.begin(), keep_.end(), node.name) != keep_.end()) return "named by --int8-keep";
    if (first_.contains(&node)) return "first layer";
    if (heads_.contains(&node)) return "head of an exit";
    if (layer.k < kLeastK || layer.n < kLeastN) return "too small to gain";
    return "";
  }

  static void Measure(const Tensor& weight, const Int8Weights& weights, Int8Layer* layer) {
    const auto* q = weights.groups.data<int8_t>();
    double error = 0, size = 0;
    for (int64_t i = 0; i < layer->k; ++i) {
      for (int64_t j = 0; j < layer->n; ++j) {
        const double w = static_cast<double>(weight.f32()[i * layer->n + j]);
        const double e = w - static_cast<double>(weights.scale.f32()[j]) * q[(i / 4 * layer->n + j) * 4 + i % 4];
        error += e * e;
        size += w * w;
      }
    }
    layer->weight_error = size == 0 ? 0 : std::sqrt(error / size);
  }

  void Replace(Node* node, const Int8Weights& weights) {
    plan::LinearI8T op;
    op.act = std::move(node->op.AsLinear()->act);
    node->op.Reset();
    node->op.Set(std::move(op));
    node->inputs.resize(5, kNoValue);
    const std::string name = graph_.value(node->inputs[1]).name;
    node->inputs[1] = graph_.AddConstant(name, weights.groups);
    node->inputs.push_back(graph_.AddConstant(name + ".scale", weights.scale));
    node->inputs.push_back(graph_.AddConstant(name + ".column_sums", weights.column_sums));
    node->inputs.push_back(graph_.AddConstant(name + ".runs", weights.runs));
  }

  Graph& graph_;
  const std::set<const Node*> first_, heads_;
  const std::vector<std::string>& keep_;
  std::vector<Int8Layer> layers_;
};

}  // namespace

Result<std::vector<Int8Layer>> QuantizeLayers(Graph* graph, const std::vector<ValueId>& exits,
                                              const Int8Options& options) {
  return Stage(graph, exits, options).Run();
}

}  // namespace vitrt::convert
