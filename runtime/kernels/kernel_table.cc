#include "runtime/kernels/kernel_table.h"

#include "runtime/kernels/int8_kernels.h"

namespace vitrt::kernels {

namespace isa_sse41 {
extern const KernelTable kTable;
}
namespace isa_avx {
extern const KernelTable kTable;
}
namespace isa_avx2 {
extern const KernelTable kTable;
}
namespace isa_avx512 {
extern const KernelTable kTable;
}
namespace isa_avx512vnni {
extern const Int8Kernels kTable;
}

const KernelTable& Kernels(Isa isa) {
  static constexpr const KernelTable* kTables[] = {&isa_sse41::kTable, &isa_avx::kTable, &isa_avx2::kTable,
                                                   &isa_avx512::kTable};
  return *kTables[static_cast<int>(isa)];
}

const Int8Kernels& Int8KernelsOf(Isa isa, CpuFeatures features) {
  return features.Has(CpuFeature::kAvx512Vnni) ? isa_avx512vnni::kTable : Kernels(isa).int8;
}

}  // namespace vitrt::kernels
