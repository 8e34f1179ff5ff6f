#include "converters/plan_writer.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

#include "converters/exits/exits.h"
#include "converters/flops.h"
#include "converters/plan_form.h"
#include "converters/schedule/memory_plan.h"
#include "converters/schedule/segments.h"
#include "converters/schedule/views.h"
#include "converters/weight_packing.h"
#include "runtime/base/check.h"
#include "runtime/plan/features.h"
#include "runtime/plan/plan_format.h"
#include "runtime/plan/validate.h"

namespace vitrt::convert {
namespace {

using plan::Encoding;

// Builds the tables; one method per part, called in order.
class Builder {
 public:
  Builder(const Graph& graph, const PlanOptions& options, std::vector<Segment> segments)
      : graph_(graph), options_(options), segments_(std::move(segments)), views_(graph) {
    views_.ShareInPlace();
  }

  void Build() {
    input_ = ActivationOf(graph_.input);
    for (size_t k = 0; k < segments_.size(); ++k) AddSegment(k);
    AddExitsAndOutputs();
    PlaceActivations();
    AddLiveValues();
    AddProperties();
  }

  Result<PlanBytes> Finish() {
    if (plan_.steps.empty()) {
      return Unsupported("nothing is left to compute: every output is a part of the input", graph_.name);
    }
    flatbuffers::FlatBufferBuilder builder;
    const auto pack = [&] { builder.Finish(plan::Plan::Pack(builder, &plan_), plan::PlanIdentifier()); };
    pack();
    plan_.required_features = plan::FeaturesToDeclare(*plan::GetPlan(builder.GetBufferPointer()));
    builder.Clear();
    pack();
    PlanBytes bytes;
    const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
    bytes.tables.assign(begin, begin + builder.GetSize());
    bytes.weights = std::move(weights_);
    bytes.summary = std::move(summary_);
    bytes.nodes = std::move(nodes_);
    Status valid = plan::ValidatePlan(*plan::GetPlan(bytes.tables.data()), bytes.weights.size());
    if (!valid.ok()) return Internal(valid.what(), "plan writer: " + valid.where());
    return bytes;
  }

 private:
  int AddValue(ValueId v, uint32_t storage, int64_t offset, Encoding encoding) {
    const Value& value = graph_.value(v);
    auto table = std::make_unique<plan::ValueT>();
    table->name = value.name;
    table->dtype = value.dtype;
    table->dims = value.shape;
    table->encoding = encoding;
    table->storage = storage;
    table->offset = static_cast<uint64_t>(offset);
    plan_.values.push_back(std::move(table));
    return static_cast<int>(plan_.values.size()) - 1;
  }

  int ActivationOf(ValueId v) {
    const auto known = activations_.find(v);
    if (known != activations_.end()) return known->second;
    const View view = views_.Of(v);
    if (view.root != v) ActivationOf(view.root);  // the whole storage is a value, too: `live` names it
    auto [storage, is_new] = storages_.emplace(view.root, static_cast<uint32_t>(plan_.storages.size()));
    if (is_new) {
      const Value& root = graph_.value(view.root);
      auto table = std::make_unique<plan::StorageT>();
      table->bytes = static_cast<uint64_t>(Aligned(NumElements(root.shape) * SizeOf(root.dtype)));
      plan_.storages.push_back(std::move(table));
    }
    return activations_[v] = AddValue(v, storage->second, view.offset, Encoding::Plain);
  }

  int ConstantOf(ValueId v, Encoding encoding, int groups) {
    const auto key = std::make_tuple(v, encoding, groups);
    const auto known = constants_.find(key);
    if (known != constants_.end()) return known->second;
    const std::vector<std::byte> bytes = Encode(graph_.constant(v), encoding, groups);
    const size_t hash = std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    uint32_t storage = FindConstant(hash, bytes);
    if (storage == plan_.storages.size()) {
      auto table = std::make_unique<plan::StorageT>();
      table->offset = weights_.size();
      table->bytes = bytes.size();
      table->constant = true;
      plan_.storages.push_back(std::move(table));
      weights_.insert(weights_.end(), bytes.begin(), bytes.end());
      weights_.resize(static_cast<size_t>(Aligned(static_cast<int64_t>(weights_.size()))));
      same_hash_.emplace(hash, storage);
    }
    return constants_[key] = AddValue(v, storage, 0, encoding);
  }

