// VITRT_API marks what the shared library exports; everything else is hidden.
#pragma once

#ifdef __GNUC__
#define VITRT_API __attribute__((visibility("default")))
#else
#define VITRT_API  // other compilers read vitrt/c.h only; a DLL's functions are called by way of its import library
#endif
