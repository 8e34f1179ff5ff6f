// Requests and responses of the Open Inference Protocol's `infer`, as text: nothing here knows a plan or a socket.
// A request may come from anyone: every number in it is checked, and what it allocates is bounded by its own size.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/line/serve/tensor.h"
#include "vitrt/status.h"

namespace vitrt::serve {

struct InputTensor {
  std::string name;
  TensorValue value;
};

struct RequestedOutput {
  std::string name;
  bool binary = false;
};

// "parameters" of a request that vitrt knows; others are ignored, as the protocol asks.
struct Parameters {
  std::string threshold, exit, policy;  // as the options of `vitrt infer`; "" as not given
  std::optional<double> deadline_ms;    // from the arrival of the request
  int top = 1;
  std::string part;  // the part or trigger that the image shows: goes into the log
};

struct InferRequest {
  std::string id;
  std::vector<InputTensor> inputs;
  std::vector<RequestedOutput> outputs;  // empty: the server's choice
  bool binary_outputs = false;           // of outputs that are not named
  Parameters parameters;
};

// `json_bytes`: the value of Inference-Header-Content-Length, where the request has one: the JSON ends there and the
// binary parts follow. Errors: kInvalidArgument.
Result<InferRequest> ParseInferRequest(std::string_view body, std::optional<uint64_t> json_bytes);

struct OutputTensor {
  std::string name;
  TensorValue value;
  bool binary = false;
};

struct InferResponse {
  std::string body;
  std::optional<size_t> json_bytes;  // set where binary parts follow the JSON
};

// `parameters` may be null.
InferResponse WriteInferResponse(const std::string& model, const std::string& version, const std::string& id,
                                 const std::vector<OutputTensor>& outputs, const nlohmann::ordered_json& parameters);

// {"error": "..."}, as every error of the protocol.
std::string ErrorBody(const Status& status);

}  // namespace vitrt::serve
