# plan.fbs and ops.def with one more op, Toy, as steps 1 and 2 of "Add an op" (runtime/ops/README.md) leave them.
#   cmake -D SOURCE=<root> -D OVERLAY=<folder> -P overlay.cmake
file(READ ${SOURCE}/runtime/plan/plan.fbs schema)
string(REGEX REPLACE "union Op {([^}]*[A-Za-z0-9]),?[ \n]*}" "table Toy { factor: float; }\nunion Op {\\1, Toy }" extended "${schema}")
if(extended STREQUAL schema)
  message(FATAL_ERROR "no union Op in plan.fbs")
endif()
file(WRITE ${OVERLAY}/plan.fbs "${extended}")
file(READ ${SOURCE}/runtime/plan/ops.def ops)
string(REPLACE "\n#undef VITRT_OP\n" "VITRT_OP(Toy, 1, 1, 1, kFirstInput, kF32)\n\n#undef VITRT_OP\n" extended "${ops}")
if(extended STREQUAL ops)
  message(FATAL_ERROR "ops.def does not end as it did")
endif()
file(WRITE ${OVERLAY}/with_descriptor/runtime/plan/ops.def "${extended}")
