#include "converters/onnx/image_input.h"

#include <algorithm>
#include <map>

#include "runtime/base/check.h"

namespace vitrt::convert::onnx_import {
namespace {

constexpr char kExport[] = "export the model with a float32 or uint8 input of shape [batch, channels, height, width]";

// How the first convolution reads the image.
struct FirstConvolution {
  bool transposed = false;  // through a Transpose from [n, h, w, c] to [n, c, h, w]
  int64_t channels = -1;    // -1: its weight is not known
};

// The shape of an initializer, also through nodes that only rename it; nullptr: not found.
const Shape* InitializerShape(const SourceGraph& graph, std::string name) {
  for (int hops = 0; hops < 4; ++hops) {
    for (const auto& [initializer, data] : graph.initializers) {
      if (initializer == name) return data.tensor ? &data.tensor->shape : nullptr;
    }
    const auto producer = std::find_if(graph.nodes.begin(), graph.nodes.end(), [&](const SourceNode& node) {
      return (node.op_type == "Identity" || node.op_type == "Cast") && node.outputs == std::vector<std::string>{name};
    });
    if (producer == graph.nodes.end() || producer->inputs.empty()) return nullptr;
    name = producer->inputs[0];
  }
  return nullptr;
}

int64_t ChannelsOf(const SourceNode& conv, const SourceGraph& graph) {
  const Shape* weight = conv.inputs.size() > 1 ? InitializerShape(graph, conv.inputs[1]) : nullptr;
  if (weight == nullptr || weight->size() != 4) return -1;
  const auto group = conv.attributes.find("group");
  const int64_t groups = group == conv.attributes.end() ? 1 : group->second.i;
  return groups >= 1 && groups <= kMaxElements ? (*weight)[1] * groups : -1;
}

// Operators that preprocess and leave every axis where it is.
bool KeepsAxes(const SourceNode& node) {
  static constexpr const char* kOps[] = {
      "Add", "BatchNormalization", "Cast", "Clip", "Div", "Identity", "Mul", "Neg", "Pad", "Pow", "Resize", "Relu",
      "Sub", "DequantizeLinear",   "Slice"};
  return std::any_of(std::begin(kOps), std::end(kOps), [&](const char* op) { return node.op_type == op; });
}

std::optional<FirstConvolution> FindFirstConvolution(const std::string& input, const SourceGraph& graph) {
  const std::vector<int64_t> to_channels_first = {0, 3, 1, 2};
  std::map<std::string, bool> read = {{input, false}};  // values that hold the image -> whether it was transposed
  for (const SourceNode& node : graph.nodes) {
    const auto from = std::find_if(node.inputs.begin(), node.inputs.end(),
                                   [&](const std::string& name) { return read.count(name) > 0; });
    if (from == node.inputs.end() || node.outputs.empty()) continue;
    const bool transposed = read[*from];
    if (node.op_type == "Conv" && from == node.inputs.begin())
      return FirstConvolution{transposed, ChannelsOf(node, graph)};
    const auto perm = node.attributes.find("perm");
    if (node.op_type == "Transpose" && perm != node.attributes.end() && perm->second.ints == to_channels_first) {
      read[node.outputs[0]] = true;
    } else if (KeepsAxes(node)) {
      read[node.outputs[0]] = transposed;
    }
  }
  return std::nullopt;
}

bool IsColours(int64_t size) { return size == 1 || size == 3; }

bool IsChannelsLast(const std::vector<Dim>& dims, const std::optional<FirstConvolution>& first) {
  const int64_t front = dims[1].size, back = dims[3].size;
  if (first) return first->transposed && (back < 1 || back == first->channels || first->channels < 0);
  return IsColours(back) && !IsColours(front);
}

Status CheckType(const SourceInput& input) {
  for (const char* type : {"FLOAT", "FLOAT16", "BFLOAT16", "UINT8"}) {
    if (ElementTypeName(input.element_type) == type) return {};
  }
  return Unsupported("the image input is of type " + ElementTypeName(input.element_type), input.name, kExport);
}

}  // namespace

Result<ImageInput> DescribeImage(const SourceInput& input, const SourceGraph& graph, const ImportOptions& options) {
  VITRT_RETURN_IF_ERROR(CheckType(input));
  if (!input.has_shape || input.dims.size() != 4) {
    return Unsupported("the input must have four dims: batch, channels, height, width, or with the channels last",
                       input.name, kExport);
  }
  const int64_t batch = input.dims[0].size;
  if (batch > 1) {
    return Unsupported("the model is exported for a batch of " + std::to_string(batch) + " images", input.name,
                       "export it with batch 1 or a symbolic batch; batches are made when the plan runs");
  }
  const auto first = FindFirstConvolution(input.name, graph);
  ImageInput image;
  image.bytes = ElementTypeName(input.element_type) == "UINT8";
  image.channels_last = IsChannelsLast(input.dims, first);
  image.shape = {1, input.dims[1].size, input.dims[2].size, input.dims[3].size};
  int64_t& channels = image.shape[image.channels_last ? 3 : 1];
  if (channels < 1 && first) channels = first->channels;
  if (channels < 1) {
    return Unsupported("the number of channels is not fixed, and no convolution of known weights reads the image",
                       input.name, kExport);
  }
  const std::optional<int64_t> sizes[] = {options.input_height, options.input_width};
  const size_t height = image.channels_last ? 1 : 2;
  for (size_t i : {0, 1}) {
    int64_t& size = image.shape[height + i];
    if (sizes[i] && size >= 1 && size != *sizes[i]) {
      return InvalidArgument("the model's input is " + std::to_string(image.shape[height]) + " x " +
                                 std::to_string(image.shape[height + 1]) + ", another size cannot be set",
                             input.name);
    }
    if (size < 1 && !sizes[i])
      return Unsupported("height or width of the input is not fixed", input.name, "give the size with --input-size");
    if (size < 1) size = *sizes[i];
  }
  VITRT_RETURN_IF_ERROR(CheckShape(image.shape));
  return image;
}

}  // namespace vitrt::convert::onnx_import
