#include "converters/int8/quantize_layers.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "converters/int8/balance_inputs.h"
#include "converters/int8/quantize_weights.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

// Quantising a row of k values and widening its sums must cost little beside k * n products.
constexpr int64_t kLeastK = 16, kLeastN = 16, kLeastOfGroup = 8;

int64_t LeastColumns(const plan::Conv2dT* conv) {
  return conv != nullptr && conv->groups > 1 ? kLeastOfGroup : kLeastN;
}

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

// What a quantised model rounds `v` to, and the value to read instead.
struct ModelRange {
  plan::InputRange range;
  float scale = 0;
  int32_t zero = 0;
  ValueId x;
};
std::optional<ModelRange> RangeBehind(const Graph& graph, const Graph::Uses& uses, ValueId v) {
  const auto producer = [&](ValueId value) -> const Node* {
    const auto at = static_cast<size_t>(value);
    return at >= uses.producer.size() || uses.producer[at] < 0
               ? nullptr
               : graph.nodes[static_cast<size_t>(uses.producer[at])].get();
  };
  const Node* node = producer(v);
  if (node != nullptr && node->op.type == plan::Op::DynamicFakeQuantize)
    return ModelRange{.range = plan::InputRange::Image, .x = node->inputs[0]};
  ValueId x = kNoValue;  // what is rounded, where nothing moves in between
  if (node != nullptr && node->op.type == plan::Op::Unary) x = node->inputs[0];
  while (node != nullptr && (node->op.type == plan::Op::Reshape || node->op.type == plan::Op::Transpose ||
                             node->op.type == plan::Op::Slice))
    node = producer(node->inputs[0]);
  if (node == nullptr || node->op.type != plan::Op::Unary) return {};
  const auto& act = node->op.AsUnary()->act;
  if (act == nullptr || act->fn() != plan::UnaryFn::FakeQuantize) return {};
  return ModelRange{plan::InputRange::Given, act->alpha(), static_cast<int32_t>(-act->beta()), x == kNoValue ? v : x};
}

class Stage {
 public:
  Stage(Graph* graph, const std::vector<ValueId>& exits, const Int8Options& options)
      : graph_(*graph),
        uses_(graph->ComputeUses()),
        own_ranges_(options.own_ranges),
        first_(FirstLayers(*graph)),
        heads_(Heads(*graph, exits)),
        keep_(options.keep),
        costly_(options.keep_for_predictions),
        inputs_(options.inputs) {
    if (options.balance) balanced_ = BalanceInputs(graph, OwnLayers(), &inputs_);
  }

  Result<std::vector<Int8Layer>> Run() {
    for (const auto& node : graph_.nodes) {
      if (node->op.type != plan::Op::Linear && node->op.type != plan::Op::Conv2d) continue;
      VITRT_ASSIGN_OR_RETURN(Int8Layer layer, Treat(node.get()));
      layers_.push_back(std::move(layer));
    }
    for (const std::string& name : keep_) {
      if (std::none_of(layers_.begin(), layers_.end(), [&](const Int8Layer& l) { return l.name == name; }))
        return InvalidArgument("no linear layer or convolution is named '" + name + "'", "--int8-keep",
                               "the names are in the table of layers that a conversion without it prints");
    }
    graph_.RemoveDead();
    VITRT_RETURN_IF_ERROR(CheckGraph(graph_));
    return std::move(layers_);
  }

 private:
  Int8Layer Describe(const Node& node) const {
    const Shape& weight = graph_.value(node.inputs[1]).shape;
    Int8Layer layer{.name = node.name, .op = plan::EnumNameOp(node.op.type), .n = weight.back(), .kept = {}};
    layer.k = NumElements(weight) / layer.n;
    layer.rows = NumElements(graph_.value(node.outputs[0]).shape) / layer.n;
    return layer;
  }

  // Those that will be int8 in vitrt's own way.
  std::set<const Node*> OwnLayers() const {
    std::set<const Node*> own;
    for (const auto& node : graph_.nodes) {
      if (node->op.type != plan::Op::Linear && node->op.type != plan::Op::Conv2d) continue;
      if (!RangeBehind(graph_, uses_, node->inputs[0]) && WhyKept(*node, Describe(*node), false).empty())
        own.insert(node.get());
    }
    return own;
  }

  Result<Int8Layer> Treat(Node* node) {
    const Tensor weight = graph_.constant(node->inputs[1]);
    Int8Layer layer = Describe(*node);
    layer.balanced = balanced_.contains(node);
    const std::optional<ModelRange> range = RangeBehind(graph_, uses_, node->inputs[0]);
    layer.kept = WhyKept(*node, layer, range.has_value());
    if (!layer.kept.empty()) return layer;
    const plan::Conv2dT* conv = node->op.AsConv2d();
    const int64_t groups = conv == nullptr ? 1 : conv->groups;
    if (range) {
      const std::optional<Int8Integers> integers = IntegersOf(weight, groups);
      layer.kept = integers ? "" : "weights that are no int8";
      layer.as_given = integers.has_value();
      if (integers) Replace(node, PackInt8(*integers), &*range);
      return layer;
    }
    Result<Int8Integers> integers = QuantizeWeights(weight, groups);
    if (!integers.ok()) {
      layer.kept = integers.status().what();
      return layer;
    }
    layer.weight_error = RoundingError(weight, *integers);
    layer.bias_corrected = CorrectBias(node, weight, *integers);
    Replace(node, PackInt8(*integers), nullptr);
    return layer;
  }

