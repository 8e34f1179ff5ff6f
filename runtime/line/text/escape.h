// Names of files, labels, exits and nodes are untrusted. Escaped, they cannot move a terminal's cursor, start a line or
// run a spreadsheet formula.
#pragma once

#include <string>
#include <string_view>

namespace vitrt::line {

// Control characters (C0, DEL, C1, and those that turn or break text: U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066
// to U+2069) become \n, \t, \r, \x1b or \u202e, and bytes that are not UTF-8 \xff. For stderr, tables and CSV.
std::string Visible(std::string_view text);
std::string VisibleLines(std::string_view text);  // the same with line feeds as they are

// `json` as a serializer wrote it: what it left of these characters becomes \u007f and so on, which reads back the
// same.
std::string EscapeJson(std::string_view json);

// A spreadsheet takes a cell that starts with =, +, - or @ for a formula: it gets a ' in front, unless it is a number.
std::string NoFormula(std::string cell);

}  // namespace vitrt::line
