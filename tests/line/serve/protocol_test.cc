#include "runtime/line/serve/protocol.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

namespace vitrt::serve {
namespace {

std::string Length(uint32_t n) { return std::string(reinterpret_cast<const char*>(&n), sizeof n); }

TEST_SUITE("runtime/line/serve/protocol") {
  TEST_CASE("a request in JSON gives its tensors, flat or nested, and its parameters") {
    const auto request = ParseInferRequest(
        R"({"id": "part 7", "parameters": {"threshold": 0.9, "exit": "last", "deadline_ms": 20, "top": 3, "other": [1]},
            "inputs": [{"name": "x", "datatype": "FP32", "shape": [2, 2], "data": [[1, 2.5], [-3e2, 0]]}],
            "outputs": [{"name": "class"}, {"name": "logits", "parameters": {"binary_data": true}}]})",
        std::nullopt);
    REQUIRE(request.ok());
    CHECK(request->id == "part 7");
    CHECK(request->parameters.threshold == "0.9");
    CHECK(request->parameters.exit == "last");
    CHECK(request->parameters.deadline_ms == 20);
    CHECK(request->parameters.top == 3);
    const TensorValue& x = request->inputs[0].value;
    REQUIRE(x.bytes.size() == 16);
    float values[4];
    std::memcpy(values, x.bytes.data(), sizeof values);
    CHECK(values[1] == 2.5f);
    CHECK(values[2] == -300.0f);
    REQUIRE(request->outputs.size() == 2);
    CHECK_FALSE(request->outputs[0].binary);
    CHECK(request->outputs[1].binary);
  }

