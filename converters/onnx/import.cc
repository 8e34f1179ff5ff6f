#include "converters/onnx/import.h"

#include <algorithm>
#include <new>

#include "converters/onnx/image_input.h"
#include "converters/onnx/interpreter.h"
#include "converters/onnx/model.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

using onnx_import::Dim;
using onnx_import::SourceGraph;
using onnx_import::SourceInput;

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

// "pixel_values FLOAT[batch, 3, 224, 224]"
std::string ToString(const SourceInput& input) {
  std::string dims;
  for (const Dim& dim : input.dims) {
    dims += dims.empty() ? "" : ", ";
    dims += dim.size >= 0 ? std::to_string(dim.size) : dim.symbol.empty() ? "?" : dim.symbol;
  }
  return input.name + " " + onnx_import::ElementTypeName(input.element_type) + "[" + dims + "]";
}

Status NotOneImage(const std::vector<const SourceInput*>& inputs) {
  std::string names;
  for (const SourceInput* input : inputs) names += (names.empty() ? "" : ", ") + ToString(*input);
  return Unsupported(
      "the model has " + std::to_string(inputs.size()) + " inputs, not one image" + (names.empty() ? "" : ": " + names),
      {}, inputs.empty() ? "" : "export the model with the image alone; make the others constants of it");
}

// The image as a value of fp32. Where the model takes bytes, what it computes with them begins with whole numbers.
Status AddImage(const SourceInput& input, const SourceGraph& source, const ImportOptions& options, Graph& graph,
                onnx_import::Scope& scope) {
  VITRT_ASSIGN_OR_RETURN(onnx_import::ImageInput image, DescribeImage(input, source, options));
  ValueId id = graph.AddValue(input.name, DType::F32, std::move(image.shape));
  graph.input = id;
  graph.input_name = input.name;
  graph.input_channels_last = graph.model_channels_last = image.channels_last;
  graph.input_bytes = image.bytes;
  if (image.bytes) {
    const ValueType numbers{DType::I32, graph.value(id).shape};
    VITRT_ASSIGN_OR_RETURN(id, graph.Append(plan::CastT(), {id}, input.name + "/bytes", numbers));
  }
  scope.values[input.name] = id;
  return {};
}

Status AddInputs(const SourceGraph& source, const ImportOptions& options, Graph& graph, onnx_import::Scope& scope) {
  std::vector<const SourceInput*> open;
  for (const SourceInput& input : source.inputs) {
    const auto fixed = options.fixed_inputs.find(input.name);
    if (scope.values.count(input.name)) return BadPlan("two inputs have one name", input.name);
    if (fixed == options.fixed_inputs.end())
      open.push_back(&input);
    else
      scope.values[input.name] = graph.AddConstant(input.name, fixed->second);
  }
  if (!options.free_inputs) {
    if (open.size() != 1) return NotOneImage(open);
    return AddImage(*open[0], source, options, graph, scope);
  }
  for (const SourceInput* input : open) {
    if (!input->dtype) return Unsupported("the input's element type is not supported", input->name);
    VITRT_ASSIGN_OR_RETURN(Shape shape, StaticShape(*input));
    const ValueId id = graph.AddValue(input->name, *input->dtype, std::move(shape));
    scope.values[input->name] = id;
    graph.free_inputs.push_back({input->name, id});
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
  VITRT_RETURN_IF_ERROR(AddInputs(model.graph, options, graph, scope));
  onnx_import::Interpreter interpreter(model, graph, report.warnings);
  for (const SourceInput& input : model.graph.inputs) {
    if (const auto at = scope.values.find(input.name); at != scope.values.end())
      interpreter.NoteType(at->second, input.element_type);
  }
  VITRT_RETURN_IF_ERROR(interpreter.Run(model.graph, scope));
  report.quantised = interpreter.quantised();
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
