#include "converters/int8/balance_inputs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace vitrt::convert {
namespace {

constexpr double kLeastGain =
    0.5;                   // of the expected error, below which it is worth the change: typical channels differ by less
constexpr int kMost = 10;  // largest exponent
constexpr double kLargestWeight = 1e30;
// A column's step is the largest magnitude over 127, times this where int16 sums need coarser ones (typical columns).
constexpr double kColumnStep = 1.5 / 127;

using Exponents = std::vector<int>;

bool IsDense(const Node& node) { return node.op.type == plan::Op::Linear || node.op.type == plan::Op::Conv2d; }

// Input channel of element i of a dense layer's weight [.., k, n].
struct WeightChannels {
  int64_t k, n, columns;  // columns of a group

  WeightChannels(const Graph& graph, const Node& layer) {
    const Shape& shape = graph.value(layer.inputs[1]).shape;
    const plan::Conv2dT* conv = layer.op.AsConv2d();
    k = shape[shape.size() - 2];
    n = shape.back();
    columns = n / (conv == nullptr ? 1 : conv->groups);
  }
  size_t channels() const { return static_cast<size_t>(k * (n / columns)); }
  size_t of(int64_t i) const { return static_cast<size_t>(i % n / columns * k + i / n % k); }
};

// What can make the channels of a value smaller: columns of a dense layer's output, or a LayerNorm's.
struct Carrier {
  Node* node = nullptr;
  std::vector<int64_t> column_of;  // channel -> column of the node's output
};

// x^(quarters/4) for x > 0, by square roots alone: the same on every machine.
double Power(double x, int quarters) {
  const double half = std::sqrt(x), quarter = std::sqrt(half);
  return (quarters & 1 ? quarter : 1) * (quarters & 2 ? half : 1) * (quarters & 4 ? x : 1);
}

int NearestExponent(double x) {
  int exponent = 0;
  return std::frexp(x, &exponent) < std::sqrt(0.5) ? exponent - 1 : exponent;
}

// Squares of errors of all sums of a row that the steps of inputs and weights leave, if they are uniform.
class ExpectedError {
 public:
  // `layers`: those of the readers that will be int8.
  ExpectedError(const Graph& graph, const InputStatistics& x, const std::vector<const Node*>& layers)
      : graph_(graph), x_(x), layers_(layers), weight_square_(x.mean.size()), weight_largest_(x.mean.size()) {
    ForWeights([&](size_t, size_t channel, double w) {
      weight_square_[channel] += w * w;
      weight_largest_[channel] = std::max(weight_largest_[channel], std::abs(w));
    });
  }

  double Of(const Exponents& exponents) const {
    double weights = 0, inputs = 0;
    std::vector<double> shrink;
    for (size_t c = 0; c < exponents.size(); ++c) {
      shrink.push_back(std::ldexp(1.0, -exponents[c]));
      weights += std::ldexp(weight_square_[c], 2 * exponents[c]);
      inputs += std::ldexp(x_.square[c], -2 * exponents[c]);
    }
    std::vector<double> largest;  // of each column
    ForWeights([&](size_t column, size_t channel, double w) {
      if (column >= largest.size()) largest.resize(column + 1);
      largest[column] = std::max(largest[column], std::ldexp(std::abs(w), exponents[channel]));
    });
    double steps = 0;
    for (double l : largest) {
      if (l > kLargestWeight) return std::numeric_limits<double>::infinity();
      steps += l * kColumnStep * (l * kColumnStep);
    }
    double input_steps = 0;  // mean square
    for (const Quantised& sample : x_.samples) {
      double low = 0, high = 0;
      for (size_t c = 0; c < shrink.size(); ++c) {
        low = std::min(low, static_cast<double>(sample.low[c]) * shrink[c]);
        high = std::max(high, static_cast<double>(sample.high[c]) * shrink[c]);
      }
      const double step = (high - low) / 255;
      input_steps += step * step / static_cast<double>(x_.samples.size());
    }
    return (input_steps * weights + steps * inputs) / 12;
  }

  // Balanced by `quarters` of the way from the weights' share to the inputs'.
  Exponents Balanced(int quarters) const {
    Exponents exponents(x_.mean.size()), known;
    std::vector<bool> is_known(exponents.size());
    for (size_t c = 0; c < exponents.size(); ++c) {
      const double input = x_.largest[c], weight = weight_largest_[c];
      if (!(input > 0) || !(weight > 0) || !std::isfinite(input) || !std::isfinite(weight)) continue;
      exponents[c] = NearestExponent(Power(input, quarters) / Power(weight, 4 - quarters));
      known.push_back(exponents[c]);
      is_known[c] = true;
    }
    if (known.empty()) return exponents;
    std::nth_element(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(known.size() / 2), known.end());
    const int middle = known[known.size() / 2];
    for (size_t c = 0; c < exponents.size(); ++c)
      exponents[c] = is_known[c] ? std::clamp(exponents[c] - middle, -kMost, kMost) : 0;
    return exponents;
  }

