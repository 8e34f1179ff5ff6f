# vitrt_isa_object(NAME TIER SOURCE): an object library of one file, compiled for one instruction-set tier.
# VITRT_KERNEL_LAUNCHER, where set, is put before the compiler's command line (packages/portable/kernel_compiler.sh).
# Contraction is off so that a*b + c means the same in every tier; MulAdd says where a fused one is wanted.
function(vitrt_isa_object name tier source)
  set(flags_sse41 -msse4.1)
  set(flags_avx -mavx)
  set(flags_avx2 -mavx2 -mfma)
  # GCC warns of its own _mm512_undefined_ps (GCC bug 105593).
  set(flags_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma
      $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  set(flags_avx512vnni ${flags_avx512} -mavx512vnni)
  # GCC for Windows keeps the stack at multiples of 16 bytes only, whatever is put there (GCC bug 54412): the assembler takes every
  # aligned move of a vector as an unaligned one, which costs nothing where the address is aligned.
  if(WIN32 AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND flags_${tier} -Wa,-muse-unaligned-vector-move)
  endif()
  add_library(${name} OBJECT ${source})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/runtime/include)
  target_compile_options(${name} PRIVATE ${flags_${tier}} -ffp-contract=off -fno-exceptions -fno-rtti $<$<CONFIG:Debug>:-O2>)
  target_link_libraries(${name} PRIVATE vitrt_warnings)
  if(VITRT_KERNEL_LAUNCHER)
    set_target_properties(${name} PROPERTIES CXX_COMPILER_LAUNCHER ${VITRT_KERNEL_LAUNCHER})
  endif()
endfunction()
