# Installed: the library, its headers and CMake package, the pkg-config module and the programs.