 private:
  // f(column, channel, weight); columns of all layers are counted through.
  template <typename F>
  void ForWeights(F f) const {
    size_t before = 0;
    for (const Node* layer : layers_) {
      const Tensor& weight = graph_.constant(layer->inputs[1]);
      const WeightChannels channels(graph_, *layer);
      for (int64_t i = 0; i < weight.size(); ++i) {
        f(before + static_cast<size_t>(i % channels.n), channels.of(i), static_cast<double>(weight.f32()[i]));
      }
      before += static_cast<size_t>(channels.n);
    }
  }

  const Graph& graph_;
  const InputStatistics& x_;
  const std::vector<const Node*>& layers_;
  std::vector<double> weight_square_, weight_largest_;  // of each channel
};

class Balancer {
 public:
  Balancer(Graph* graph, const std::set<const Node*>& quantised, StatisticsByName* inputs)
      : graph_(*graph), uses_(graph->ComputeUses()), quantised_(quantised), inputs_(*inputs) {}

  std::set<const Node*> Run() {
    std::set<ValueId> seen;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = *graph_.nodes[i];
      if (quantised_.contains(&node) && seen.insert(node.inputs[0]).second) Balance(node.inputs[0]);
    }
    return balanced_;
  }

 private:
  void Balance(ValueId v) {
    const std::vector<Node*> readers = DenseReaders(v);
    if (readers.empty()) return;
    std::vector<const Node*> int8;
    for (const Node* reader : readers) {
      if (quantised_.contains(reader)) int8.push_back(reader);
    }
    const auto statistics = inputs_.find(int8.front()->name);
    const std::optional<Carrier> carrier = CarrierOf(v);
    if (!carrier || statistics == inputs_.end()) return;
    const InputStatistics x = statistics->second;
    if (x.mean.size() != static_cast<size_t>(graph_.value(v).shape.back())) return;

    const ExpectedError expected(graph_, x, int8);
    Exponents best(x.mean.size());
    double least = kLeastGain * expected.Of(best);
    bool found = false;
    for (int quarters = 1; quarters <= 4; ++quarters) {
      Exponents exponents = expected.Balanced(quarters);
      const double error = expected.Of(exponents);
      if (!(error < least)) continue;
      least = error;
      best = std::move(exponents);
      found = true;
    }
    if (!found) return;
    Shrink(*carrier, best);
    for (Node* reader : readers) GrowRows(reader, best);
    balanced_.insert(int8.begin(), int8.end());
  }

  // All readers of v, if each is a dense layer that multiplies it with weights of all of its channels, and nothing else
  // reads it.
  std::vector<Node*> DenseReaders(ValueId v) const {
    std::vector<Node*> readers;
    if (uses_.is_output[static_cast<size_t>(v)]) return {};
    for (const int reader : uses_.readers[static_cast<size_t>(v)]) {
      Node* node = graph_.nodes[static_cast<size_t>(reader)].get();
      if (!IsDense(*node) || std::count(node->inputs.begin(), node->inputs.end(), v) != 1 || node->inputs[0] != v)
        return {};
      const Shape& shape = graph_.value(v).shape;
      if (WeightChannels(graph_, *node).channels() != static_cast<size_t>(shape.back())) return {};
      readers.push_back(node);
    }
    return readers;
  }

  Node* Producer(ValueId v) const {
    const int producer = uses_.producer[static_cast<size_t>(v)];
    return producer < 0 ? nullptr : graph_.nodes[static_cast<size_t>(producer)].get();
  }

  // act(x / 2^e) = act(x) / 2^e, nothing is added behind it, and weights are constants of floats.
  bool Shrinks(const Node& node) const {
    if (node.op.type == plan::Op::LayerNorm) return true;
    if (!IsDense(node)) return false;
    const auto& act = node.op.type == plan::Op::Linear ? node.op.AsLinear()->act : node.op.AsConv2d()->act;
    if (act != nullptr && act->fn() != plan::UnaryFn::Identity && act->fn() != plan::UnaryFn::Relu) return false;
    return node.inputs.size() < 5 || node.inputs[4] == kNoValue;
  }
  // Its constants, scaled along their last axis: gamma and beta; weight, bias and row bias.
  bool HasConstants(const Node& node) const {
    for (size_t i = 1; i < std::min<size_t>(node.inputs.size(), 4); ++i) {
      if (node.inputs[i] != kNoValue && !graph_.is_constant(node.inputs[i])) return false;
    }
    return true;
  }

