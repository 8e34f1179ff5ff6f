# Warnings of our own code.
add_library(vitrt_warnings INTERFACE)
target_compile_options(vitrt_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor $<$<BOOL:${VITRT_WERROR}>:-Werror>)

# GCC 12 at -O3 finds these in the standard library's own inlined code (GCC bugs 105329, 105651, 105562), not in ours.
target_compile_options(vitrt_warnings INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-array-bounds;-Wno-maybe-uninitialized;-Wno-stringop-overflow>)
