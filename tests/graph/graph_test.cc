#include "converters/graph/graph.h"

#include <doctest/doctest.h>

#include <functional>

#include "converters/graph/ops.h"

namespace vitrt::convert {
namespace {

// input -> Relu -> Add(input) -> output
Graph Small() {
  Graph graph;
  graph.name = "small";
  graph.input = graph.AddValue("image", DType::F32, {1, 4});
  graph.input_name = "image";
  const ValueId relu = *graph.Append(ops::Unary(plan::UnaryFn::Relu), {graph.input}, "relu");
  const ValueId sum = *graph.Append(ops::Binary(plan::BinaryFn::Add), {relu, graph.input}, "sum");
  graph.outputs = {{"y", sum}};
  return graph;
}

TEST_SUITE("converters/graph") {
  TEST_CASE("a sound graph passes the check and evaluates") {
    const Graph graph = Small();
    CHECK(CheckGraph(graph).ok());
    const auto y = EvaluateGraph(graph, Tensor::FromF32({1, 4}, {-1, 0, 2, 3}));
    REQUIRE(y.ok());
    CHECK(ToF64Vector((*y)[0]) == std::vector<double>{-1, 0, 4, 6});
  }

  TEST_CASE("the check names what is broken") {
    struct Case {
      const char* title;
      std::function<void(Graph&)> damage;
      const char* message;
    };
    const Case cases[] = {
        {"order", [](Graph& g) { std::swap(g.nodes[0], g.nodes[1]); }, "before it is computed"},
        {"unknown input", [](Graph& g) { g.nodes[0]->inputs[0] = 99; }, "does not exist"},
        {"unknown output", [](Graph& g) { g.nodes[0]->outputs[0] = -1; }, "does not exist"},
        {"no output", [](Graph& g) { g.nodes[1]->outputs.clear(); }, "has no output"},
        {"two producers", [](Graph& g) { g.nodes[1]->outputs[0] = g.nodes[0]->outputs[0]; }, "already defined"},
        {"writes the input", [](Graph& g) { g.nodes[0]->outputs[0] = g.input; }, "already defined"},
        {"shape",
         [](Graph& g) {
           g.value(g.nodes[0]->outputs[0]).shape = {1, 5};
         },
         "but the op makes"},
        {"dtype", [](Graph& g) { g.value(g.nodes[0]->outputs[0]).dtype = DType::Bool; }, "but the op makes"},
        {"output never computed", [](Graph& g) { g.outputs[0].value = g.AddValue("z", DType::F32, {}); },
         "never computed"},
        {"two outputs of one name", [](Graph& g) { g.outputs.push_back(g.outputs[0]); }, "one name"},
        {"constant input",
         [](Graph& g) {
           g.value(g.input).constant = Tensor::Zeros(DType::F32, {1, 4});
         },
         "is a constant"},
        {"constant of another shape",
         [](Graph& g) { g.value(g.AddConstant("c", Tensor::Zeros(DType::F32, {2}))).shape = {3}; },
         "differs from the type"},
        {"constant of too few bytes",
         [](Graph& g) {
           Tensor t = Tensor::Zeros(DType::F32, {2});
           t.bytes = std::make_shared<std::vector<std::byte>>(4);
           g.AddConstant("c", t);
         },
         "wrong number of bytes"},
    };
    for (const Case& c : cases) {
      INFO(c.title);
      Graph graph = Small();
      c.damage(graph);
      const Status status = CheckGraph(graph);
      CHECK(status.code() == StatusCode::kInternal);
      CHECK_MESSAGE(status.what().find(c.message) != std::string::npos, status.ToString());
    }
  }

  TEST_CASE("appending an op that does not fit names the node") {
    Graph graph = Small();
    const auto bad = graph.Append(ops::Softmax(7), {graph.input}, "blocks.0/softmax");
    CHECK(bad.status().where() == "blocks.0/softmax");
  }

  TEST_CASE("dead nodes and the data of dead constants go") {
    Graph graph = Small();
    const ValueId c = graph.AddConstant("c", Tensor::Zeros(DType::F32, {4}));
    const ValueId dead = *graph.Append(ops::Binary(plan::BinaryFn::Mul), {graph.input, c}, "dead");
    REQUIRE(graph.Append(ops::Unary(plan::UnaryFn::Relu), {dead}, "deader").ok());
    CHECK(graph.RemoveDead() == 2);
    CHECK(graph.nodes.size() == 2);
    CHECK_FALSE(graph.is_constant(c));
    CHECK(CheckGraph(graph).ok());
  }

  TEST_CASE("uses: producers, readers, outputs") {
    Graph graph = Small();
    const Graph::Uses uses = graph.ComputeUses();
    CHECK(uses.producer == std::vector<int>{-1, 0, 1});
    CHECK(uses.readers[0] == std::vector<int>{0, 1});
    CHECK(uses.is_output == std::vector<bool>{false, false, true});
  }

  TEST_CASE("an op with two outputs") {
    Graph graph = Small();
    plan::OpUnion top;
    plan::TopKT attributes;
    attributes.axis = 1;
    attributes.largest = true;
    top.Set(std::move(attributes));
    const auto node = graph.AppendNode(top, {graph.input}, "top", ValueType{DType::F32, {1, 2}});
    REQUIRE(node.ok());
    graph.outputs = {{"values", (*node)->outputs[0]}, {"indices", (*node)->outputs[1]}};
    const auto y = EvaluateGraph(graph, Tensor::FromF32({1, 4}, {5, 7, 7, 1}));
    REQUIRE(y.ok());
    CHECK(ToF64Vector((*y)[0]) == std::vector<double>{7, 7});
    CHECK(ToI64Vector((*y)[1]) == std::vector<int64_t>{1, 2});
  }

  TEST_CASE("text shows inputs, nodes with attributes, outputs") {
    Graph graph = Small();
    const ValueId c = graph.AddConstant("c", Tensor::Zeros(DType::F32, {4, 2}));
    graph.outputs.push_back({"z", *graph.Append(ops::MatMul(), {graph.outputs[0].value, c}, "head")});
    graph.outputs.push_back({"p", *graph.Append(ops::Softmax(1), {graph.outputs[1].value}, "softmax")});
    const std::string text = ToText(graph);
    for (const char* part : {"graph small", "input image = %0 F32[1, 4]", "= Unary(%0)", "fn: Relu",
                             "MatMul(%2, %3:F32[4, 2])", "axis: 1", "\"head\"", "output y = %2 F32[1, 4]"}) {
      CHECK_MESSAGE(text.find(part) != std::string::npos, text);
    }
  }

  TEST_CASE("evaluation refuses inputs of another type") {
    CHECK(EvaluateGraph(Small(), Tensor::Zeros(DType::F32, {1, 5})).status().code() == StatusCode::kBadInput);
    CHECK(EvaluateGraph(Small(), std::vector<Tensor>{}).status().code() == StatusCode::kBadInput);
  }
}

}  // namespace
}  // namespace vitrt::convert