  // A stored constant with these bytes, else the number of storages.
  uint32_t FindConstant(size_t hash, const std::vector<std::byte>& bytes) const {
    const auto [begin, end] = same_hash_.equal_range(hash);
    for (auto it = begin; it != end; ++it) {
      const plan::StorageT& storage = *plan_.storages[it->second];
      if (storage.bytes == bytes.size() &&
          std::memcmp(weights_.data() + storage.offset, bytes.data(), bytes.size()) == 0)
        return it->second;
    }
    return static_cast<uint32_t>(plan_.storages.size());
  }

  void AddSegment(size_t k) {
    SegmentSummary summary;
    auto table = std::make_unique<plan::SegmentT>();
    table->first_step = static_cast<uint32_t>(plan_.steps.size());
    table->exit = segments_[k].exit;
    const size_t weights_before = weights_.size();
    for (int i = 0; i < segments_[k].count; ++i) {
      const Node& node = *graph_.nodes[static_cast<size_t>(segments_[k].first) + static_cast<size_t>(i)];
      if (!views_.IsNothing(node)) summary.flops += AddStep(node);
    }
    table->step_count = static_cast<uint32_t>(plan_.steps.size()) - table->first_step;
    if (table->exit >= 0) summary.exit = options_.exits.exits[static_cast<size_t>(table->exit)].name;
    summary.steps = static_cast<int>(table->step_count);
    summary.weight_bytes = weights_.size() - weights_before;
    plan_.segments.push_back(std::move(table));
    summary_.segments.push_back(std::move(summary));
  }

  uint64_t AddStep(const Node& node) {
    nodes_.push_back(&node);
    auto step = std::make_unique<plan::StepT>();
    step->op = node.op;
    step->name = node.name;
    step->flops = FlopsOf(graph_, node);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId v = node.inputs[i];
      const bool constant = graph_.is_constant(v);
      const Encoding encoding = constant ? EncodingOf(graph_, node, i) : Encoding::Plain;
      step->inputs.push_back(v == kNoValue ? -1
                             : constant
                                 ? ConstantOf(v, encoding, encoding == Encoding::Panels16 ? GroupsOf(node, i) : 1)
                                 : ActivationOf(v));
    }
    for (ValueId v : node.outputs) step->outputs.push_back(ActivationOf(v));
    plan_.steps.push_back(std::move(step));
    return plan_.steps.back()->flops;
  }

  void AddExitsAndOutputs() {
    for (const GraphExit& exit : options_.exits.exits) {
      auto table = std::make_unique<plan::ExitT>();
      table->name = exit.name;
      table->value = static_cast<uint32_t>(ActivationOf(exit.value));
      table->classes = static_cast<uint32_t>(exit.classes);
      table->meaning = exit.meaning;
      plan_.exits.push_back(std::move(table));
    }
    for (const RawOutput& output : options_.exits.raw) {
      auto table = std::make_unique<plan::OutputT>();
      table->name = output.name;
      table->value = static_cast<uint32_t>(ActivationOf(output.value));
      plan_.outputs.push_back(std::move(table));
    }
  }

  // Logits and outputs stay to the end of a run: a caller may ask for those of every exit.
  void PlaceActivations() {
    const int steps = static_cast<int>(plan_.steps.size());
    std::vector<Buffer> buffers;
    std::vector<size_t> storage_of;
    std::vector<size_t> buffer_of(plan_.storages.size());
    for (size_t s = 0; s < plan_.storages.size(); ++s) {
      if (plan_.storages[s]->constant) continue;
      buffer_of[s] = buffers.size();
      storage_of.push_back(s);
      buffers.push_back({static_cast<int64_t>(plan_.storages[s]->bytes), steps, -1});
    }
    auto touch = [&](int value, int step) {
      if (value < 0) return;
      const size_t storage = plan_.values[static_cast<size_t>(value)]->storage;
      if (plan_.storages[storage]->constant) return;
      Buffer& buffer = buffers[buffer_of[storage]];
      buffer.first = std::min(buffer.first, step);
      buffer.last = std::max(buffer.last, step);
    };
    touch(input_, -1);
    for (int i = 0; i < steps; ++i) {
      for (int value : plan_.steps[static_cast<size_t>(i)]->inputs) touch(value, i);
      for (int value : plan_.steps[static_cast<size_t>(i)]->outputs) touch(value, i);
    }
    for (const auto& exit : plan_.exits) touch(static_cast<int>(exit->value), steps);
    for (const auto& output : plan_.outputs) touch(static_cast<int>(output->value), steps);
    const MemoryPlan memory = PlanMemory(buffers);
    for (size_t i = 0; i < buffers.size(); ++i)
      plan_.storages[storage_of[i]]->offset = static_cast<uint64_t>(memory.offsets[i]);
    plan_.arena_bytes = summary_.arena_bytes = static_cast<uint64_t>(memory.arena_bytes);
  }

