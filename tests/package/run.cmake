# ctest "package": installs the build, then builds and runs the consumer against what was installed, once by find_package
# and once by pkg-config; both must answer as the installed `vitrt infer` does.
#   cmake -D BUILD=<build> -D SOURCE=<root> -D CXX=<compiler> -D "FLAGS=<flags>" -D "PREFIX_PATH=<a:b>" -P run.cmake
cmake_policy(VERSION 3.22)
set(work ${BUILD}/tests/package)
set(prefix ${work}/prefix)
string(REPLACE ":" "/lib:" library_path "${PREFIX_PATH}/lib")
string(REPLACE ":" "/lib/pkgconfig:" package_path "${PREFIX_PATH}/lib/pkgconfig")
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work})

function(run result)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE status
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nexit status ${status}\n${output}\n${errors}")
  endif()
  set(${result} "${output}" PARENT_SCOPE)
endfunction()

run(log ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
file(WRITE ${work}/image.pgm "P2\n4 4\n255\n0 50 100 150\n50 100 150 200\n100 150 200 250\n0 0 255 255\n")
run(log ${prefix}/bin/vitrt-convert ${SOURCE}/tests/golden/vit_token_ts17.onnx -o ${work}/model.plan)
run(json ${prefix}/bin/vitrt infer ${work}/model.plan ${work}/image.pgm --json)
string(JSON class GET "${json}" class)
string(JSON exit GET "${json}" exit index)

function(expect what)
  run(answer ${ARGN} ${work}/model.plan ${work}/image.pgm)
  if(NOT answer STREQUAL "class ${class} exit ${exit}")
    message(FATAL_ERROR "${what}: '${answer}', but vitrt infer says class ${class} exit ${exit}")
  endif()
  message(STATUS "${what}: ${answer}")
endfunction()

set(ENV{CMAKE_PREFIX_PATH} "${prefix}:${PREFIX_PATH}")
run(log ${CMAKE_COMMAND} -G Ninja -S ${SOURCE}/tests/package -B ${work}/consumer -D CMAKE_CXX_COMPILER=${CXX}
    -D "CMAKE_CXX_FLAGS=${FLAGS}" -D CMAKE_BUILD_TYPE=Release)
run(log ${CMAKE_COMMAND} --build ${work}/consumer)
expect("find_package" ${work}/consumer/consumer)

set(ENV{PKG_CONFIG_PATH} "${prefix}/lib/pkgconfig:${package_path}")
run(flags pkg-config --cflags --libs --static vitrt)
separate_arguments(flags UNIX_COMMAND "${flags} ${FLAGS}")
run(log ${CXX} -std=c++20 ${SOURCE}/tests/package/consumer.cc -o ${work}/by_pkg_config ${flags})
set(ENV{LD_LIBRARY_PATH} "${prefix}/lib:${library_path}")
expect("pkg-config" ${work}/by_pkg_config)
