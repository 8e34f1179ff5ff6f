#include "runtime/plan/dump.h"

#include <flatbuffers/minireflect.h>

#include <sstream>

#include "runtime/plan/validate.h"

namespace vitrt::plan {
namespace {

std::string Text(const flatbuffers::String* text) { return text == nullptr ? "" : text->str(); }

std::string ValueRef(const Plan& plan, int32_t id) {
  if (id < 0) return "-";
  const Value& value = *plan.values()->Get(id);
  std::string text = "%";
  text += std::to_string(id);
  if (plan.storages()->Get(value.storage())->constant()) text += "c";
  return text;
}

template <typename List>
std::string ValueRefs(const Plan& plan, const List& ids) {
  std::string text;
  for (int32_t id : ids) {
    if (!text.empty()) text += ", ";
    text += ValueRef(plan, id);
  }
  return text;
}

void DumpProperties(const Plan& plan, std::ostream& out) {
  out << "plan '" << Text(plan.model_name()) << "' by " << Text(plan.producer()) << ", source sha256 "
      << Text(plan.source_sha256()) << "\n";
  for (const auto& option : ListOf(plan.options()))
    out << "option " << Text(option->key()) << "=" << Text(option->value()) << "\n";
  out << "input %" << plan.input() << " '" << Text(plan.input_name()) << "'"
      << (plan.input_channels_last() ? " channels last" : "") << ", max batch " << plan.max_batch() << ", arena "
      << plan.arena_bytes() << " bytes per image, policy " << EnumNamePolicy(plan.policy()) << ", "
      << ListOf(plan.labels()).size() << " labels\n";
}

void DumpMemory(const Plan& plan, std::ostream& out) {
  for (uint32_t i = 0; i < plan.storages()->size(); ++i) {
    const Storage& s = *plan.storages()->Get(i);
    out << "storage " << i << (s.constant() ? " constant" : " arena") << " offset " << s.offset() << " bytes "
        << s.bytes() << "\n";
  }
  for (uint32_t i = 0; i < plan.values()->size(); ++i) {
    const Value& v = *plan.values()->Get(i);
    out << "value " << ValueRef(plan, static_cast<int32_t>(i)) << " " << TypeText(v) << " storage " << v.storage()
        << "+" << v.offset() << " '" << Text(v.name()) << "'\n";
  }
}

void DumpSteps(const Plan& plan, const Segment& segment, std::ostream& out) {
  for (uint32_t i = 0; i < segment.step_count(); ++i) {
    const Step& step = *plan.steps()->Get(segment.first_step() + i);
    const std::string attributes = OpAttributes(step);
    out << "  " << segment.first_step() + i << ": " << ValueRefs(plan, *step.outputs()) << " = "
        << EnumNameOp(step.op_type()) << "(" << ValueRefs(plan, *step.inputs()) << ")"
        << (attributes.empty() ? "" : " " + attributes) << " '" << Text(step.name()) << "'\n";
  }
}

}  // namespace

std::string OpAttributes(const Step& step) {
  // The generated reflection names every field; the union's table is the one with the op's own type.
  const flatbuffers::TypeTable* table = OpTypeTable()->type_refs[static_cast<int>(step.op_type()) - 1]();
  flatbuffers::ToStringVisitor visitor("", false, " ", true);
  flatbuffers::IterateObject(static_cast<const uint8_t*>(step.op()), table, &visitor);
  // "{  axis: 1}" -> "axis: 1"
  std::string text;
  for (char c : visitor.s.substr(1, visitor.s.size() - 2)) {
    if (c != ' ' || (!text.empty() && text.back() != ' ')) text += c;
  }
  return text;
}

std::string TypeText(const Value& value) {
  std::string text = EnumNameDType(value.dtype());
  if (value.encoding() != Encoding::Plain) text += std::string("/") + EnumNameEncoding(value.encoding());
  text += "[";
  for (int64_t dim : ListOf(value.dims())) {
    if (text.back() != '[') text += ", ";
    text += std::to_string(dim);
  }
  return text + "]";
}

std::string DumpPlan(const Plan& plan) {
  std::ostringstream out;
  DumpProperties(plan, out);
  DumpMemory(plan, out);
  for (uint32_t k = 0; k < plan.segments()->size(); ++k) {
    const Segment& segment = *plan.segments()->Get(k);
    out << "segment " << k << ", live after it: " << ValueRefs(plan, ListOf(segment.live())) << "\n";
    DumpSteps(plan, segment, out);
    if (segment.exit() < 0) continue;
    const Exit& exit = *plan.exits()->Get(segment.exit());
    out << "exit " << segment.exit() << " '" << Text(exit.name()) << "' %" << exit.value() << " classes "
        << exit.classes() << " threshold " << exit.threshold() << (exit.enabled() ? "" : " disabled");
    if (exit.meaning() != ExitMeaning::Logits) out << " " << EnumNameExitMeaning(exit.meaning());
    out << "\n";
  }
  for (const auto& output : ListOf(plan.outputs()))
    out << "output '" << Text(output->name()) << "' %" << output->value() << "\n";
  for (const auto& feature : ListOf(plan.required_features())) out << "needs " << Text(feature->needed_for()) << "\n";
  return out.str();
}

}  // namespace vitrt::plan
