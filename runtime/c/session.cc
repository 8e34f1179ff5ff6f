#include "vitrt/session.h"

#include <algorithm>
#include <memory>
#include <string>

#include "runtime/base/check.h"
#include "runtime/c/error.h"
#include "runtime/c/handles.h"
#include "runtime/c/options.h"

namespace vitrt::c {
namespace {

vitrt_prediction ToC(const Prediction& p) {
  return {.label = p.label,
          .exit = p.exit,
          .probability = p.probability,
          .confidence = p.confidence,
          .flags = p.flags,
          .classes = static_cast<uint32_t>(p.probabilities.size()),
          .probabilities = p.probabilities.data(),
          .logits = p.logits.data(),
          .decode_ms = p.times.decode_ms,
          .preprocess_ms = p.times.preprocess_ms,
          .run_ms = p.times.run_ms,
          .input_mean = p.input.mean,
          .input_deviation = p.input.deviation};
}

Status HandOne(vitrt_session* session, const Result<Prediction>& prediction, const vitrt_prediction** out) {
  VITRT_RETURN_IF_ERROR(prediction.status());
  session->predictions[0] = ToC(*prediction);
  *out = session->predictions.data();
  return {};
}

Status HandAll(vitrt_session* session, const Result<std::span<const Prediction>>& predictions,
               const vitrt_prediction** out) {
  VITRT_RETURN_IF_ERROR(predictions.status());
  std::transform(predictions->begin(), predictions->end(), session->predictions.begin(), ToC);
  for (size_t i = 0; i < predictions->size(); ++i) out[i] = &session->predictions[i];
  return {};
}

}  // namespace
}  // namespace vitrt::c

using namespace vitrt;  // NOLINT: only C functions follow

extern "C" {

vitrt_code vitrt_session_create(const vitrt_engine* engine, const vitrt_session_options* options,
                                vitrt_session** session) {
  return c::Guarded([&]() -> Status {
    if (engine == nullptr || session == nullptr) return InvalidArgument("a null pointer", "vitrt_session_create");
    VITRT_ASSIGN_OR_RETURN(const SessionOptions o, c::ToSessionOptions(options));
    VITRT_ASSIGN_OR_RETURN(Session made, Session::Create(engine->engine, o));
    *session = std::make_unique<vitrt_session>(engine->engine, std::move(made), o.max_batch).release();
    return {};
  });
}

void vitrt_session_free(vitrt_session* session) { delete session; }

vitrt_code vitrt_run_file(vitrt_session* session, const void* bytes, size_t size, const vitrt_run_options* options,
                          const vitrt_prediction** prediction) {
  return c::Guarded([&]() -> Status {
    if (session == nullptr || prediction == nullptr || (bytes == nullptr && size > 0)) {
      return InvalidArgument("a null pointer", "vitrt_run_file");
    }
    VITRT_ASSIGN_OR_RETURN(const RunOptions o, c::ToRunOptions(options, session->engine.info()));
    return c::HandOne(session, session->session.RunFile({static_cast<const std::byte*>(bytes), size}, o), prediction);
  });
}

vitrt_code vitrt_run_frame(vitrt_session* session, const vitrt_frame* frame, const vitrt_run_options* options,
                           const vitrt_prediction** prediction) {
  return c::Guarded([&]() -> Status {
    if (session == nullptr || prediction == nullptr) return InvalidArgument("a null pointer", "vitrt_run_frame");
    VITRT_ASSIGN_OR_RETURN(const RunOptions o, c::ToRunOptions(options, session->engine.info()));
    VITRT_ASSIGN_OR_RETURN(const ImageView view, c::ToImageView(frame));
    return c::HandOne(session, session->session.RunFrame(view, o), prediction);
  });
}

vitrt_code vitrt_run_frames(vitrt_session* session, const vitrt_frame* const* frames, int32_t n,
                            const vitrt_run_options* options, const vitrt_prediction** predictions) {
  return c::Guarded([&]() -> Status {
    if (session == nullptr || frames == nullptr || predictions == nullptr) {
      return InvalidArgument("a null pointer", "vitrt_run_frames");
    }
    if (n < 1 || static_cast<size_t>(n) > session->views.size()) {
      return InvalidArgument("a batch of " + std::to_string(n) + ": the session takes 1 to " +
                             std::to_string(session->views.size()));
    }
    VITRT_ASSIGN_OR_RETURN(const RunOptions o, c::ToRunOptions(options, session->engine.info()));
    const std::span<ImageView> views(session->views.data(), static_cast<size_t>(n));
    for (size_t i = 0; i < views.size(); ++i) {
      VITRT_ASSIGN_OR_RETURN(views[i], c::ToImageView(frames[i]));
    }
    return c::HandAll(session, session->session.RunFrames(views, o), predictions);
  });
}

vitrt_code vitrt_run_tensor(vitrt_session* session, const float* input, size_t floats, int32_t n,
                            const vitrt_run_options* options, const vitrt_prediction** predictions) {
  return c::Guarded([&]() -> Status {
    if (session == nullptr || input == nullptr || predictions == nullptr) {
      return InvalidArgument("a null pointer", "vitrt_run_tensor");
    }
    VITRT_ASSIGN_OR_RETURN(const RunOptions o, c::ToRunOptions(options, session->engine.info()));
    return c::HandAll(session, session->session.RunTensor({input, floats}, n, o), predictions);
  });
}

const float* vitrt_exit_logits(const vitrt_session* session, size_t exit) {
  if (exit >= session->engine.info().exits.size()) return nullptr;
  return session->session.ExitLogits(static_cast<int>(exit)).data();
}

const float* vitrt_exit_output(const vitrt_session* session, size_t exit) {
  if (exit >= session->engine.info().exits.size()) return nullptr;
  return session->session.ExitOutput(static_cast<int>(exit)).data();
}

const void* vitrt_output(const vitrt_session* session, size_t index, size_t* size) {
  const bool exists = index < session->engine.info().outputs.size();
  const auto bytes = exists ? session->session.Output(static_cast<int>(index)) : std::span<const std::byte>();
  *size = bytes.size();
  return bytes.data();
}

}  // extern "C"
