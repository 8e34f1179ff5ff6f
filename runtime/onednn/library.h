// libdnnl.so.3, loaded when it is first asked for. Nothing of vitrt links it: a machine without it runs all plans.
#pragma once

#include <string>

#include "vitrt/status.h"

namespace vitrt::onednn {

// Loads oneDNN and its OpenMP; the first call decides, for the life of the process. Looked for as the dynamic linker
// looks for any library: in the RUNPATH of the caller (installed: beside it and in ../lib), LD_LIBRARY_PATH, the
// system's folders. Errors: kUnsupported, with the linker's reason. No other function of this folder may be called
// before it gave ok.
Status Load();

// OpenMP as oneDNN uses it. Valid after Load.
struct OpenMp {
  int (*max_threads)() = nullptr;
  void (*set_threads)(int) = nullptr;
};
const OpenMp& Omp();

}  // namespace vitrt::onednn
