#include "converters/exits/exits.h"

#include <algorithm>
#include <set>

#include "converters/exits/heads.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

using plan::ExitMeaning;

// An output that may be an exit. `why` is set once it is known to be no exit.
struct Candidate {
  const GraphOutput* output;
  Head head;
  int64_t size = -1;  // of its vector; -1: it is none
  std::string why;
};

std::string OutputList(const Graph& graph) {
  std::string text = "outputs: ";
  for (const GraphOutput& output : graph.outputs) {
    if (&output != graph.outputs.data()) text += ", ";
    text += output.name + " " + ToString(graph.value(output.value).type());
  }
  return text;
}

std::string Count(int64_t n, const char* what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

// Why the output can be no exit at all, by itself; empty if it can.
std::string ErrorOf(const Candidate& c, const ValueType& type) {
  if (type.dtype != DType::F32) return plan::EnumNameDType(type.dtype) + std::string(", not float");
  if (c.size < 1) return "not [batch, classes]";
  if (c.head.ending == Ending::kTopK) return "the largest values, sorted: not one a class";
  if (c.head.ending == Ending::kSigmoid && c.size > 1)
    return Count(c.size, "sigmoid") + ": classes that do not exclude each other";
  const bool over_one = c.size == 1 && (c.head.ending == Ending::kSoftmax || c.head.ending == Ending::kLogSoftmax);
  return over_one ? "the softmax of one number" : "";
}

bool SameSource(const Candidate& logits, const Candidate& end) {
  return end.head.ending != Ending::kPlain && end.head.value != end.head.source && logits.head.value == end.head.source;
}

GraphExit MakeExit(const Candidate& c) {
  GraphExit exit;
  exit.name = c.output->name;
  exit.value = c.output->value;
  exit.classes = c.size == 1 ? 2 : c.size;
  switch (c.head.ending) {
    case Ending::kSoftmax:
      exit.meaning = ExitMeaning::Probabilities;
      exit.why = "probabilities of " + std::to_string(c.size) + " classes: it ends in softmax";
      break;
    case Ending::kSigmoid:
      exit.meaning = ExitMeaning::BinaryProbability;
      exit.why = "the probability of the second of two classes: it ends in sigmoid";
      break;
    case Ending::kLogSoftmax:
      exit.why = "log-probabilities of " + std::to_string(c.size) + " classes: it ends in log-softmax";
      break;
    default:
      exit.why = "logits of " + std::to_string(c.size) + " classes";
  }
  if (c.size == 1 && c.head.ending != Ending::kSigmoid) {
    exit.meaning = ExitMeaning::BinaryLogit;
    exit.why = "the logit of the second of two classes";
  }
  return exit;
}

class Chooser {
 public:
  Chooser(const Graph& graph, const ExitRequest& request) : graph_(graph), request_(request) {
    const Graph::Uses uses = graph.ComputeUses();
    for (const GraphOutput& output : graph.outputs) {
      const ValueType type = graph.value(output.value).type();
      Candidate c{&output, DescribeHead(graph, uses, output.value), VectorSize(type.shape), ""};
      const bool named = std::find(request.names.begin(), request.names.end(), output.name) != request.names.end();
      if (named) c.size = NamedSize(type.shape);
      c.why = ErrorOf(c, type);
      candidates_.push_back(std::move(c));
    }
  }

  Result<ExitChoice> ByName() {
    ExitChoice choice;
    choice.in_given_order = true;
    for (const std::string& name : request_.names) {
      const auto c = std::find_if(candidates_.begin(), candidates_.end(),
                                  [&](const Candidate& x) { return x.output->name == name; });
      if (c == candidates_.end()) return Refuse("the model has no output '" + name + "'");
      if (!c->why.empty()) return Refuse("output '" + name + "' is no exit: " + c->why);
      if (std::any_of(choice.exits.begin(), choice.exits.end(), [&](const GraphExit& e) { return e.name == name; }))
        return Refuse("output '" + name + "' is named twice");
      GraphExit exit = MakeExit(*c);
      if (!request_.labels.empty() && !CanName(exit.classes)) return LabelsDoNotFit(exit);
      choice.exits.push_back(std::move(exit));
    }
    for (Candidate& c : candidates_) {
      if (c.why.empty()) c.why = "not named as an exit";
    }
    AddRaw(&choice);
    return choice;
  }

  Result<ExitChoice> ByForm() {
    LeaveOutFeatures();
    LeaveOutMultiLabel();
    LeaveOutSingleNumbers();
    VITRT_RETURN_IF_ERROR(LeaveOutOtherCounts());
    LeaveOutTwins();
    ExitChoice choice;
    for (const Candidate& c : candidates_) {
      if (c.why.empty()) choice.exits.push_back(MakeExit(c));
    }
    AddRaw(&choice);
    return choice;
  }

 private:
  bool CanName(int64_t classes) const {
    return std::find(request_.labels.begin(), request_.labels.end(), classes) != request_.labels.end();
  }

  // Of a vector that the user says is an exit: at most one axis is larger than 1, wherever it stands.
  static int64_t NamedSize(const Shape& shape) {
    const auto large = std::count_if(shape.begin(), shape.end(), [](int64_t d) { return d > 1; });
    return large <= 1 ? NumElements(shape) : -1;
  }

  Status Refuse(const std::string& what) const { return InvalidArgument(what, "--exits", OutputList(graph_)); }

  Status LabelsDoNotFit(const GraphExit& exit) const {
    return InvalidArgument(std::to_string(request_.labels[0]) + " labels for the " + std::to_string(exit.classes) +
                               " classes of exit '" + exit.name + "'",
                           "--labels", OutputList(graph_));
  }

  template <typename Predicate>
  bool AnyLeft(Predicate predicate) const {
    return std::any_of(candidates_.begin(), candidates_.end(),
                       [&](const Candidate& c) { return c.why.empty() && predicate(c); });
  }

  void LeaveOutFeatures() {
    for (Candidate& c : candidates_) {
      if (c.why.empty() && c.head.ending == Ending::kNormalised) c.why = "a normalised vector: features";
    }
  }

  // Numbers whose sigmoids are an output, too, are no logits of one softmax.
  void LeaveOutMultiLabel() {
    for (Candidate& c : candidates_) {
      const bool sigmoids =
          c.size > 1 && std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate& end) {
            return end.head.ending == Ending::kSigmoid && SameSource(c, end);
          });
      if (c.why.empty() && sigmoids) c.why = "what sigmoids are taken of: classes that do not exclude each other";
    }
  }

  void LeaveOutSingleNumbers() {
    const bool pairs = AnyLeft([](const Candidate& c) { return c.size == 2; });
    for (Candidate& c : candidates_) {
      if (!c.why.empty() || c.size != 1 || c.head.ending == Ending::kSigmoid) continue;
      const bool has_sigmoid =
          AnyLeft([&](const Candidate& end) { return end.head.ending == Ending::kSigmoid && SameSource(c, end); });
      if (has_sigmoid || (CanName(2) && !pairs)) continue;
      c.why =
          "one number: an exit of two classes only where it ends in sigmoid, --labels names two or --exits names it";
    }
  }

  // The classes must be as many as the labels; without labels, as many everywhere.
  Status LeaveOutOtherCounts() {
    std::set<int64_t> counts;
    for (const Candidate& c : candidates_) {
      if (c.why.empty()) counts.insert(c.size == 1 ? 2 : c.size);
    }
    if (request_.labels.empty() && counts.size() <= 1) return {};
    if (request_.labels.empty()) {
      return Unsupported("the outputs do not say which of them are the classifiers' ends", graph_.name,
                         "name them with --exits, or the classes with --labels; " + OutputList(graph_));
    }
    if (counts.empty())
      return InvalidArgument("labels were given, but no output of the model is a classifier's end", "--labels",
                             OutputList(graph_));
    const auto fits = std::find_if(request_.labels.begin(), request_.labels.end(),
                                   [&](int64_t classes) { return counts.contains(classes); });
    if (fits == request_.labels.end() && counts.size() == 1) {
      const auto first =
          std::find_if(candidates_.begin(), candidates_.end(), [](const Candidate& c) { return c.why.empty(); });
      return LabelsDoNotFit(MakeExit(*first));
    }
    if (fits == request_.labels.end())
      return InvalidArgument(Count(request_.labels[0], "label") + ": no output has as many classes", "--labels",
                             OutputList(graph_));
    for (Candidate& c : candidates_) {
      if (c.why.empty() && (c.size == 1 ? 2 : c.size) != *fits)
        c.why = Count(c.size, "number") + ", not one for each of the " + std::to_string(*fits) + " labels";
    }
    return {};
  }

  // Of logits and what is taken of them one stays: the logits, or the probabilities where a temperature lies between.
  void LeaveOutTwins() {
    for (Candidate& logits : candidates_) {
      for (Candidate& end : candidates_) {
        if (!logits.why.empty() || !end.why.empty() || &logits == &end || !SameSource(logits, end)) continue;
        if (end.head.scaled) {
          logits.why = "what exit '" + end.output->name + "' is made of, before its scale";
        } else {
          end.why = "made of exit '" + logits.output->name + "'";
        }
      }
    }
    for (Candidate& log : candidates_) {  // softmax and log-softmax of something that is no output
      for (Candidate& end : candidates_) {
        const bool twins = log.head.ending == Ending::kLogSoftmax && end.head.ending == Ending::kSoftmax &&
                           log.head.source == end.head.source && log.head.scaled == end.head.scaled;
        if (log.why.empty() && end.why.empty() && twins) end.why = "made of what exit '" + log.output->name + "' is";
      }
    }
  }

  void AddRaw(ExitChoice* choice) const {
    for (const Candidate& c : candidates_) {
      const auto is_exit = [&](const GraphExit& e) { return e.name == c.output->name; };
      if (std::none_of(choice->exits.begin(), choice->exits.end(), is_exit))
        choice->raw.push_back({c.output->name, c.output->value, c.why});
    }
  }

  const Graph& graph_;
  const ExitRequest& request_;
  std::vector<Candidate> candidates_;
};

}  // namespace

ExitChoice ExitChoice::OutputsOnly(const Graph& graph) {
  ExitChoice choice;
  for (const GraphOutput& output : graph.outputs) choice.raw.push_back({output.name, output.value, ""});
  return choice;
}

void ExitChoice::Rebind(const Graph& graph) {
  const auto rebind = [&](auto& outputs) {
    for (auto& output : outputs) {
      for (const GraphOutput& now : graph.outputs) {
        if (now.name == output.name) output.value = now.value;
      }
    }
  };
  rebind(exits);
  rebind(raw);
}

Result<ExitChoice> ChooseExits(const Graph& graph, const ExitRequest& request) {
  Chooser chooser(graph, request);
  return request.names.empty() ? chooser.ByForm() : chooser.ByName();
}

}  // namespace vitrt::convert
