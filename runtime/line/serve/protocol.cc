#include "runtime/line/serve/protocol.h"

#include <cmath>

#include "runtime/base/check.h"

namespace vitrt::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxTensors = 64;  // inputs, and outputs, of one request
constexpr int kMaxTop = 1000;

const Json* Find(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

Result<std::string> Text(const Json& object, const char* key, bool required) {
  const Json* value = Find(object, key);
  if (value == nullptr && !required) return std::string();
  if (value == nullptr || !value->is_string()) return InvalidArgument(std::string("'") + key + "' is no string");
  return value->get<std::string>();
}

Result<bool> Flag(const Json& parameters, const char* key) {
  const Json* value = Find(parameters, key);
  if (value == nullptr) return false;
  if (!value->is_boolean()) return InvalidArgument(std::string("parameter '") + key + "' is not true or false");
  return value->get<bool>();
}

// The "parameters" of a request or of one of its tensors.
Result<Json> ParametersOf(const Json& object) {
  const Json* parameters = Find(object, "parameters");
  if (parameters == nullptr) return Json::object();
  if (!parameters->is_object()) return InvalidArgument("'parameters' is no object");
  return *parameters;
}

// A number, or the text that `vitrt infer` would take.
Result<std::string> NumberOrText(const Json& parameters, const char* key) {
  const Json* value = Find(parameters, key);
  if (value == nullptr) return std::string();
  if (value->is_string()) return value->get<std::string>();
  if (value->is_number()) return value->dump();
  return InvalidArgument(std::string("parameter '") + key + "' is no number and no string");
}

Status ParseParameters(const Json& object, InferRequest* request) {
  VITRT_ASSIGN_OR_RETURN(const Json json, ParametersOf(object));
  Parameters& p = request->parameters;
  VITRT_ASSIGN_OR_RETURN(request->binary_outputs, Flag(json, "binary_data_output"));
  VITRT_ASSIGN_OR_RETURN(p.threshold, NumberOrText(json, "threshold"));
  VITRT_ASSIGN_OR_RETURN(p.exit, Text(json, "exit", false));
  VITRT_ASSIGN_OR_RETURN(p.policy, Text(json, "exit_policy", false));
  VITRT_ASSIGN_OR_RETURN(p.part, NumberOrText(json, "part"));
  if (const Json* deadline = Find(json, "deadline_ms")) {
    if (!deadline->is_number() || !(deadline->get<double>() > 0) || !std::isfinite(deadline->get<double>())) {
      return InvalidArgument("parameter 'deadline_ms' is no time above 0");
    }
    p.deadline_ms = deadline->get<double>();
  }
  if (const Json* top = Find(json, "top")) {
    if (!top->is_number_integer() || top->get<int64_t>() < 1 || top->get<int64_t>() > kMaxTop) {
      return InvalidArgument("parameter 'top' is no number of classes from 1 to " + std::to_string(kMaxTop));
    }
    p.top = top->get<int>();
  }
  return {};
}

Result<std::vector<int64_t>> ParseShape(const Json& object) {
  const Json* shape = Find(object, "shape");
  if (shape == nullptr || !shape->is_array() || shape->size() > 8) {
    return InvalidArgument("'shape' is no list of at most 8 sizes");
  }
  std::vector<int64_t> dims;
  for (const Json& dim : *shape) {
    if (!dim.is_number_integer() || dim.get<int64_t>() < 0) return InvalidArgument("'shape' holds no size");
    dims.push_back(dim.get<int64_t>());
  }
  return dims;
}

// Takes the tensor's binary part from the front of `rest`, where it has one.
Result<TensorValue> ParseValue(const Json& object, std::string_view* rest) {
  TensorValue tensor;
  VITRT_ASSIGN_OR_RETURN(const std::string datatype, Text(object, "datatype", true));
  VITRT_ASSIGN_OR_RETURN(tensor.type, ParseDatatype(datatype));
  VITRT_ASSIGN_OR_RETURN(tensor.shape, ParseShape(object));
  VITRT_ASSIGN_OR_RETURN(const Json parameters, ParametersOf(object));
  const Json* data = Find(object, "data");
  if (const Json* size = Find(parameters, "binary_data_size")) {
    if (data != nullptr) return InvalidArgument("both 'data' and 'binary_data_size'");
    if (!size->is_number_unsigned() || size->get<uint64_t>() > rest->size()) {
      return InvalidArgument("'binary_data_size' is larger than the data that follows");
    }
    VITRT_RETURN_IF_ERROR(FromBinary(rest->substr(0, size->get<size_t>()), &tensor));
    rest->remove_prefix(size->get<size_t>());
    return tensor;
  }
  if (data == nullptr) return InvalidArgument("neither 'data' nor 'binary_data_size'");
  VITRT_ASSIGN_OR_RETURN(const std::string content, Text(parameters, "content_type", false));
  if (!content.empty() && content != "base64") {
    return InvalidArgument("content_type '" + content + "' is not served", "", "served is base64, of BYTES");
  }
  VITRT_RETURN_IF_ERROR(FromJson(*data, content == "base64", &tensor));
  return tensor;
}

// The array of objects called `key`. Errors: kInvalidArgument.
Result<std::vector<const Json*>> Objects(const Json& json, const char* key, bool required) {
  std::vector<const Json*> objects;
  const Json* list = Find(json, key);
  if (list == nullptr && !required) return objects;
  if (list == nullptr || !list->is_array() || list->size() > kMaxTensors) {
    return InvalidArgument(std::string("'") + key + "' is no list of at most " + std::to_string(kMaxTensors) +
                           " tensors");
  }
  for (const Json& item : *list) {
    if (!item.is_object()) return InvalidArgument(std::string("'") + key + "' holds something that is no tensor");
    objects.push_back(&item);
  }
  return objects;
}

}  // namespace