  // `given`: the model has a range for its input.
  std::string WhyKept(const Node& node, const Int8Layer& layer, bool given) const {
    if (std::find(keep_.begin(), keep_.end(), node.name) != keep_.end()) return "named by --int8-keep";
    if (std::find(costly_.begin(), costly_.end(), node.name) != costly_.end()) return "changes predictions";
    if (!given && !own_ranges_) return "the model leaves its input in fp32";
    if (!given && first_.contains(&node)) return "first layer";
    if (!given && heads_.contains(&node)) return "head of an exit";
    const plan::Conv2dT* conv = node.op.AsConv2d();
    if (conv != nullptr && conv->groups == graph_.value(node.inputs[0]).shape[3] && conv->groups > 1)
      return "depthwise convolution";
    if (layer.k < kLeastK || layer.n / (conv == nullptr ? 1 : conv->groups) < LeastColumns(conv))
      return "too small to gain";
    return "";
  }

  // Adds to the bias what the rounded weights miss of the sums of the mean input. False without a mean of the input's size.
  bool CorrectBias(Node* node, const Tensor& weight, const Int8Integers& integers) {
    const auto found = inputs_.find(node->name);
    if (found == inputs_.end()) return false;
    const std::vector<double>& mean = found->second.mean;
    const int64_t n = weight.shape.back(), k = weight.shape[weight.shape.size() - 2], columns = n / integers.groups;
    if (static_cast<int64_t>(mean.size()) != k * integers.groups) return false;
    std::vector<float> bias(static_cast<size_t>(n));
    if (const ValueId given = node->inputs.size() > 2 ? node->inputs[2] : kNoValue; given != kNoValue) {
      if (!graph_.is_constant(given)) return false;
      const float* values = graph_.constant(given).f32();
      std::copy(values, values + n, bias.begin());
    }
    std::vector<double> missing(static_cast<size_t>(n));
    for (int64_t i = 0; i < weight.size(); ++i) {
      const int64_t j = i % n, channel = j / columns * k + i / n % k;
      const double rounded =
          static_cast<double>(integers.scale[static_cast<size_t>(j)]) * integers.values[static_cast<size_t>(i)];
      missing[static_cast<size_t>(j)] +=
          (static_cast<double>(weight.f32()[i]) - rounded) * mean[static_cast<size_t>(channel)];
    }
    for (size_t j = 0; j < bias.size(); ++j) bias[j] = static_cast<float>(static_cast<double>(bias[j]) + missing[j]);
    if (node->inputs.size() < 3) node->inputs.resize(3, kNoValue);
    node->inputs[2] = graph_.AddConstant(graph_.value(node->inputs[1]).name + ".bias", Tensor::FromF32({n}, bias));
    return true;
  }

  static double RoundingError(const Tensor& weight, const Int8Integers& integers) {
    const int64_t n = weight.shape.back();
    double error = 0, size = 0;
    for (int64_t i = 0; i < weight.size(); ++i) {
      const double w = static_cast<double>(weight.f32()[i]);
      const double e =
          w - static_cast<double>(integers.scale[static_cast<size_t>(i % n)]) * integers.values[static_cast<size_t>(i)];
      error += e * e;
      size += w * w;
    }
    return size == 0 ? 0 : std::sqrt(error / size);
  }

  // `range`: the model's, or nullptr.
  void Replace(Node* node, const Int8Weights& weights, const ModelRange* range) {
    const auto take = [&](auto* op) {
      if (range == nullptr) return;
      op->range = range->range;
      op->input_scale = range->scale;
      op->input_zero = range->zero;
    };
    if (plan::Conv2dT* conv = node->op.AsConv2d(); conv != nullptr) {
      plan::ConvI8T op;
      op.kernel = conv->kernel, op.strides = conv->strides, op.dilations = conv->dilations, op.pads = conv->pads;
      op.groups = conv->groups;
      op.act = std::move(conv->act);
      take(&op);
      node->op.Reset();
      node->op.Set(std::move(op));
    } else {
      plan::LinearI8T op;
      op.act = std::move(node->op.AsLinear()->act);
      take(&op);
      node->op.Reset();
      node->op.Set(std::move(op));
    }
    node->inputs.resize(5, kNoValue);
    if (range != nullptr) node->inputs[0] = range->x;
    const std::string name = graph_.value(node->inputs[1]).name;
    node->inputs[1] = graph_.AddConstant(name, weights.weight);
    node->inputs.push_back(graph_.AddConstant(name + ".scale", weights.scale));
    node->inputs.push_back(graph_.AddConstant(name + ".column_sums", weights.column_sums));
    node->inputs.push_back(graph_.AddConstant(name + ".runs", weights.runs));
  }

  Graph& graph_;
  const Graph::Uses uses_;
  const bool own_ranges_;
  const std::set<const Node*> first_, heads_;
  const std::vector<std::string>&keep_, &costly_;
  StatisticsByName inputs_;
  std::set<const Node*> balanced_;
  std::vector<Int8Layer> layers_;
};

}  // namespace

Result<std::vector<Int8Layer>> QuantizeLayers(Graph* graph, const std::vector<ValueId>& exits,
                                              const Int8Options& options) {
  return Stage(graph, exits, options).Run();
}

}  // namespace vitrt::convert
