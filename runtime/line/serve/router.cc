#include "runtime/line/serve/router.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "runtime/line/serve/protocol.h"
#include "runtime/line/serve/task.h"

namespace vitrt::serve {
namespace {

using Json = nlohmann::ordered_json;

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// "/v2/models/a%20b" -> {"v2", "models", "a b"}: split first, so that an escaped slash is part of a name. A name is
// only ever looked up, never opened. Broken escapes stay as they are.
std::vector<std::string> PathOf(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '/') {
      parts.emplace_back();
      continue;
    }
    if (parts.empty()) parts.emplace_back();
    const auto high = i + 2 < path.size() && path[i] == '%' ? HexDigit(path[i + 1]) : std::nullopt;
    const auto low = high ? HexDigit(path[i + 2]) : std::nullopt;
    if (low) {
      parts.back() += static_cast<char>(*high * 16 + *low);
      i += 2;
    } else {
      parts.back() += path[i];
    }
  }
  if (!parts.empty() && parts.back().empty()) parts.pop_back();
  return parts;
}

Response JsonResponse(const Json& json) {
  Response response;
  response.body = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

Response NotFound(const std::string& what) { return ErrorResponse(404, InvalidArgument(what)); }

Response Plain(int status) {
  Response response;
  response.status = status;
  response.body = "{}";
  return response;
}

Json TensorMetadata(const std::string& name, Datatype type, const std::vector<int64_t>& image_shape) {
  std::vector<int64_t> shape = {-1};
  shape.insert(shape.end(), image_shape.begin(), image_shape.end());
  return {{"name", name}, {"datatype", DatatypeName(type)}, {"shape", shape}};
}

Response Metadata(const ServedModel& model, const Generation& generation) {
  const PlanInfo& info = generation.engine.info();
  Json json = {{"name", model.name()}, {"versions", {VersionOf(generation)}}, {"platform", "vitrt_plan"}};
  json["inputs"] = {
      TensorMetadata(info.input.name, Datatype::kFp32, {info.input.dims.begin() + 1, info.input.dims.end()}),
      TensorMetadata(ImageInputName(info), Datatype::kBytes, {})};
  json["outputs"] = Json::array();
  for (const OutputSpec& spec : OutputsOf(info, 1)) {
    json["outputs"].push_back(TensorMetadata(spec.name, spec.type, spec.image_shape));
  }
  return JsonResponse(json);
}

}  // namespace

ServedModel* Router::Find(const std::string& name) const {
  for (const auto& model : models_) {
    if (model->name() == name) return model.get();
  }
  return nullptr;
}

// A model whose first plan did not load is not ready; one whose replacement did not load keeps the old plan.
bool Router::Ready() const {
  for (const auto& model : models_) {
    if (!model->current()) return false;
  }
  return !draining_;
}

// path: {"v2", "models", NAME, ...}
Response Router::GetModel(const std::vector<std::string>& path) const {
  const ServedModel* model = Find(path[2]);
  if (model == nullptr) return NotFound("no model is called '" + path[2] + "'");
  std::vector<std::string> rest(path.begin() + 3, path.end());
  const std::shared_ptr<Generation> generation = model->current();
  if (rest.size() >= 2 && rest[0] == "versions") {
    if (!generation || rest[1] != VersionOf(*generation)) return NotFound("no such version of '" + path[2] + "'");
    rest.erase(rest.begin(), rest.begin() + 2);
  }
  const bool asks_ready = rest.size() == 1 && rest[0] == "ready";
  if (!rest.empty() && !asks_ready) return NotFound("no such path");
  if (!generation) return ErrorResponse(503, model->problem());
  return asks_ready ? Plain(draining_ ? 503 : 200) : Metadata(*model, *generation);
}

Response Router::Get(const std::vector<std::string>& path) const {
  if (path.size() == 1 && path[0] == "metrics") {
    Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    audit::PrometheusText text;
    metrics_.AddTo(scheduler_.waiting(), scheduler_.running(), &text);
    recorder_.AddTo(&text);
    response.body = text.Text();
    return response;
  }
  if (path.empty() || path[0] != "v2") return NotFound("no such path");
  if (path.size() == 1) {
    return JsonResponse({{"name", "vitrt"}, {"version", version_}, {"extensions", {"binary_tensor_data"}}});
  }
  if (path.size() == 3 && path[1] == "health" && path[2] == "live") return Plain(200);
  if (path.size() == 3 && path[1] == "health" && path[2] == "ready") return Plain(Ready() ? 200 : 503);
  if (path.size() >= 3 && path[1] == "models") return GetModel(path);
  return NotFound("no such path");
}

void Router::Infer(Request request, ServedModel* model, Respond respond) {
  InferJob job{model,           model->images_together(), std::move(request.body), request.json_bytes,
               request.arrived, std::move(respond)};
  if (scheduler_.Submit(std::move(job))) return;
  metrics_.CountRequest(model->name(), 429, 0);
  Response response = ErrorResponse(429, InvalidArgument("too many requests are waiting"));
  response.retry_after_seconds = 1;
  job.respond(std::move(response));  // NOLINT(bugprone-use-after-move): Submit left it as it was
}

void Router::Handle(Request request, Respond respond) {
  const std::vector<std::string> path = PathOf(request.path);
  const bool infers = path.size() >= 4 && path[0] == "v2" && path[1] == "models" && path.back() == "infer";
  if (!infers) {
    if (request.method != "GET") return respond(ErrorResponse(405, InvalidArgument("this path takes GET only")));
    return respond(Get(path));
  }
  if (request.method != "POST") return respond(ErrorResponse(405, InvalidArgument("infer takes POST only")));
  ServedModel* model = Find(path[2]);
  if (model == nullptr) return respond(NotFound("no model is called '" + path[2] + "'"));
  if (path.size() != 4 && !(path.size() == 6 && path[3] == "versions")) return respond(NotFound("no such path"));
  const std::shared_ptr<Generation> generation = model->current();
  if (!generation) return respond(ErrorResponse(503, model->problem()));
  if (path.size() == 6 && path[4] != VersionOf(*generation)) {
    return respond(NotFound("no such version of '" + path[2] + "'"));
  }
  Infer(std::move(request), model, std::move(respond));
}

}  // namespace vitrt::serve
