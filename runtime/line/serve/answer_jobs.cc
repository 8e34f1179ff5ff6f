#include "runtime/line/serve/answer_jobs.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>

#include "runtime/base/check.h"
#include "runtime/line/serve/task.h"

namespace vitrt::serve {
namespace {

using Clock = std::chrono::steady_clock;

// A job with what came of it so far.
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

Status RunPlaces(const std::vector<Place>& places, const Generation& generation, Session* session,
                 ServeMetrics* metrics) {
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
    metrics->CountAnswer(place.item->job.model->name(), info, predictions[static_cast<size_t>(i)]);
  }
  metrics->CountBatch(n);
  return {};
}

// Items whose tasks go with each other, in batches as large as the session takes.
Status RunTogether(const std::vector<Item*>& items, Generation* generation, ServeMetrics* metrics) {
  SessionPool::Lease session = generation->sessions.Take();
  const auto most = static_cast<size_t>(generation->together);
  std::vector<Place> places;
  for (Item* item : items) {
    for (int i = 0; i < item->task->images(); ++i) {
      places.push_back({item, i});
      const bool last = item == items.back() && i + 1 == item->task->images();
      if (places.size() < most && !last) continue;
      VITRT_RETURN_IF_ERROR(RunPlaces(places, *generation, &*session, metrics));
      places.clear();
    }
  }
  return {};
}

void Send(Item* item, Response response, ServeMetrics* metrics) {
  metrics->CountRequest(item->job.model->name(), response.status,
                        std::chrono::duration<double>(Clock::now() - item->job.arrived).count());
  item->job.respond(std::move(response));
}

// Parses and checks; on an error responds, and leaves the item without a task.
void Prepare(Item* item, const Generation& generation, ServeMetrics* metrics) {
  item->waited = Clock::now() - item->job.arrived;
  Result<InferRequest> request = ParseInferRequest(item->job.body, item->job.json_bytes);
  item->job.body = std::string();
  if (!request.ok()) return Send(item, ErrorResponse(request.status()), metrics);
  Result<Task> task = Task::Create(generation, std::move(request).value(), item->waited);
  if (!task.ok()) return Send(item, ErrorResponse(task.status()), metrics);
  item->task = std::move(task).value();
}

void Answer(const std::vector<Item*>& items, Generation* generation, ServeMetrics* metrics) {
  const Status status = RunTogether(items, generation, metrics);
  for (Item* item : items) {
    Send(item,
         status.ok() ? item->task->Finish(*item->job.model, *generation, item->waited.count()) : ErrorResponse(status),
         metrics);
    item->task.reset();
  }
}

void AnswerItems(std::vector<Item>* items, Generation* generation, ServeMetrics* metrics) {
  for (Item& item : *items) Prepare(&item, *generation, metrics);
  for (size_t i = 0; i < items->size(); ++i) {
    if (!(*items)[i].task) continue;
    std::vector<Item*> together = {&(*items)[i]};
    for (size_t j = i + 1; j < items->size(); ++j) {
      Item& other = (*items)[j];
      if (other.task && other.task->GoesWith(*together[0]->task)) together.push_back(&other);
    }
    Answer(together, generation, metrics);
  }
}

}  // namespace

void AnswerJobs(std::vector<InferJob> jobs, ServeMetrics* metrics) {
  const std::shared_ptr<Generation> generation = jobs[0].model->current();
  std::vector<Item> items(jobs.size());
  for (size_t i = 0; i < jobs.size(); ++i) items[i].job = std::move(jobs[i]);
  if (!generation) {
    for (Item& item : items) Send(&item, ErrorResponse(503, item.job.model->problem()), metrics);
    return;
  }
  AnswerItems(&items, generation.get(), metrics);
}

}  // namespace vitrt::serve
