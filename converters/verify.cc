#include "converters/verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "converters/distance.h"
#include "runtime/base/check.h"
#include "vitrt/session.h"

namespace vitrt::convert {
namespace {

// Standard normal numbers that are the same everywhere (std::normal_distribution is not specified): Box and Muller
// 1958.
std::vector<float> NormalNumbers(int64_t count, uint32_t seed) {
  std::mt19937 bits(seed);
  auto uniform = [&] { return (static_cast<double>(bits()) + 0.5) / 4294967296.0; };
  std::vector<float> numbers(static_cast<size_t>(count));
  for (float& x : numbers) {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    x = static_cast<float>(radius * std::cos(2 * 3.141592653589793 * uniform()));
  }
  return numbers;
}

// Numbers of a model that takes bytes.
std::vector<float> Bytes(int64_t count, uint32_t seed) {
  std::mt19937 bits(seed);
  std::vector<float> numbers(static_cast<size_t>(count));
  for (float& x : numbers) x = static_cast<float>(bits() >> 24);
  return numbers;
}

// Infinite where something is NaN, or one of two is infinite: no plan is called right by a model that has no answer.
double RelativeError(const std::vector<double>& got, const std::vector<double>& expected) {
  const bool unknown = std::any_of(expected.begin(), expected.end(), [](double x) { return std::isnan(x); });
  if (unknown) return std::numeric_limits<double>::infinity();
  const Distance distance = DistanceOf(got, expected);
  return distance.largest == 0 ? distance.difference : distance.difference / distance.largest;
}

Result<OutputError> Compare(const Reference& reference, const std::string& name, const std::vector<double>& got) {
  const auto at = std::find(reference.names.begin(), reference.names.end(), name);
  if (at == reference.names.end()) return Internal("the model has no such output", name);
  const std::vector<double> expected =
      ToF64Vector(reference.outputs[static_cast<size_t>(at - reference.names.begin())]);
  if (got.size() != expected.size())
    return Internal("the plan's output has " + std::to_string(got.size()) + " elements, the model's " +
                        std::to_string(expected.size()),
                    name);
  return OutputError{name, RelativeError(got, expected)};
}

template <typename T>
std::vector<double> AsDoubles(std::span<const std::byte> bytes) {
  std::vector<double> numbers(bytes.size() / sizeof(T));
  for (size_t i = 0; i < numbers.size(); ++i) {
    T x;
    std::memcpy(&x, bytes.data() + i * sizeof(T), sizeof(T));
    numbers[i] = static_cast<double>(x);
  }
  return numbers;
}

std::vector<double> AsDoubles(ElementType type, std::span<const std::byte> bytes) {
  switch (type) {
    case ElementType::kFloat32:
      break;
    case ElementType::kInt32:
      return AsDoubles<int32_t>(bytes);
    case ElementType::kInt64:
      return AsDoubles<int64_t>(bytes);
    case ElementType::kBool:
    case ElementType::kUint8:
      return AsDoubles<uint8_t>(bytes);
  }
  return AsDoubles<float>(bytes);
}

}  // namespace

Result<Reference> MakeReference(const Graph& imported, uint32_t seed) {
  Reference reference;
  const Shape& shape = imported.value(imported.input).shape;
  const int64_t count = NumElements(shape);
  reference.input = Tensor::FromF32(shape, imported.input_bytes ? Bytes(count, seed) : NormalNumbers(count, seed));
  for (const GraphOutput& output : imported.outputs) reference.names.push_back(output.name);
  VITRT_ASSIGN_OR_RETURN(reference.outputs, EvaluateGraph(imported, reference.input));
  return reference;
}

Result<std::vector<OutputError>> VerifyPlan(const std::string& plan_path, const Reference& reference, int threads) {
  VITRT_ASSIGN_OR_RETURN(const Engine engine, Engine::Load(plan_path));
  SessionOptions session_options;
  session_options.threads = threads;
  VITRT_ASSIGN_OR_RETURN(Session session, Session::Create(engine, session_options));
  RunOptions run;
  run.all_exits = true;
  const std::span<const float> input(reference.input.f32(), static_cast<size_t>(reference.input.size()));
  VITRT_ASSIGN_OR_RETURN(const auto predictions, session.RunTensor(input, 1, run));
  (void)predictions;

  std::vector<OutputError> errors;
  for (const ExitInfo& exit : engine.info().exits) {
    const std::span<const float> values = session.ExitOutput(exit.index);
    VITRT_ASSIGN_OR_RETURN(OutputError error, Compare(reference, exit.name, {values.begin(), values.end()}));
    errors.push_back(std::move(error));
  }
  for (size_t i = 0; i < engine.info().outputs.size(); ++i) {
    const TensorInfo& info = engine.info().outputs[i];
    const std::vector<double> numbers = AsDoubles(info.type, session.Output(static_cast<int>(i)));
    VITRT_ASSIGN_OR_RETURN(OutputError error, Compare(reference, info.name, numbers));
    errors.push_back(std::move(error));
  }
  return errors;
}

}  // namespace vitrt::convert
