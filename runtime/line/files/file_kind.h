// The kinds of files that vitrt writes, each by how its content begins: what stands under the name of an output is
// replaced or added to only where it is of that output's kind. CheckOutputs (same_file.h) asks for all outputs of a
// command at once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "vitrt/status.h"

namespace vitrt::line {

struct FileKind {
  const char* what;            // for messages: "a log of --log"
  std::string_view start;      // how such a file starts
  std::string_view mark = {};  // and what it holds at `mark_at`, where the start alone would fit files of others
  size_t mark_at = 0;          // bytes from the start
};

// The one list. Every version of vitrt must write what the kind of its output says here, or it could not replace what it
// wrote itself; the test "every output may be written again" holds both together.
namespace kinds {
inline constexpr FileKind kPlan = {"a plan", "VITRTPLN"};  // plan_format.h
inline constexpr FileKind kArray = {"a .npy file", "\x93NUMPY"};
inline constexpr FileKind kPlot = {"a plot (SVG)", "<svg xmlns='http"};
// EncodePng puts the name of the software behind the header of fixed length: a camera's PNG is none.
inline constexpr std::string_view kHeatMapSoftware = "vitrt scan";
inline constexpr FileKind kHeatMap = {"a heat map of vitrt scan", "\x89PNG\r\n\x1a\n",
                                      std::string_view("tEXtSoftware\0vitrt scan", 23), 37};
inline constexpr FileKind kPage = {
    "a page of vitrt monitor",
    "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n<title>vitrt monitor: "};
inline constexpr FileKind kLog = {"a log of --log", "{\"time\":\""};
inline constexpr FileKind kMetrics = {"a file of --metrics", "# HELP vitrt_"};
inline constexpr FileKind kJsonLines = {"a file of --json-out", "{\"image\":"};
inline constexpr FileKind kCsvLines = {"a file of --csv-out", "image,label,class,"};
inline constexpr FileKind kEvalTable = {"a table of vitrt eval", "image,label,answer,"};
inline constexpr FileKind kRawTimes = {"raw times of vitrt bench", "plan,batch,session,run,ms"};
inline constexpr FileKind kTrace = {"a trace of vitrt bench", "{\"displayTimeUnit\":\"ms\""};
inline constexpr FileKind kTuneFile = {"a tune file", "{\"vitrt_tune\":1,"};  // tune_file.h
inline constexpr FileKind kBacklog = {"a backlog of --mqtt", "vitrt-backlog 1\n"};
}  // namespace kinds

// A file may be written as this kind if it is not there, is empty, is no regular file (a device, a FIFO, a folder, which
// its writer refuses), or starts so (one that was cut short in its first bytes too). Errors: kInvalidArgument.
Status CheckKind(const std::string& path, const FileKind& kind);

}  // namespace vitrt::line
