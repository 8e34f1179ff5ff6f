// VITRT_UNROLL, in front of a loop of constant length over an array of vectors, so that the array stays in registers.
#ifdef __clang__
#define VITRT_UNROLL _Pragma("unroll")
#else
#define VITRT_UNROLL _Pragma("GCC unroll 32")
#endif
