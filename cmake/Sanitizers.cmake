# VITRT_SANITIZE: what -fsanitize= takes, for everything that is built here ("address,undefined", "thread").
set(VITRT_SANITIZE "" CACHE STRING "sanitizers of this build, as -fsanitize= takes them")
if(VITRT_SANITIZE)
  add_compile_options(-fsanitize=${VITRT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${VITRT_SANITIZE})
endif()
