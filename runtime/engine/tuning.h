// Takes up a tune file for a plan that is being loaded.
#pragma once

#include <string>

#include "runtime/engine/engine_impl.h"

namespace vitrt {

// This machine and this plan, as a tune file of it would say; onednn as it is loaded, "" where it takes no part.
TunedFor MadeHere(const Engine::Impl& engine);

// Reads the file and keeps it in `engine` if it holds here; otherwise info.tune_note says why not, and nothing else
// changes. Loads oneDNN where the file has steps of it. Plan, tier and features of `engine` are set; the tier may be lowered.
void TakeTuneFile(const std::string& path, Engine::Impl* engine);

// Whether outputs may have other bits than without the file.
bool TuningChangesBits(const Engine::Impl& engine);

}  // namespace vitrt