  TEST_CASE("binary parts follow the JSON in the order of the inputs") {
    const std::string json =
        R"({"inputs": [{"name": "image", "datatype": "BYTES", "shape": [2], "parameters": {"binary_data_size": 13}},
                       {"name": "n", "datatype": "INT64", "shape": [1], "parameters": {"binary_data_size": 8}}],
            "parameters": {"binary_data_output": true}})";
    const int64_t n = -5;
    const std::string body = json + Length(3) + "abc" + Length(2) + std::string("\0z", 2) +
                             std::string(reinterpret_cast<const char*>(&n), sizeof n);
    const auto request = ParseInferRequest(body, json.size());
    REQUIRE(request.ok());
    CHECK(request->inputs[0].value.elements == std::vector<std::string>{"abc", std::string("\0z", 2)});
    CHECK(request->inputs[1].value.bytes.size() == 8);
    CHECK(request->binary_outputs);
  }

  TEST_CASE("image files in JSON are base64 where the input says so") {
    const auto parse = [](const std::string& text) {
      return ParseInferRequest(R"({"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": [")" + text +
                                   R"("], "parameters": {"content_type": "base64"}}]})",
                               std::nullopt);
    };
    REQUIRE(parse("iVBO/w==").ok());
    CHECK(parse("iVBO/w==")->inputs[0].value.elements[0] == "\x89PN\xff");
    CHECK(parse("")->inputs[0].value.elements[0].empty());
    for (const char* broken : {"iVBO/w=", "iVB", "i*BO", "====", "=aaa", "aa=a"}) {
      CAPTURE(broken);
      CHECK_FALSE(parse(broken).ok());
    }
  }

  TEST_CASE("what is no request is refused, and the error says what is wrong") {
    const struct {
      const char* title;
      std::string body;
      std::optional<uint64_t> json_bytes;
      const char* says;
    } kCases[] = {
        {"broken JSON", R"({"inputs": 3)", {}, "no JSON object"},
        {"an array", "[]", {}, "no JSON object"},
        {"inputs that are no list", R"({"inputs": 3})", {}, "'inputs' is no list"},
        {"no inputs", "{}", {}, "'inputs' is no list"},
        {"an input that is no object", R"({"inputs": [3]})", {}, "no tensor"},
        {"a JSON length beyond the body", "{}", 3, "larger than the body"},
        {"bytes that belong to nothing", R"({"inputs": []} )", 14, "follow the last"},
        {"no name", R"({"inputs": [{"datatype": "FP32", "shape": [1], "data": [1]}]})", {}, "'name'"},
        {"an unknown datatype",
         R"({"inputs": [{"name": "x", "datatype": "FP8", "shape": [1], "data": [1]}]})",
         {},
         "FP8"},
        {"too few elements",
         R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [2], "data": [1]}]})",
         {},
         "1 elements"},
        {"too many elements",
         R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1, 2]}]})",
         {},
         "more elements"},
        {"a negative size",
         R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [-1], "data": [1]}]})",
         {},
         "shape"},
        {"a shape that overflows",
         R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [4294967296, 4294967296], "data": [1]}]})",
         {},
         "out of range"},
        {"text for a number",
         R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": ["1"]}]})",
         {},
         "no FP32"},
        {"a number that does not fit",
         R"({"inputs": [{"name": "x", "datatype": "UINT8", "shape": [1], "data": [256]}]})",
         {},
         "no UINT8"},
        {"a negative unsigned",
         R"({"inputs": [{"name": "x", "datatype": "UINT8", "shape": [1], "data": [-1]}]})",
         {},
         "no UINT8"},
        {"a binary size beyond the body",
         R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "parameters": {"binary_data_size": 4}}]})",
         {},
         "larger than the data"},
        {"a deadline of nothing", R"({"inputs": [], "parameters": {"deadline_ms": 0}})", {}, "deadline_ms"},
        {"a deadline of text", R"({"inputs": [], "parameters": {"deadline_ms": "soon"}})", {}, "deadline_ms"},
        {"top of no classes", R"({"inputs": [], "parameters": {"top": 0}})", {}, "top"},
        {"parameters that are a list", R"({"inputs": [], "parameters": []})", {}, "parameters"},
        {"arrays in arrays without end",
         R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": )" + std::string(5000, '[') +
             std::string(5000, ']') + "}]}",
         {},
         "nested"},
    };
    for (const auto& c : kCases) {
      CAPTURE(c.title);
      const auto request = ParseInferRequest(c.body, c.json_bytes);
      REQUIRE_FALSE(request.ok());
      CHECK(request.status().code() == StatusCode::kInvalidArgument);
      CHECK(request.status().ToString().find(c.says) != std::string::npos);
    }
  }

  TEST_CASE("BYTES elements that lie about their length are refused") {
    const auto parse = [](const std::string& bytes, int count) {
      const std::string json = R"({"inputs": [{"name": "i", "datatype": "BYTES", "shape": [)" + std::to_string(count) +
                               R"(], "parameters": {"binary_data_size": )" + std::to_string(bytes.size()) + "}}]}";
      return ParseInferRequest(json + bytes, json.size()).ok();
    };
    CHECK(parse(Length(1) + "a", 1));
    CHECK_FALSE(parse(Length(2) + "a", 1));
    CHECK_FALSE(parse(Length(0xffffffff) + "a", 1));
    CHECK_FALSE(parse(std::string("\1\0", 2), 1));
    CHECK_FALSE(parse(Length(1) + "a", 2));
    CHECK_FALSE(parse(Length(1) + "a" + Length(1) + "b", 1));
  }

  TEST_CASE("a response says what a request would read, in JSON and in binary") {
    TensorValue logits{.type = Datatype::kFp32, .shape = {1, 3}, .bytes = {}, .elements = {}};
    const float values[3] = {0.9f, -1.5f, NAN};
    logits.bytes.resize(sizeof values);
    std::memcpy(logits.bytes.data(), values, sizeof values);
    const TensorValue label{.type = Datatype::kBytes, .shape = {1}, .bytes = {}, .elements = {"cr\"ack"}};
    const InferResponse text =
        WriteInferResponse("m", "1", "7", {{"logits", logits, false}, {"label", label, false}}, nullptr);
    CHECK_FALSE(text.json_bytes);
    CHECK(
        text.body ==
        R"({"model_name":"m","model_version":"1","id":"7","outputs":[{"name":"logits","datatype":"FP32","shape":[1,3],)"
        R"("data":[0.9,-1.5,null]},{"name":"label","datatype":"BYTES","shape":[1],"data":["cr\"ack"]}]})");
    const InferResponse binary =
        WriteInferResponse("m", "1", "", {{"logits", logits, true}, {"label", label, true}}, nullptr);
    REQUIRE(binary.json_bytes);
    CHECK(binary.body.size() == *binary.json_bytes + 12 + 4 + 6);
    CHECK(binary.body.substr(*binary.json_bytes, 12) == std::string(reinterpret_cast<const char*>(values), 12));
    CHECK(binary.body.substr(*binary.json_bytes + 12) == Length(6) + "cr\"ack");
  }
}

}  // namespace
}  // namespace vitrt::serve
