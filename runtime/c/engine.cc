#include "vitrt/engine.h"

#include <memory>

#include "runtime/base/check.h"
#include "runtime/c/error.h"
#include "runtime/c/handles.h"
#include "runtime/c/options.h"

vitrt_engine::vitrt_engine(vitrt::Engine e) : engine(std::move(e)) {
  for (const vitrt::ExitInfo& exit : engine.info().exits) {
    exits.push_back({.name = exit.name.c_str(),
                     .classes = exit.classes,
                     .flops = exit.flops,
                     .threshold = exit.threshold,
                     .enabled = exit.enabled ? 1 : 0,
                     .meaning = static_cast<vitrt_exit_meaning>(exit.meaning),
                     .dims = exit.dims.data(),
                     .rank = exit.dims.size()});
  }
  for (const vitrt::TensorInfo& output : engine.info().outputs) {
    outputs.push_back({.name = output.name.c_str(),
                       .type = static_cast<vitrt_element_type>(output.type),
                       .dims = output.dims.data(),
                       .rank = output.dims.size()});
  }
}

namespace vitrt::c {
namespace {

Status Hand(Result<Engine> loaded, vitrt_engine** engine) {
  VITRT_RETURN_IF_ERROR(loaded.status());
  *engine = std::make_unique<vitrt_engine>(std::move(loaded).value()).release();
  return {};
}

}  // namespace
}  // namespace vitrt::c

using namespace vitrt;  // NOLINT: only C functions follow

extern "C" {

vitrt_code vitrt_engine_load(const char* path, const vitrt_engine_options* options, vitrt_engine** engine) {
  return c::Guarded([&]() -> Status {
    if (path == nullptr || engine == nullptr) return InvalidArgument("a null pointer", "vitrt_engine_load");
    VITRT_ASSIGN_OR_RETURN(const EngineOptions o, c::ToEngineOptions(options));
    return c::Hand(Engine::Load(path, o), engine);
  });
}

vitrt_code vitrt_engine_from_memory(const void* bytes, size_t size, const vitrt_engine_options* options,
                                    vitrt_engine** engine) {
  return c::Guarded([&]() -> Status {
    if (bytes == nullptr || engine == nullptr) return InvalidArgument("a null pointer", "vitrt_engine_from_memory");
    VITRT_ASSIGN_OR_RETURN(const EngineOptions o, c::ToEngineOptions(options));
    return c::Hand(Engine::FromMemory({static_cast<const std::byte*>(bytes), size}, o), engine);
  });
}

void vitrt_engine_free(vitrt_engine* engine) { delete engine; }

vitrt_isa vitrt_engine_isa(const vitrt_engine* engine) {
  return static_cast<vitrt_isa>(engine->engine.isa()) + VITRT_ISA_SSE41;
}

int32_t vitrt_engine_max_batch(const vitrt_engine* engine) { return engine->engine.info().max_batch; }

int32_t vitrt_engine_tuned_steps(const vitrt_engine* engine) { return engine->engine.info().tuned_steps; }

const char* vitrt_engine_tune_note(const vitrt_engine* engine) { return engine->engine.info().tune_note.c_str(); }

const char* vitrt_engine_model_name(const vitrt_engine* engine) { return engine->engine.info().model_name.c_str(); }

size_t vitrt_engine_input_dims(const vitrt_engine* engine, const int64_t** dims) {
  *dims = engine->engine.info().input.dims.data();
  return engine->engine.info().input.dims.size();
}

vitrt_element_type vitrt_engine_input_type(const vitrt_engine* engine) {
  return static_cast<vitrt_element_type>(engine->engine.info().input.type);
}

size_t vitrt_engine_label_count(const vitrt_engine* engine) { return engine->engine.info().labels.size(); }

const char* vitrt_engine_label(const vitrt_engine* engine, int32_t label) {
  const std::vector<std::string>& labels = engine->engine.info().labels;
  return label >= 0 && static_cast<size_t>(label) < labels.size() ? labels[static_cast<size_t>(label)].c_str()
                                                                  : nullptr;
}

size_t vitrt_engine_exit_count(const vitrt_engine* engine) { return engine->exits.size(); }

const vitrt_exit_info* vitrt_engine_exit(const vitrt_engine* engine, size_t index) {
  return index < engine->exits.size() ? &engine->exits[index] : nullptr;
}

size_t vitrt_engine_output_count(const vitrt_engine* engine) { return engine->outputs.size(); }

const vitrt_output_info* vitrt_engine_output(const vitrt_engine* engine, size_t index) {
  return index < engine->outputs.size() ? &engine->outputs[index] : nullptr;
}

}  // extern "C"