  std::optional<Carrier> CarrierOf(ValueId v) const {
    Carrier carrier{Producer(v), std::vector<int64_t>(static_cast<size_t>(graph_.value(v).shape.back()))};
    if (carrier.node == nullptr) return {};
    for (size_t c = 0; c < carrier.column_of.size(); ++c) carrier.column_of[c] = static_cast<int64_t>(c);
    if (carrier.node->op.type == plan::Op::Attention) {
      // Rows of V pass as they are, weighed: what shrinks V shrinks the result.
      const plan::AttentionT& attention = *carrier.node->op.AsAttention();
      const ValueId values = carrier.node->inputs[2];
      if (attention.v_head_stride < attention.value_dim || uses_.is_output[static_cast<size_t>(values)] ||
          uses_.readers[static_cast<size_t>(values)].size() != 1)
        return {};
      for (int64_t c = 0; c < static_cast<int64_t>(carrier.column_of.size()); ++c) {
        carrier.column_of[static_cast<size_t>(c)] =
            attention.v_column + c / attention.value_dim * attention.v_head_stride + c % attention.value_dim;
      }
      const bool own_columns = carrier.node->inputs[0] != values && carrier.node->inputs[1] != values;
      if (!own_columns && Overlap(attention)) return {};
      carrier.node = Producer(values);
      if (carrier.node == nullptr || carrier.node->op.type == plan::Op::LayerNorm) return {};
    }
    if (!Shrinks(*carrier.node) || !HasConstants(*carrier.node)) return {};
    return carrier;
  }

  // Whether columns of V are columns of Q or K, too.
  static bool Overlap(const plan::AttentionT& a) {
    const auto meets = [&](int column, int stride) {
      for (int h = 0; h < a.heads; ++h) {
        for (int g = 0; g < a.heads; ++g) {
          const int v = a.v_column + h * a.v_head_stride, other = column + g * stride;
          if (v < other + a.head_dim && other < v + a.value_dim) return true;
        }
      }
      return false;
    };
    return meets(a.q_column, a.q_head_stride) || meets(a.k_column, a.k_head_stride);
  }

  void Shrink(const Carrier& carrier, const Exponents& exponents) {
    Node& node = *carrier.node;
    const bool norm = node.op.type == plan::Op::LayerNorm;
    if (norm && (node.inputs.size() < 2 || node.inputs[1] == kNoValue)) {
      const auto k = static_cast<int64_t>(exponents.size());
      node.inputs.resize(3, kNoValue);
      node.inputs[1] = graph_.AddConstant(node.name + ".balance",
                                          Tensor::FromF32({k}, std::vector<float>(static_cast<size_t>(k), 1.0f)));
    }
    for (size_t input = 1; input < std::min<size_t>(node.inputs.size(), 4); ++input) {
      if (node.inputs[input] == kNoValue) continue;
      std::vector<int> by_column(static_cast<size_t>(graph_.value(node.inputs[input]).shape.back()));
      for (size_t c = 0; c < exponents.size(); ++c) by_column[static_cast<size_t>(carrier.column_of[c])] = exponents[c];
      Scale(&node.inputs[input], [&](int64_t i) { return -by_column[static_cast<size_t>(i) % by_column.size()]; });
    }
  }

  void GrowRows(Node* layer, const Exponents& exponents) {
    const WeightChannels channels(graph_, *layer);
    Scale(&layer->inputs[1], [&](int64_t i) { return exponents[channels.of(i)]; });
    const auto statistics = inputs_.find(layer->name);
    if (statistics == inputs_.end()) return;
    InputStatistics& x = statistics->second;
    for (size_t c = 0; c < exponents.size(); ++c) {
      for (auto* values : {&x.mean, &x.largest}) (*values)[c] = std::ldexp((*values)[c], -exponents[c]);
      x.square[c] = std::ldexp(x.square[c], -2 * exponents[c]);
      for (Quantised& sample : x.samples) {
        sample.low[c] = std::ldexp(sample.low[c], -exponents[c]);
        sample.high[c] = std::ldexp(sample.high[c], -exponents[c]);
      }
    }
  }

  // A constant of its own, element i times 2^exponent(i).
  template <typename F>
  void Scale(ValueId* input, F exponent) {
    const Tensor& old = graph_.constant(*input);
    std::vector<float> values(old.f32(), old.f32() + old.size());
    for (size_t i = 0; i < values.size(); ++i) values[i] = std::ldexp(values[i], exponent(static_cast<int64_t>(i)));
    const Shape shape = old.shape;
    *input = graph_.AddConstant(graph_.value(*input).name, Tensor::FromF32(shape, values));
  }

  Graph& graph_;
  const Graph::Uses uses_;
  const std::set<const Node*>& quantised_;
  StatisticsByName& inputs_;
  std::set<const Node*> balanced_;
};

}  // namespace

std::set<const Node*> BalanceInputs(Graph* graph, const std::set<const Node*>& quantised, StatisticsByName* inputs) {
  return Balancer(graph, quantised, inputs).Run();
}

}  // namespace vitrt::convert
