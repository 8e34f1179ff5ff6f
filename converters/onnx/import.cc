#include "converters/onnx/import.h"

#include <algorithm>
#include <new>

#include "converters/onnx/interpreter.h"
#include "converters/onnx/model.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

using onnx_import::Dim;
using onnx_import::SourceInput;

// The shape of the image input at batch 1.
Result<Shape> ImageShape(const SourceInput& input, const ImportOptions& options) {
  const char* const kHint = "export the model with an input of shape [batch, channels, height, width]";
  if (!input.has_shape || input.dims.size() != 4)
    return Unsupported("the input must have four dims: batch, channels, height, width", input.name, kHint);
  const int64_t batch = input.dims[0].size;
  if (batch > 1) {
    return Unsupported("the model is exported for a batch of " + std::to_string(batch) + " images", input.name,
                       "export it with batch 1 or a symbolic batch; batches are made when the plan runs");
  }
  Shape shape{1, input.dims[1].size, input.dims[2].size, input.dims[3].size};
  if (shape[1] < 1) return Unsupported("the number of channels is not fixed", input.name);
  const std::optional<int64_t> sizes[] = {options.input_height, options.input_width};
  for (size_t i : {0, 1}) {
    int64_t& size = shape[2 + i];
    if (sizes[i] && size >= 1 && size != *sizes[i]) {
      return InvalidArgument("the model's input is " + std::to_string(shape[2]) + " x " + std::to_string(shape[3]) +
                                 ", another size cannot be set",
                             input.name);
    }
    if (size < 1 && !sizes[i])
      return Unsupported("height or width of the input is not fixed", input.name, "give the size with --input-size");
    if (size < 1) size = *sizes[i];
  }
  VITRT_RETURN_IF_ERROR(CheckShape(shape));
  return shape;
}

Result<Shape> StaticShape(const SourceInput& input) {
  Shape shape;
  if (!input.has_shape) return Unsupported("the input has no shape", input.name);
  for (const Dim& dim : input.dims) {
    if (dim.size < 0) return Unsupported("the input has a symbolic dim '" + dim.symbol + "'", input.name);
    shape.push_back(dim.size);
  }
  VITRT_RETURN_IF_ERROR(CheckShape(shape));
  return shape;
}

Status AddInputs(const std::vector<SourceInput>& inputs, const ImportOptions& options, Graph& graph,
                 onnx_import::Scope& scope) {
  std::vector<const SourceInput*> open;
  for (const SourceInput& input : inputs) {
    const auto fixed = options.fixed_inputs.find(input.name);
    if (scope.values.count(input.name)) return BadPlan("two inputs have one name", input.name);
    if (fixed == options.fixed_inputs.end())
      open.push_back(&input);
    else
      scope.values[input.name] = graph.AddConstant(input.name, fixed->second);
  }
  if (!options.free_inputs && open.size() != 1) {
    std::string names;
    for (const SourceInput* input : open) names += (names.empty() ? "" : ", ") + input->name;
    return Unsupported("the model has " + std::to_string(open.size()) + " inputs, not one image", names);
  }
  for (const SourceInput* input : open) {
    if (!input->dtype) return Unsupported("the input's element type is not supported", input->name);
    if (!options.free_inputs && *input->dtype != DType::F32)
      return Unsupported("the image must be floats", input->name);
    VITRT_ASSIGN_OR_RETURN(Shape shape, options.free_inputs ? StaticShape(*input) : ImageShape(*input, options));
    const ValueId id = graph.AddValue(input->name, *input->dtype, std::move(shape));
    scope.values[input->name] = id;
    if (options.free_inputs) {
      graph.free_inputs.push_back({input->name, id});
    } else {
      graph.input = id;
      graph.input_name = input->name;
    }
  }
  return {};
}

// Outputs leave in the model's own type, as far as a plan has it. Integers are computed as 32 or 64 bits.
Status AddOutputs(const onnx_import::SourceGraph& source, const std::vector<ValueId>& values, Graph& graph,
                  std::vector<std::string>& warnings) {
  constexpr int64_t kUint8 = 2;  // TensorProto.DataType
  for (size_t i = 0; i < source.outputs.size(); ++i) {
    const std::string& name = source.outputs[i];
    const auto same_name = [&](const GraphOutput& output) { return output.name == name; };
    if (std::any_of(graph.outputs.begin(), graph.outputs.end(), same_name)) {
      warnings.push_back("output '" + name + "' is listed twice: taken once");
      continue;
    }
    ValueId id = values[i];
    const int64_t type = source.output_types[i];
    if (type == kUint8 && graph.value(id).dtype == DType::I32) {
      const ValueType bytes{DType::U8, graph.value(id).shape};
      VITRT_ASSIGN_OR_RETURN(id, graph.Append(plan::CastT(), {id}, name, bytes));
      graph.value(id).name = name;
    } else if (type != 0 && !onnx_import::KeepsType(type)) {
      warnings.push_back("output '" + name + "' is " + onnx_import::ElementTypeName(type) + " in the model and " +
                         plan::EnumNameDType(graph.value(id).dtype) + " in the plan");
    }
    graph.outputs.push_back({name, id});
  }
  return {};
}

Result<Graph> Import(const std::string& path, const ImportOptions& options, ImportReport& report) {
  VITRT_ASSIGN_OR_RETURN(const onnx_import::SourceModel model, onnx_import::ReadModel(path));
  report.external_files = model.external_files;
  report.producer = model.producer;
  Graph graph;
  graph.name = model.graph.name;
  onnx_import::Scope scope;
  scope.opsets = &model.opsets;
  VITRT_RETURN_IF_ERROR(AddInputs(model.graph.inputs, options, graph, scope));
  onnx_import::Interpreter interpreter(model, graph, report.warnings);
  VITRT_RETURN_IF_ERROR(interpreter.Run(model.graph, scope));
  VITRT_ASSIGN_OR_RETURN(const std::vector<ValueId> outputs, interpreter.Outputs(model.graph, scope));
  if (outputs.empty()) return BadPlan("the model has no outputs");
  VITRT_RETURN_IF_ERROR(AddOutputs(model.graph, outputs, graph, report.warnings));
  graph.RemoveDead();
  VITRT_RETURN_IF_ERROR(CheckGraph(graph));
  return graph;
}

}  // namespace

Result<Graph> ImportOnnx(const std::string& path, const ImportOptions& options, ImportReport* report) {
  ImportReport unused;
  try {
    auto graph = Import(path, options, report ? *report : unused);
    if (!graph.ok() && graph.status().code() != StatusCode::kBadPlan) return Status(graph.status()).Within(path);
    if (!graph.ok() && graph.status().where().rfind(path, 0) != 0) return Status(graph.status()).Within(path);
    return graph;
  } catch (const std::bad_alloc&) {  // the standard library and protobuf say it this way
    return Internal("out of memory while importing", path);
  } catch (const std::exception& error) {
    return Internal(std::string("importing failed: ") + error.what(), path);
  }
}

}  // namespace vitrt::convert
