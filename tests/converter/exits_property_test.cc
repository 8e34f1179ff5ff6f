// Random models with one to five heads, nested, shared, copied, split, averaged, with and without softmax, computed and
// listed in any order: their exits, the order, the segments and, run as a plan, the outputs.
#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "converters/exits/exits.h"
#include "converters/plan_writer.h"
#include "converters/schedule/segments.h"
#include "converters/verify.h"
#include "runtime/plan/validate.h"
#include "runtime/plan/writer.h"
#include "tests/passes/equivalence.h"
#include "tests/plan/test_plan.h"

namespace vitrt::convert::test {
namespace {

constexpr int64_t kClasses = 4;

enum class Kind { kLogits, kSoftmax, kLogSoftmax, kBoth, kNested, kAverage, kCopy, kSplit };

struct Sample {
  Builder b{{1, 1, 1, 12}};  // one position: channels first and last are the same
  std::vector<ValueId> trunk;
  std::vector<ValueId> logits;       // of the heads so far
  std::map<std::string, int> depth;  // of plain exits: the block that they see
  std::set<std::string> exits, raw;  // as they should be chosen
  std::map<std::string, plan::ExitMeaning> meanings;

  void Exit(const std::string& name, ValueId v, plan::ExitMeaning meaning = plan::ExitMeaning::Logits) {
    b.graph.outputs.push_back({name, v});
    exits.insert(name);
    meanings[name] = meaning;
  }
  void Raw(const std::string& name, ValueId v) {
    b.graph.outputs.push_back({name, v});
    raw.insert(name);
  }
};

void AddHead(Sample* s, Kind kind, int block, const std::string& name, std::mt19937* bits) {
  Builder& b = s->b;
  const ValueId x = s->trunk[static_cast<size_t>(block)];
  const auto earlier = [&] { return s->logits[(*bits)() % s->logits.size()]; };
  if (s->logits.empty() && (kind == Kind::kNested || kind == Kind::kAverage || kind == Kind::kCopy))
    kind = Kind::kLogits;
  if (kind == Kind::kCopy)
    return s->Exit(name, (*bits)() % 2 == 0 ? earlier() : b.Reshape(earlier(), {1, kClasses, 1, 1}));
  if (kind == Kind::kAverage)
    return s->Exit(name, b.Binary(plan::BinaryFn::Add, earlier(), b.Linear(earlier(), kClasses)));
  if (kind == Kind::kSplit) {
    const ValueId whole = b.Linear(x, 2 * kClasses);
    for (int64_t part : {0, 1}) {
      s->logits.push_back(b.Slice(whole, {0, part * kClasses}, {1, kClasses}));
      s->Exit(name + std::to_string(part), s->logits.back());
      s->depth[name + std::to_string(part)] = block;
    }
    return;
  }
  ValueId y = b.Linear(x, kClasses);
  if (kind == Kind::kNested) {
    y = b.Binary(plan::BinaryFn::Add, y, b.Linear(earlier(), kClasses));
  } else {
    s->depth[name] = block;
  }
  if (kind == Kind::kSoftmax || kind == Kind::kLogSoftmax) {  // the logits stay hidden
    const bool log = kind == Kind::kLogSoftmax;
    return s->Exit(name, b.Add(ops::Softmax(1, log), {y}),
                   log ? plan::ExitMeaning::Logits : plan::ExitMeaning::Probabilities);
  }
  s->logits.push_back(y);
  s->Exit(name, y);
  if (kind == Kind::kBoth) s->Raw(name + "_probs", b.Add(ops::Softmax(1), {y}));
}

Sample MakeSample(uint32_t seed) {
  std::mt19937 bits(seed);
  Sample s;
  const int blocks = 1 + static_cast<int>(bits() % 4), heads = 1 + static_cast<int>(bits() % 5);
  std::multimap<int, Kind> plan;
  for (int i = 0; i < heads; ++i)
    plan.emplace(static_cast<int>(bits() % static_cast<uint32_t>(blocks)), static_cast<Kind>(bits() % 8));
  const bool at_the_end = bits() % 2 == 0;
  ValueId x = s.b.Reshape(s.b.input(), {1, 12});
  int number = 0;
  const auto add = [&](const auto& head) {
    AddHead(&s, head.second, head.first, "h" + std::to_string(number++), &bits);
  };
  for (int i = 0; i < blocks; ++i) {
    x = s.b.Unary(plan::UnaryFn::Tanh, s.b.Linear(x, 8));
    s.trunk.push_back(x);
    const auto [begin, end] = plan.equal_range(i);
    if (!at_the_end) std::for_each(begin, end, add);
  }
  if (at_the_end) {
    std::vector<std::pair<int, Kind>> shuffled(plan.begin(), plan.end());
    std::shuffle(shuffled.begin(), shuffled.end(), bits);
    std::for_each(shuffled.begin(), shuffled.end(), add);
  }
  std::shuffle(s.b.graph.outputs.begin(), s.b.graph.outputs.end(), bits);
  s.b.graph.input_channels_last = true;
  s.b.graph.RemoveDead();
  return s;
}

std::set<const Node*> Needs(const Graph& graph, ValueId value) {
  const Graph::Uses uses = graph.ComputeUses();
  std::set<const Node*> needs;
  std::vector<ValueId> wanted = {value};
  while (!wanted.empty()) {
    const int maker = wanted.back() == kNoValue ? -1 : uses.producer[static_cast<size_t>(wanted.back())];
    wanted.pop_back();
    if (maker < 0 || !needs.insert(graph.nodes[static_cast<size_t>(maker)].get()).second) continue;
    const auto& inputs = graph.nodes[static_cast<size_t>(maker)]->inputs;
    wanted.insert(wanted.end(), inputs.begin(), inputs.end());
  }
  return needs;
}

void CheckChoice(const Sample& s, const ExitChoice& choice) {
  std::set<std::string> exits, raw;
  for (const GraphExit& exit : choice.exits) {
    exits.insert(exit.name);
    CHECK(exit.meaning == s.meanings.at(exit.name));
    CHECK(exit.classes == kClasses);
  }
  for (const RawOutput& output : choice.raw) raw.insert(output.name);
  CHECK(exits == s.exits);
  CHECK(raw == s.raw);
}

void CheckOrder(const Sample& s, const ExitChoice& choice) {
  std::vector<std::set<const Node*>> needs;
  for (const GraphExit& exit : choice.exits) needs.push_back(Needs(s.b.graph, exit.value));
  for (size_t i = 0; i < needs.size(); ++i) {
    for (size_t j = i + 1; j < needs.size(); ++j) {
      const bool part = needs[j].size() < needs[i].size() &&
                        std::includes(needs[i].begin(), needs[i].end(), needs[j].begin(), needs[j].end());
      CHECK_MESSAGE(!part, choice.exits[j].name, " is a part of ", choice.exits[i].name, " and comes after it");
      const auto a = s.depth.find(choice.exits[i].name), b = s.depth.find(choice.exits[j].name);
      if (a == s.depth.end() || b == s.depth.end()) continue;
      CHECK_MESSAGE(a->second <= b->second, b->first, " sees an earlier block than ", a->first);
    }
  }
}

// Every node stands in the segment of the first exit that needs it.
void CheckSegments(const Graph& graph, const ExitChoice& choice, const std::vector<Segment>& segments) {
  std::set<const Node*> claimed;
  for (size_t k = 0; k < segments.size(); ++k) {
    std::set<const Node*> expected;
    if (segments[k].exit >= 0) {
      REQUIRE(segments[k].exit == static_cast<int>(k));
      expected = Needs(graph, choice.exits[k].value);
    } else {
      for (const RawOutput& output : choice.raw) expected.merge(Needs(graph, output.value));
    }
    std::erase_if(expected, [&](const Node* node) { return claimed.contains(node); });
    std::set<const Node*> got;
    for (int i = 0; i < segments[k].count; ++i)
      got.insert(graph.nodes[static_cast<size_t>(segments[k].first) + static_cast<size_t>(i)].get());
    CHECK(got == expected);
    claimed.merge(got);
  }
  CHECK(claimed.size() == graph.nodes.size());
}

TEST_CASE("exits, order, segments and outputs of 200 random models") {
  const std::string path = vitrt::test::TemporaryPath("property.plan");
  int empty_segments = 0;
  for (uint32_t seed = 0; seed < 200; ++seed) {
    INFO("seed " << seed);
    Sample s = MakeSample(seed);
    const auto reference = MakeReference(s.b.graph, seed);
    REQUIRE_MESSAGE(reference.ok(), reference.status().ToString());
    auto choice = ChooseExits(s.b.graph, {});
    REQUIRE_MESSAGE(choice.ok(), choice.status().ToString());
    CheckChoice(s, *choice);
    OrderBySegments(&s.b.graph, &*choice);
    CheckOrder(s, *choice);

    PlanOptions options;
    options.exits = *choice;
    options.max_batch = 2;
    const auto bytes = BuildPlan(s.b.graph, options);
    REQUIRE_MESSAGE(bytes.ok(), bytes.status().ToString());
    const auto segments = CutSegments(s.b.graph, *choice);
    REQUIRE(segments.ok());
    CheckSegments(s.b.graph, *choice, *segments);
    for (const SegmentSummary& segment : bytes->summary.segments) empty_segments += segment.steps == 0;

    REQUIRE(plan::WritePlanFile(bytes->tables, bytes->weights, "test", path).ok());
    const auto errors = VerifyPlan(path, *reference, 1);
    REQUIRE_MESSAGE(errors.ok(), errors.status().ToString());
    CHECK(errors->size() == s.b.graph.outputs.size());
    for (const OutputError& error : *errors) CHECK_MESSAGE(error.error < 1e-5, error.name, " ", error.error);
  }
  CHECK(empty_segments > 20);
}

}  // namespace
}  // namespace vitrt::convert::test
