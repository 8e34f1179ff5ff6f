// The stored outcomes of ONNX node tests: one line each, "name evaluated plain optimised reason".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/onnx/node_tests.h"

namespace vitrt::test {

std::string OutcomeName(Verdict::Outcome outcome);  // "passed", "failed", "skipped"

// "passed passed skipped"; the reasons, which may be worded otherwise one day, are left out.
std::string Outcomes(const NodeTest& test);

std::string ListText(const std::vector<NodeTest>& tests);

// Outcomes by name; empty if there is no such file.
std::map<std::string, std::string> ReadList(const std::string& path);

}  // namespace vitrt::test