  // Per segment: whole storages that it or an earlier one wrote and a later one, or the caller at the end, reads.
  void AddLiveValues() {
    const size_t segments = plan_.segments.size();
    std::map<uint32_t, std::pair<size_t, size_t>>
        spans;  // storage -> first segment that touches it, last that reads it
    auto touch = [&](int value, size_t segment) {
      if (value < 0) return;
      const uint32_t storage = plan_.values[static_cast<size_t>(value)]->storage;
      if (plan_.storages[storage]->constant) return;
      const auto [span, is_new] = spans.emplace(storage, std::make_pair(segment, segment));
      if (!is_new) span->second.second = std::max(span->second.second, segment);
    };
    touch(input_, 0);
    for (size_t k = 0; k < segments; ++k) {
      for (uint32_t i = 0; i < plan_.segments[k]->step_count; ++i) {
        const plan::StepT& step = *plan_.steps[plan_.segments[k]->first_step + i];
        for (int value : step.inputs) touch(value, k);
        for (int value : step.outputs) touch(value, k);
      }
      const int exit = plan_.segments[k]->exit;  // its value may be there since an earlier segment
      if (exit >= 0) touch(static_cast<int>(plan_.exits[static_cast<size_t>(exit)]->value), k);
    }
    for (const auto& output : plan_.outputs) touch(static_cast<int>(output->value), segments);
    for (size_t k = 0; k + 1 < segments; ++k) {
      for (const auto& [root, storage] : storages_) {
        const auto span = spans.find(storage);
        if (span != spans.end() && span->second.first <= k && span->second.second > k)
          plan_.segments[k]->live.push_back(activations_.at(root));
      }
    }
  }

  void AddProperties() {
    plan_.producer = Producer();
    plan_.model_name = graph_.name;
    plan_.source_sha256 = options_.source_sha256;
    for (const auto& [key, value] : options_.options) {
      auto table = std::make_unique<plan::KeyValueT>();
      table->key = key;
      table->value = value;
      plan_.options.push_back(std::move(table));
    }
    plan_.max_batch = static_cast<uint32_t>(options_.max_batch);
    plan_.input = static_cast<uint32_t>(input_);
    plan_.input_name = graph_.input_name;
    plan_.input_channels_last = graph_.input_channels_last;
    plan_.model_channels_last = graph_.model_channels_last;
    plan_.input_bytes = graph_.input_bytes;
    plan_.labels = options_.labels;
    if (options_.preprocess) plan_.preprocess = std::make_unique<plan::PreprocessT>(*options_.preprocess);
    summary_.exits = options_.exits;
    summary_.weight_bytes = weights_.size();
  }

  const Graph& graph_;
  const PlanOptions& options_;
  std::vector<Segment> segments_;
  Views views_;
  plan::PlanT plan_;
  PlanSummary summary_;
  std::vector<const Node*> nodes_;  // by step
  std::vector<std::byte> weights_;
  int input_ = -1;
  std::map<ValueId, int> activations_;                           // value -> index in the plan
  std::map<ValueId, uint32_t> storages_;                         // root -> storage
  std::map<std::tuple<ValueId, Encoding, int>, int> constants_;  // constant, as encoded -> index in the plan
  std::multimap<size_t, uint32_t> same_hash_;                    // of stored bytes -> storage
};

}  // namespace

std::string Producer() { return "vitrt-convert " VITRT_VERSION; }

Result<PlanBytes> BuildPlan(const Graph& graph, const PlanOptions& options) {
  VITRT_RETURN_IF_ERROR(CheckPlanForm(graph));
  VITRT_ASSIGN_OR_RETURN(std::vector<Segment> segments, CutSegments(graph, options.exits));
  Builder builder(graph, options, std::move(segments));
  builder.Build();
  return builder.Finish();
}

}  // namespace vitrt::convert
