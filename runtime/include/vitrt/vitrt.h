// vitrt: vision transformers with early exits on old x86 servers.
//
//   auto engine = vitrt::Engine::Load("model.plan");
//   auto session = vitrt::Session::Create(*engine);
//   auto answer = session->RunFile(bytes);
//   if (answer.ok()) use(engine->info().labels[answer->label], answer->confidence, answer->exit);
#pragma once

#include "vitrt/engine.h"
#include "vitrt/exit.h"
#include "vitrt/image.h"
#include "vitrt/session.h"
#include "vitrt/status.h"
