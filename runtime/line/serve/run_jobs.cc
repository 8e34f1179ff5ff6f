#include "runtime/line/serve/run_jobs.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>

#include "runtime/base/check.h"
#include "runtime/line/serve/task.h"

namespace vitrt::serve {
namespace {

using Clock = std::chrono::steady_clock;

// A job and its state.
struct Item {
  InferJob job;
  std::chrono::duration<double, std::milli> waited{};
  std::optional<Task> task;
};

// An image of a batch: of which item, and which of its images.
struct Place {
  Item* item;
  int image;
};

ServedImage ImageAt(const Place& place, const PredictionRecorder& recorder) {
  const Task& task = *place.item->task;
  return {{task.image_name(place.image), place.item->job.model->name(), task.part()},
          recorder.keeps() ? task.image_hash(place.image) : "",
          task.run()};
}

Status RunPlaces(const std::vector<Place>& places, const Generation& generation, Session* session,
                 const Telemetry& telemetry) {
  const PlanInfo& info = generation.engine.info();
  const Task& first = *places[0].item->task;
  std::vector<ImageView> frames;
  if (first.takes_images()) {
    for (const Place& place : places) frames.push_back(place.item->task->frame(place.image));
  }
  const int n = static_cast<int>(places.size());
  VITRT_ASSIGN_OR_RETURN(const auto predictions,
                         first.takes_images() ? session->RunFrames(frames, first.run())
                                              : session->RunTensor(first.tensor(places[0].image, n), n, first.run()));
  for (int i = 0; i < n; ++i) {
    const Place& place = places[static_cast<size_t>(i)];
    place.item->task->Keep(info, *session, i, n, predictions[static_cast<size_t>(i)]);
    telemetry.predictions.Classified(generation, ImageAt(place, telemetry.predictions),
                                     predictions[static_cast<size_t>(i)]);
  }
  telemetry.requests.CountBatch(n);
  return {};
}

// Items whose tasks go with each other, in batches as large as the session takes.
Status RunTogether(const std::vector<Item*>& items, Generation* generation, const Telemetry& telemetry) {
  SessionPool::Lease session = generation->sessions.Take();
  const auto most = static_cast<size_t>(generation->together);
  std::vector<Place> places;
  for (Item* item : items) {
    for (int i = 0; i < item->task->images(); ++i) {
      places.push_back({item, i});
      const bool last = item == items.back() && i + 1 == item->task->images();
      if (places.size() < most && !last) continue;
      VITRT_RETURN_IF_ERROR(RunPlaces(places, *generation, &*session, telemetry));
      places.clear();
    }
  }
  return {};
}

void Send(Item* item, Response response, const Telemetry& telemetry) {
  telemetry.requests.CountRequest(item->job.model->name(), response.status,
                                  std::chrono::duration<double>(Clock::now() - item->job.arrived).count());
  item->job.respond(std::move(response));
}

// Parses and checks; on an error responds, and leaves the item without a task.
void Prepare(Item* item, const Generation& generation, const Telemetry& telemetry) {
  item->waited = Clock::now() - item->job.arrived;
  Result<InferRequest> request = ParseInferRequest(item->job.body, item->job.json_bytes);
  item->job.body = std::string();
  if (!request.ok()) return Send(item, ErrorResponse(request.status()), telemetry);
  const std::string id = request->id, part = request->parameters.part;
  Result<Task> task = Task::Create(generation, std::move(request).value(), item->waited);
  if (!task.ok()) {
    if (task.status().code() == StatusCode::kBadInput) {
      const audit::Source source{id.empty() ? "request" : id, item->job.model->name(), part.empty() ? id : part};
      telemetry.predictions.Refused(generation, {source, "", generation.run}, task.status());
    }
    return Send(item, ErrorResponse(task.status()), telemetry);
  }
  item->task = std::move(task).value();
}

void RunAndRespond(const std::vector<Item*>& items, Generation* generation, const Telemetry& telemetry) {
  const Status status = RunTogether(items, generation, telemetry);
  for (Item* item : items) {
    Send(item,
         status.ok() ? item->task->Finish(*item->job.model, *generation, item->waited.count()) : ErrorResponse(status),
         telemetry);
    item->task.reset();
  }
}

void RunItems(std::vector<Item>* items, Generation* generation, const Telemetry& telemetry) {
  for (Item& item : *items) Prepare(&item, *generation, telemetry);
  for (size_t i = 0; i < items->size(); ++i) {
    if (!(*items)[i].task) continue;
    std::vector<Item*> together = {&(*items)[i]};
    for (size_t j = i + 1; j < items->size(); ++j) {
      Item& other = (*items)[j];
      if (other.task && other.task->GoesWith(*together[0]->task)) together.push_back(&other);
    }
    RunAndRespond(together, generation, telemetry);
  }
}

}  // namespace

void RunInferJobs(std::vector<InferJob> jobs, const Telemetry& telemetry) {
  const std::shared_ptr<Generation> generation = jobs[0].model->current();
  std::vector<Item> items(jobs.size());
  for (size_t i = 0; i < jobs.size(); ++i) items[i].job = std::move(jobs[i]);
  if (!generation) {
    for (Item& item : items) Send(&item, ErrorResponse(503, item.job.model->problem()), telemetry);
    return;
  }
  RunItems(&items, generation.get(), telemetry);
}

}  // namespace vitrt::serve
