# vitrt_isa_object(NAME TIER SOURCE): an object library of one file, compiled for one instruction-set tier.
# Contraction is off so that a*b + c means the same in every tier; MulAdd says where a fused one is wanted.
set(VITRT_ISA_FLAGS_sse41 -msse4.1)
set(VITRT_ISA_FLAGS_avx -mavx)
set(VITRT_ISA_FLAGS_avx2 -mavx2 -mfma)
set(VITRT_ISA_FLAGS_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma
    $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)  # GCC warns of its own _mm512_undefined_ps (GCC bug 105593)

function(vitrt_isa_object name tier source)
  add_library(${name} OBJECT ${source})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/runtime/include)
  target_compile_options(${name} PRIVATE ${VITRT_ISA_FLAGS_${tier}} -ffp-contract=off -fno-exceptions -fno-rtti $<$<CONFIG:Debug>:-O2>)
  target_link_libraries(${name} PRIVATE vitrt_warnings)
endfunction()
