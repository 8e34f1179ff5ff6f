#include "converters/onnx/op_table.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

namespace vitrt::convert::onnx_import {
namespace {

TEST_SUITE("converters/onnx") {
  TEST_CASE("the table is sorted and its opset ranges do not overlap") {
    const std::vector<Operator>& table = OpTable();
    for (size_t i = 0; i < table.size(); ++i) {
      INFO(table[i].op_type);
      CHECK(table[i].since <= table[i].until);
      if (i == 0) continue;
      const std::string before = table[i - 1].op_type, here = table[i].op_type;
      CHECK(before <= here);
      if (before == here) CHECK(table[i - 1].until < table[i].since);
    }
  }

  TEST_CASE("lookup by opset") {
    CHECK((*FindOp("Resize", 10))->since == 10);
    CHECK((*FindOp("Resize", 19))->since == 11);
    CHECK(FindOp("Gelu", 17).status().code() == StatusCode::kUnsupported);
    CHECK(FindOp("NoSuchOperator", 17).status().code() == StatusCode::kUnsupported);
    CHECK(FindOp("Relu", kNewestOpset + 1).status().code() == StatusCode::kUnsupported);
  }

  TEST_CASE("converters/README.md shows the table as it is") {
    std::ifstream file(std::string(VITRT_SOURCE_DIR) + "/converters/README.md");
    REQUIRE(file.good());
    const std::string readme((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const std::string table = OpTableMarkdown();
    const bool shown = readme.find(table) != std::string::npos;
    CHECK_MESSAGE(shown, "paste this into converters/README.md:\n", table);
  }
}

}  // namespace
}  // namespace vitrt::convert::onnx_import
