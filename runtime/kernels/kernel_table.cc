#include "runtime/kernels/kernel_table.h"

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

const KernelTable& Kernels(Isa isa) {
  static constexpr const KernelTable* kTables[] = {&isa_sse41::kTable, &isa_avx::kTable, &isa_avx2::kTable,
                                                   &isa_avx512::kTable};
  return *kTables[static_cast<int>(isa)];
}

}  // namespace vitrt::kernels
