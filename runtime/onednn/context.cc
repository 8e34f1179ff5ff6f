#include "runtime/onednn/context.h"

#include <mutex>

#include "runtime/onednn/dnnl_objects.h"
#include "runtime/onednn/library.h"

namespace vitrt::onednn {
namespace {

dnnl::cpu_isa ToDnnl(Isa isa, CpuFeatures features) {
  switch (isa) {
    case Isa::kSse41:
      return dnnl::cpu_isa::sse41;
    case Isa::kAvx:
      return dnnl::cpu_isa::avx;
    case Isa::kAvx2:
      return dnnl::cpu_isa::avx2;
    case Isa::kAvx512:
      return features.Has(CpuFeature::kAvx512Vnni) ? dnnl::cpu_isa::avx512_core_vnni : dnnl::cpu_isa::avx512_core;
  }
  return dnnl::cpu_isa::sse41;
}

}  // namespace

const dnnl::engine& CpuEngine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

bool CapIsa(Isa isa, CpuFeatures features) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const dnnl::cpu_isa cap = ToDnnl(isa, features);
  if (dnnl::set_max_cpu_isa(cap) == dnnl::status::success) return true;
  // Already fixed: fine if what is in effect is no more than the cap.
  return static_cast<int>(dnnl::get_effective_cpu_isa()) <= static_cast<int>(cap);
}

std::string Version() {
  if (!Load().ok()) return "";
  const dnnl_version_t* v = dnnl_version();
  return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

}  // namespace vitrt::onednn
