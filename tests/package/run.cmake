#ctest "package" : installs the build, then builds and runs the consumers in C and C++ against what was installed : by
#find_package, shared and static, and by pkg - config.All must answer as the installed `vitrt infer` does.The source
#tree as a subproject(add_subdirectory) is configured only : to compile it would be to compile vitrt again.What is
#installed must not need this tree : no file of it names the source or build folder, \
    and oneDNN is found where it was added.
#cmake - D BUILD = < build> - D SOURCE = < root> - D CC = < C compiler> - D CXX = < compiler> - D "FLAGS=<flags>"
#- D "PREFIX_PATH=<a:b>" - D ONEDNN = <ON | OFF, as the build has it> - P run.cmake
cmake_policy(VERSION 3.22) set(work ${BUILD} / tests / package) set(prefix ${work} / prefix) file(REMOVE_RECURSE ${
    work}) file(MAKE_DIRECTORY ${work})

    function(run result) execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE
                                             status OUTPUT_STRIP_TRAILING_WHITESPACE) if (NOT status EQUAL 0)
        list(JOIN ARGN " " command) message(FATAL_ERROR
                                            "${command}\nexit status ${status}\n${output}\n${errors}") endif() set($ {
          result
        } "${output}" PARENT_SCOPE) endfunction()

            run(
                log $ { CMAKE_COMMAND } --install $ {
                  BUILD
                } --prefix ${prefix}) file(GLOB_RECURSE described ${prefix} / lib * /
                                           cmake /* ${prefix}/lib*/ pkgconfig /*)
   list(LENGTH described count)
   if(count LESS 7)
     message(FATAL_ERROR "installed are only ${described}")
   endif()
   foreach(file IN LISTS described)
     file(STRINGS ${file} hits REGEX "${SOURCE}/|${BUILD}|/[.]deps/")
     if(hits)
       message(FATAL_ERROR "${file} names the tree that it was built from: ${hits}")
     endif()
   endforeach()
   file(GLOB binaries ${prefix}/bin/vitrt* ${prefix}/lib*/
                                               libvitrt.so) foreach (file IN LISTS binaries)
                run(dynamic readelf - d ${file}) if (
                    NOT dynamic MATCHES
                    "RUNPATH[^\n]*[[][$]ORIGIN:[$]ORIGIN/../lib[]]" OR dynamic MATCHES
                    "NEEDED[^\n]*(dnnl|gomp)") message(FATAL_ERROR
                                                       "${file} has another RUNPATH than $ORIGIN:$ORIGIN/../lib, or "
                                                       "needs oneDNN:\n${dynamic}") endif() endforeach() if (ONEDNN)
                    run(
                        log $ { CMAKE_COMMAND } --install $ { BUILD } --prefix $ {
                          prefix
                        } --component onednn) run(version ${prefix} / bin / vitrt version-- json)
                        string(JSON onednn GET "${version}" onednn) if (NOT onednn MATCHES "^3[.]") message(
                            FATAL_ERROR
                            "oneDNN was added to ../lib, but vitrt version says '${onednn}'") endif()
                            message(STATUS "oneDNN ${onednn} is found in ../lib") endif() foreach (
                                page vitrt vitrt -
                                infer vitrt -
                                convert) file(STRINGS ${prefix} / share / man / man1 /
                                              $ { page } .1 sections REGEX
                                              "^[.]SH (NAME|SYNOPSIS|OPTIONS)$") list(LENGTH sections
                                                                                          count) if (NOT count EQUAL 3)
                                message(FATAL_ERROR "the man page ${page}.1 has only ${sections}") endif() endforeach() run(
                                    completed bash -
                                    c "source $0; COMP_WORDS=(vitrt infer --thresh); COMP_CWORD=2; _vitrt; echo "
                                      "$\{COMPREPLY[0]}" ${prefix} /
                                        share /
                                        bash -
                                    completion / completions /
                                        vitrt) if (NOT completed STREQUAL
                                                   "--threshold") message(FATAL_ERROR
                                                                          "vitrt infer --thresh<TAB> gives "
                                                                          "'${completed}'") endif()
