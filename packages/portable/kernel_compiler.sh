#!/bin/sh
# A launcher for the kernels of a tier: GCC instead of the compiler named first. Kernels see no library, so their objects need
# no glibc of any version, and GCC's loops are the ones that were measured: Clang's take 1.2 to 1.4 times as long on SSE4.1.
shift
exec "${VITRT_KERNEL_CXX:-g++-12}" "$@"
