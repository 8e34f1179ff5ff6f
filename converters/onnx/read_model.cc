// ModelProto -> SourceModel. With tensor_data.cc and external_data.cc the only code that sees protobuf.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>

#include <filesystem>
#include <set>

#include "converters/onnx/model.h"
#include "converters/onnx/tensor_data.h"
#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"

namespace vitrt::convert::onnx_import {
namespace {

// Protobuf itself reads at most 2 GiB; larger models keep their weights in external files.
constexpr int kMaxModelBytes = INT32_MAX;
constexpr int kMaxNesting = 64;  // of messages in messages (subgraphs)

std::string CanonicalDomain(const std::string& domain) { return domain == "ai.onnx" ? "" : domain; }

class Reader {
 public:
  explicit Reader(std::string folder) : external_{std::move(folder), {}} {}

  Result<SourceModel> Model(::onnx::ModelProto& proto) {
    if (!proto.has_graph()) return BadPlan("holds no graph: not an ONNX model");
    SourceModel model;
    model.producer = proto.producer_name() + (proto.producer_version().empty() ? "" : " " + proto.producer_version());
    for (const auto& entry : proto.opset_import()) model.opsets[CanonicalDomain(entry.domain())] = entry.version();
    if (model.opsets.empty()) model.opsets[""] = 1;
    for (const auto& function : proto.functions()) {
      VITRT_ASSIGN_OR_RETURN(SourceFunction read, Function(function, model.opsets));
      const auto key = std::pair(read.domain, read.name);
      if (!model.functions.emplace(key, std::move(read)).second)
        return BadPlan("defines a function twice", function.name());
    }
    VITRT_ASSIGN_OR_RETURN(model.graph, Graph(*proto.mutable_graph()));
    model.external_files = std::move(external_.files);
    return model;
  }

 private:
  Result<Attribute> ReadAttribute(const ::onnx::AttributeProto& proto) {
    using Kind = Attribute::Kind;
    Attribute a;
    if (!proto.ref_attr_name().empty()) {
      a.kind = Kind::kReference;
      a.s = proto.ref_attr_name();
      return a;
    }
    switch (proto.type()) {
      case ::onnx::AttributeProto::FLOAT:
        a.kind = Kind::kFloat, a.f = proto.f();
        break;
      case ::onnx::AttributeProto::INT:
        a.kind = Kind::kInt, a.i = proto.i();
        break;
      case ::onnx::AttributeProto::STRING:
        a.kind = Kind::kString, a.s = proto.s();
        break;
      case ::onnx::AttributeProto::FLOATS:
        a.kind = Kind::kFloats, a.floats.assign(proto.floats().begin(), proto.floats().end());
        break;
      case ::onnx::AttributeProto::INTS:
        a.kind = Kind::kInts, a.ints.assign(proto.ints().begin(), proto.ints().end());
        break;
      case ::onnx::AttributeProto::STRINGS:
        a.kind = Kind::kStrings, a.strings.assign(proto.strings().begin(), proto.strings().end());
        break;
      case ::onnx::AttributeProto::TENSOR: {
        a.kind = Kind::kTensor;
        VITRT_ASSIGN_OR_RETURN(a.tensor, ReadTensor(proto.t(), external_));
        break;
      }
      case ::onnx::AttributeProto::GRAPH: {
        a.kind = Kind::kGraph;
        VITRT_ASSIGN_OR_RETURN(SourceGraph graph, Graph(const_cast<::onnx::GraphProto&>(proto.g())));
        a.graph = std::make_shared<SourceGraph>(std::move(graph));
        break;
      }
      default:
        break;
    }
    return a;
  }

  Result<SourceNode> Node(const ::onnx::NodeProto& proto) {
    SourceNode node;
    node.op_type = proto.op_type();
    node.domain = CanonicalDomain(proto.domain());
    node.name = proto.name();
    node.inputs.assign(proto.input().begin(), proto.input().end());
    node.outputs.assign(proto.output().begin(), proto.output().end());
    for (const auto& attribute : proto.attribute()) {
      auto read = ReadAttribute(attribute);
      if (!read.ok()) return Status(read.status()).Within(node.Describe());
      if (!node.attributes.emplace(attribute.name(), std::move(read).value()).second) {
        return BadPlan("has attribute '" + attribute.name() + "' twice", node.Describe());
      }
    }
    return node;
  }