Result<InferRequest> ParseInferRequest(std::string_view body, std::optional<uint64_t> json_bytes) {
  if (json_bytes.value_or(0) > body.size()) {
    return InvalidArgument("Inference-Header-Content-Length is larger than the body");
  }
  const std::string_view text = body.substr(0, json_bytes.value_or(body.size()));
  std::string_view rest = body.substr(text.size());
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return InvalidArgument("the request is no JSON object");

  InferRequest request;
  VITRT_ASSIGN_OR_RETURN(request.id, Text(json, "id", false));
  VITRT_RETURN_IF_ERROR(ParseParameters(json, &request));
  VITRT_ASSIGN_OR_RETURN(const std::vector<const Json*> inputs, Objects(json, "inputs", true));
  for (const Json* item : inputs) {
    InputTensor input;
    VITRT_ASSIGN_OR_RETURN(input.name, Text(*item, "name", true));
    Result<TensorValue> value = ParseValue(*item, &rest);
    if (!value.ok()) return Status(value.status()).Within("input '" + input.name + "'");
    input.value = std::move(value).value();
    request.inputs.push_back(std::move(input));
  }
  if (!rest.empty()) return InvalidArgument(std::to_string(rest.size()) + " bytes follow the last binary tensor");
  VITRT_ASSIGN_OR_RETURN(const std::vector<const Json*> outputs, Objects(json, "outputs", false));
  for (const Json* item : outputs) {
    RequestedOutput output;
    VITRT_ASSIGN_OR_RETURN(output.name, Text(*item, "name", true));
    VITRT_ASSIGN_OR_RETURN(const Json parameters, ParametersOf(*item));
    VITRT_ASSIGN_OR_RETURN(output.binary, Flag(parameters, "binary_data"));
    if (Find(parameters, "binary_data") == nullptr) output.binary = request.binary_outputs;
    request.outputs.push_back(std::move(output));
  }
  return request;
}

InferResponse WriteInferResponse(const std::string& model, const std::string& version, const std::string& id,
                                 const std::vector<OutputTensor>& outputs, const Json& parameters) {
  Json json = {{"model_name", model}, {"model_version", version}};
  if (!id.empty()) json["id"] = id;
  if (!parameters.is_null()) json["parameters"] = parameters;
  json["outputs"] = Json::array();
  std::string binary;
  bool any_binary = false;
  for (const OutputTensor& output : outputs) {
    Json item = {{"name", output.name}, {"datatype", DatatypeName(output.value.type)}, {"shape", output.value.shape}};
    if (output.binary) {
      const std::string part = ToBinary(output.value);
      item["parameters"] = {{"binary_data_size", part.size()}};
      binary += part;
      any_binary = true;
    } else {
      item["data"] = ToJson(output.value);
    }
    json["outputs"].push_back(std::move(item));
  }
  InferResponse response;
  response.body = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (any_binary) response.json_bytes = response.body.size();
  response.body += binary;
  return response;
}

std::string ErrorBody(const Status& status) {
  std::string text = status.ToString();
  if (!status.hint().empty()) text += "; " + status.hint();
  return Json({{"error", text}}).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vitrt::serve
