# Warnings of our own code.
add_library(vitrt_warnings INTERFACE)
target_compile_options(vitrt_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor $<$<BOOL:${VITRT_WERROR}>:-Werror>)