#What a server gets : the library or the program.Each is promised to be small, sanitizers aside.
                                    foreach (file vitrt.so vitrt) file(
                                        GLOB installed ${prefix} / lib *
                                        / lib${file} ${prefix} /
                                        bin / ${file}) list(GET installed 0 installed)
                                        run(log strip - o ${work} / stripped ${installed}) file(SIZE ${work} / stripped bytes) message(
                                            STATUS "${file}: ${bytes} bytes, stripped") if (NOT FLAGS AND bytes
                                                                                                GREATER 5000000)
                                            message(
                                                FATAL_ERROR
                                                "${file} takes ${bytes} bytes, promised are at most 5,000,000") endif() endforeach()

                                                file(WRITE ${work} /
                                                     image.pgm
                                                     "P2\n4 4\n255\n0 50 100 150\n50 100 150 200\n100 150 200 250\n0 0 "
                                                     "255 255\n")
                                                    run(log ${prefix} / bin / vitrt -
                                                        convert ${SOURCE} /
                                                            tests /
                                                            golden / vit_token_ts17.onnx -
                                                        o ${work} /
                                                            model
                                                                .plan) run(json ${prefix} / bin / vitrt infer ${work} /
                                                                           model
                                                                               .plan ${work} /
                                                                           image
                                                                               .pgm-- json)
                                                        string(JSON class GET "${json}" class) string(
                                                            JSON exit GET "${json}" exit index)

                                                            function(
                                                                expect
                                                                    what) run(answer ${ARGN} ${work} /
                                                                              model.plan ${work} /
                                                                              image
                                                                                  .pgm) if (NOT answer STREQUAL
                                                                                            "class ${class} exit "
                                                                                            "${exit}") message(FATAL_ERROR
                                                                                                               "${what}"
                                                                                                               ": "
                                                                                                               "'${"
                                                                                                               "answer}"
                                                                                                               "', but "
                                                                                                               "vitrt "
                                                                                                               "infer "
                                                                                                               "says "
                                                                                                               "class "
                                                                                                               "${"
                                                                                                               "class} "
                                                                                                               "exit "
                                                                                                               "${"
                                                                                                               "exit}") endif()
                                                                message(STATUS "${what}: ${answer}") endfunction()

#Beside the installed tree only what a distribution has : where it has no libspng, the one that./ dev built.
                                                                    string(REGEX MATCH
                                                                           "[^:]*/libspng-dev" spng
                                                                           "${PREFIX_PATH}") set(ENV {
                                                                      CMAKE_PREFIX_PATH
                                                                    } "${prefix}:${spng}")
                                                                        string(REPLACE
                                                                               ":"
                                                                               ";" build_prefixes
                                                                               "${PREFIX_PATH}")
                                                                            set(compilers - G Ninja -
                                                                                    D CMAKE_C_COMPILER =
                                                                                    ${CC} -
                                                                                    D CMAKE_CXX_COMPILER =
                                                                                        ${CXX} -
                                                                                        D
                                                                                        "CMAKE_C_FLAGS=${FLAGS}" -
                                                                                        D "CMAKE_CXX_FLAGS=${FLAGS}" -
                                                                                        D CMAKE_BUILD_TYPE = Release)
                                                                                foreach (kind shared static) run(
                                                                                    log ${CMAKE_COMMAND} ${compilers} -
                                                                                        S ${SOURCE} / tests / package -
                                                                                        B ${work} /
                                                                                            ${kind} -
                                                                                        D KIND = ${kind}) run(log $ {
                                                                                  CMAKE_COMMAND
                                                                                } --build ${work} / ${kind})
                                                                                    expect(
                                                                                        "find_package, ${kind}, C++" ${
                                                                                            work} /
                                                                                        ${kind} / consumer)
                                                                                        expect(
                                                                                            "find_package, ${kind}, "
                                                                                            "C" ${work} /
                                                                                            ${kind} /
                                                                                            consumer_c) endforeach()

                                                                                            run(log ${CMAKE_COMMAND} ${
                                                                                                    compilers} -
                                                                                                    S ${SOURCE} /
                                                                                                        tests /
                                                                                                        package -
                                                                                                    B ${work} /
                                                                                                        subproject -
                                                                                                    D VITRT_SOURCE =
                                                                                                    ${SOURCE} -
                                                                                                    D VITRT_CONVERTER =
                                                                                                        OFF -
                                                                                                        D VITRT_ONEDNN =
                                                                                                            ${ONEDNN} -
                                                                                                            D
                                                                                                            "CMAKE_"
                                                                                                            "PREFIX_"
                                                                                                            "PATH=${"
                                                                                                            "build_"
                                                                                                            "prefixes}")
                                                                                                run(log $ {
                                                                                                  CMAKE_COMMAND
                                                                                                } --build ${work} /
                                                                                                        subproject-- target
                                                                                                            consumer
                                                                                                                consumer_c-- -
                                                                                                    n) #a dry run

    file(GLOB package_path ${prefix} / lib * / pkgconfig) set(ENV {
      PKG_CONFIG_PATH
    } "${package_path}:${spng}/lib/pkgconfig") set(ENV { LD_LIBRARY_PATH } "${package_path}/..:${spng}/lib")
        run(shared_flags pkg - config-- cflags-- libs vitrt)
            run(static_flags pkg - config-- cflags-- libs-- static vitrt)
                string(REPLACE
                       "-lvitrt"
                       "-l:libvitrt.a" static_flags "${static_flags}") foreach (kind shared static)
                    separate_arguments(flags UNIX_COMMAND "${${kind}_flags} ${FLAGS}")
                        run(log ${CXX} - std = c++ 20 ${SOURCE} / tests / package / consumer.cc -
                                               o ${work} / pkg_config_${kind} ${flags})
                            expect("pkg-config, ${kind}, C++" ${work} / pkg_config_${kind})
                                run(log ${CC} - std = c99 - pedantic - errors ${SOURCE} / tests / package / consumer.c -
                                                      o ${work} / pkg_config_${kind} _c ${flags})
                                    expect("pkg-config, ${kind}, C" ${work} / pkg_config_${kind} _c) endforeach()
