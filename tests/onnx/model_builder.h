// Small ONNX models and the folders they are written to.
#pragma once

#include <onnx/onnx_pb.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace vitrt::test {

// A new folder that goes away with its contents.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "vitrt_onnx_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string operator/(const std::string& file) const { return path_ + "/" + file; }

 private:
  std::string path_;
};

inline void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// NodeRef: sets attributes of a node in a chain: m.Node("Softmax", {"x"}, {"y"}).Int("axis", 1).
class NodeRef {
 public:
  explicit NodeRef(::onnx::NodeProto* node) : node_(node) {}
  NodeRef& Name(const std::string& name) { return node_->set_name(name), *this; }
  NodeRef& Domain(const std::string& domain) { return node_->set_domain(domain), *this; }
  NodeRef& Int(const std::string& name, int64_t value) {
    return New(name, ::onnx::AttributeProto::INT)->set_i(value), *this;
  }
  NodeRef& Float(const std::string& name, float value) {
    return New(name, ::onnx::AttributeProto::FLOAT)->set_f(value), *this;
  }
  NodeRef& String(const std::string& name, const std::string& value) {
    return New(name, ::onnx::AttributeProto::STRING)->set_s(value), *this;
  }
  NodeRef& Ints(const std::string& name, const std::vector<int64_t>& values) {
    auto* a = New(name, ::onnx::AttributeProto::INTS);
    for (int64_t value : values) a->add_ints(value);
    return *this;
  }
  NodeRef& Floats(const std::string& name, const std::vector<float>& values) {
    auto* a = New(name, ::onnx::AttributeProto::FLOATS);
    for (float value : values) a->add_floats(value);
    return *this;
  }
  NodeRef& Graph(const std::string& name, const ::onnx::GraphProto& graph) {
    return *New(name, ::onnx::AttributeProto::GRAPH)->mutable_g() = graph, *this;
  }
  NodeRef& Reference(const std::string& name, const std::string& of, ::onnx::AttributeProto::AttributeType type) {
    return New(name, type)->set_ref_attr_name(of), *this;
  }

 private:
  ::onnx::AttributeProto* New(const std::string& name, ::onnx::AttributeProto::AttributeType type) {
    auto* a = node_->add_attribute();
    a->set_name(name);
    a->set_type(type);
    return a;
  }
  ::onnx::NodeProto* node_;
};

template <typename Owner>  // GraphProto or FunctionProto
NodeRef AddNode(Owner& owner, const std::string& op, const std::vector<std::string>& inputs,
                const std::vector<std::string>& outputs) {
  auto* node = owner.add_node();
  node->set_op_type(op);
  for (const auto& name : inputs) node->add_input(name);
  for (const auto& name : outputs) node->add_output(name);
  return NodeRef(node);
}

class ModelBuilder {
 public:
  explicit ModelBuilder(int64_t opset) {
    proto_.set_ir_version(8);
    auto* entry = proto_.add_opset_import();
    entry->set_domain("");
    entry->set_version(opset);
    proto_.mutable_graph()->set_name("test");
  }
  ::onnx::ModelProto& proto() { return proto_; }
  ::onnx::GraphProto& graph() { return *proto_.mutable_graph(); }

  // dims: -1 is symbolic.
  ModelBuilder& Input(const std::string& name, const std::vector<int64_t>& dims,
                      int type = ::onnx::TensorProto::FLOAT) {
    auto* input = graph().add_input();
    input->set_name(name);
    auto* tensor = input->mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(type);
    for (int64_t dim : dims) {
      auto* d = tensor->mutable_shape()->add_dim();
      if (dim < 0)
        d->set_dim_param("N");
      else
        d->set_dim_value(dim);
    }
    return *this;
  }
  ModelBuilder& Output(const std::string& name) { return graph().add_output()->set_name(name), *this; }
  NodeRef Node(const std::string& op, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs) {
    return AddNode(graph(), op, inputs, outputs);
  }
  ::onnx::TensorProto* Tensor(const std::string& name, int type, const std::vector<int64_t>& dims) {
    auto* tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(type);
    for (int64_t dim : dims) tensor->add_dims(dim);
    return tensor;
  }
  ModelBuilder& Floats(const std::string& name, const std::vector<int64_t>& dims, const std::vector<float>& values) {
    auto* tensor = Tensor(name, ::onnx::TensorProto::FLOAT, dims);
    for (float value : values) tensor->add_float_data(value);
    return *this;
  }
  ModelBuilder& Integers(const std::string& name, const std::vector<int64_t>& dims,
                         const std::vector<int64_t>& values) {
    auto* tensor = Tensor(name, ::onnx::TensorProto::INT64, dims);
    for (int64_t value : values) tensor->add_int64_data(value);
    return *this;
  }
  std::string Write(const std::string& path) const {
    WriteFile(path, proto_.SerializeAsString());
    return path;
  }

 private:
  ::onnx::ModelProto proto_;
};

}  // namespace vitrt::test
