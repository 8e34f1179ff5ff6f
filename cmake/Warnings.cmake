# Warnings of our own code, as errors.
add_library(vitrt_warnings INTERFACE)
target_compile_options(vitrt_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror)