  static SourceInput Input(const ::onnx::ValueInfoProto& proto) {
    SourceInput input;
    input.name = proto.name();
    if (!proto.type().has_tensor_type()) return input;
    const auto& type = proto.type().tensor_type();
    input.element_type = type.elem_type();
    input.dtype = ImportedDType(type.elem_type());
    input.has_shape = type.has_shape();
    for (const auto& dim : type.shape().dim()) {
      input.dims.push_back(dim.has_dim_value() ? Dim{dim.dim_value(), {}} : Dim{-1, dim.dim_param()});
    }
    return input;
  }

  Result<SourceGraph> Graph(::onnx::GraphProto& proto) {
    SourceGraph graph;
    graph.name = proto.name();
    std::set<std::string> names;
    if (proto.sparse_initializer_size() > 0) return Unsupported("sparse initializers are not supported", proto.name());
    for (auto& initializer : *proto.mutable_initializer()) {
      VITRT_ASSIGN_OR_RETURN(ConstantData data, ReadTensor(initializer, external_));
      if (!names.insert(initializer.name()).second)
        return BadPlan("two initializers have one name", initializer.name());
      graph.initializers.emplace_back(initializer.name(), std::move(data));
      initializer.Clear();  // the weights are held once
    }
    for (const auto& input : proto.input()) {
      // Until IR version 3 every initializer was also an input.
      if (!names.count(input.name())) graph.inputs.push_back(Input(input));
    }
    for (const auto& output : proto.output()) {
      graph.outputs.push_back(output.name());
      graph.output_types.push_back(output.type().tensor_type().elem_type());
    }
    for (const auto& node : proto.node()) {
      VITRT_ASSIGN_OR_RETURN(SourceNode read, Node(node));
      graph.nodes.push_back(std::move(read));
    }
    return graph;
  }

  Result<SourceFunction> Function(const ::onnx::FunctionProto& proto, const Opsets& model_opsets) {
    SourceFunction function;
    function.name = proto.name();
    function.domain = CanonicalDomain(proto.domain());
    function.inputs.assign(proto.input().begin(), proto.input().end());
    function.outputs.assign(proto.output().begin(), proto.output().end());
    function.opsets = model_opsets;
    for (const auto& entry : proto.opset_import()) function.opsets[CanonicalDomain(entry.domain())] = entry.version();
    for (const auto& node : proto.node()) {
      VITRT_ASSIGN_OR_RETURN(SourceNode read, Node(node));
      function.nodes.push_back(std::move(read));
    }
    return function;
  }

  ExternalData external_;
};

Result<SourceModel> Parse(const std::string& path, int file) {
  ::onnx::ModelProto proto;
  google::protobuf::io::FileInputStream stream(file);
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetTotalBytesLimit(kMaxModelBytes);
  coded.SetRecursionLimit(kMaxNesting);
  if (!proto.ParseFromCodedStream(&coded)) return BadPlan("is damaged or not an ONNX model");
  const std::string folder = os::NameOf(os::PathOf(path).parent_path());
  return Reader(folder.empty() ? "." : folder).Model(proto);
}

}  // namespace

std::string SourceNode::Describe() const {
  const std::string& label = !name.empty() || outputs.empty() ? name : outputs[0];
  return op_type + " '" + label + "'";
}

Result<SourceModel> ReadModel(const std::string& path) {
  if (os::IsFolder(path)) return BadPlan("is a folder, not a model file", path);
  const int file = os::Open(path, os::kRead);
  if (file < 0) return BadPlan("cannot open the model file", path);
  auto model = Parse(path, file);
  os::Close(file);
  if (!model.ok()) return Status(model.status()).Within(path);
  return model;
}

}  // namespace vitrt::convert::onnx_import
