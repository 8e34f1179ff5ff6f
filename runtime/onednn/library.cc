#include "runtime/onednn/library.h"

#include <dlfcn.h>

#include <iterator>

// For every function of dnnl.h: a pointer, and vitrt_<name>, which jumps through it with whatever arguments it was
// given. dnnl_names.h makes dnnl.hpp call the latter.
#define VITRT_DNNL_FUNCTION(name)                                                                                    \
  extern "C" __attribute__((visibility("hidden"))) void* vitrt_##name##_pointer;                                     \
  void* vitrt_##name##_pointer = nullptr;                                                                            \
  asm(".pushsection .text\n.globl vitrt_" #name "\n.hidden vitrt_" #name "\n.type vitrt_" #name                      \
      ", @function\nvitrt_" #name ":\n\tjmp *vitrt_" #name "_pointer(%rip)\n.size vitrt_" #name ", . - vitrt_" #name \
      "\n.popsection");
#include "runtime/onednn/dnnl_functions.inc"
#undef VITRT_DNNL_FUNCTION

namespace vitrt::onednn {
namespace {

constexpr const char* kLibrary = "libdnnl.so.3";

struct Function {
  const char* name;
  void** pointer;
};

constexpr Function kFunctions[] = {
#define VITRT_DNNL_FUNCTION(name) {#name, &vitrt_##name##_pointer},
#include "runtime/onednn/dnnl_functions.inc"
#undef VITRT_DNNL_FUNCTION
};

struct Loaded {
  OpenMp omp;
  Status status;
};

Loaded LoadOnce() {
  const auto refuse = [](const char* reason) {
    return Loaded{{},
                  Unsupported("oneDNN cannot be loaded", reason == nullptr ? kLibrary : reason,
                              std::string("put ") + kLibrary + " beside the program or into ../lib")};
  };
  void* library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return refuse(dlerror());
  for (const Function& f : kFunctions) {
    *f.pointer = dlsym(library, f.name);
    if (*f.pointer == nullptr) return refuse(dlerror());
  }
  OpenMp omp;
  omp.max_threads = reinterpret_cast<int (*)()>(dlsym(library, "omp_get_max_threads"));
  omp.set_threads = reinterpret_cast<void (*)(int)>(dlsym(library, "omp_set_num_threads"));
  if (omp.max_threads == nullptr || omp.set_threads == nullptr) return refuse("it does not use OpenMP");
  return {omp, {}};
}

const Loaded& Once() {
  static const Loaded loaded = LoadOnce();
  return loaded;
}

}  // namespace

Status Load() { return Once().status; }
const OpenMp& Omp() { return Once().omp; }

}  // namespace vitrt::onednn
