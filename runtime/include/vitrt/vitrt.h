// vitrt: vision transformers with early exits on old x86 servers.
//
// Engine::Load a plan, Session::Create one a thread, Session::RunFile, RunFrame(s) or RunTensor. Each gives a Result:
// ask its ok() before the value. README.md, "Link it", has a whole program.
#pragma once

#if __cplusplus < 202002L
#error "vitrt's C++ headers need C++20 (-std=c++20); vitrt/c.h needs no more than C99"
#endif

#include "vitrt/engine.h"
#include "vitrt/exit.h"
#include "vitrt/image.h"
#include "vitrt/session.h"
#include "vitrt/status.h"
