/* The stored half of the C ABI that a compiler can check: sizes, offsets and values as programs already in the field
 * were compiled with. A line here changes only when a structure grows at its end. */
#include "vitrt/c.h"

#define FIELD(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved")
#define SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has another size")
#define VALUE(name, value) _Static_assert((name) == (value), #name " has another value")

VALUE(VITRT_ABI_VERSION, 4);

VALUE(VITRT_OK, 0);
VALUE(VITRT_INTERNAL, 1);
VALUE(VITRT_INVALID_ARGUMENT, 2);
VALUE(VITRT_BAD_PLAN, 3);
VALUE(VITRT_BAD_INPUT, 4);
VALUE(VITRT_UNSUPPORTED, 5);

VALUE(VITRT_ISA_DEFAULT, 0);
VALUE(VITRT_ISA_SSE41, 1);
VALUE(VITRT_ISA_AVX, 2);
VALUE(VITRT_ISA_AVX2, 3);
VALUE(VITRT_ISA_AVX512, 4);
VALUE(VITRT_NO_MMAP, 1);
VALUE(VITRT_TRUST_WEIGHTS, 2);
VALUE(VITRT_NO_ONEDNN, 4);
VALUE(VITRT_HUGE_PAGES, 8);
VALUE(VITRT_ONEDNN, 16);
SIZE(vitrt_engine_options, 24);
FIELD(vitrt_engine_options, struct_size, 0);
FIELD(vitrt_engine_options, flags, 4);
FIELD(vitrt_engine_options, max_isa, 8);
FIELD(vitrt_engine_options, tune_file, 16);

SIZE(vitrt_exit_info, 56);
FIELD(vitrt_exit_info, name, 0);
FIELD(vitrt_exit_info, classes, 8);
FIELD(vitrt_exit_info, flops, 16);
FIELD(vitrt_exit_info, threshold, 24);
FIELD(vitrt_exit_info, enabled, 28);
FIELD(vitrt_exit_info, meaning, 32);
FIELD(vitrt_exit_info, dims, 40);
FIELD(vitrt_exit_info, rank, 48);
VALUE(VITRT_EXIT_LOGITS, 0);
VALUE(VITRT_EXIT_PROBABILITIES, 1);
VALUE(VITRT_EXIT_BINARY_LOGIT, 2);
VALUE(VITRT_EXIT_BINARY_PROBABILITY, 3);

VALUE(VITRT_FLOAT32, 0);
VALUE(VITRT_INT32, 1);
VALUE(VITRT_INT64, 2);
VALUE(VITRT_BOOL, 3);
VALUE(VITRT_UINT8, 4);
SIZE(vitrt_output_info, 32);
FIELD(vitrt_output_info, name, 0);
FIELD(vitrt_output_info, type, 8);
FIELD(vitrt_output_info, dims, 16);
FIELD(vitrt_output_info, rank, 24);

SIZE(vitrt_session_options, 16);
FIELD(vitrt_session_options, struct_size, 0);
FIELD(vitrt_session_options, threads, 4);
FIELD(vitrt_session_options, max_batch, 8);
FIELD(vitrt_session_options, pin, 12);

VALUE(VITRT_POLICY_DEFAULT, 0);
VALUE(VITRT_POLICY_MAX_PROB, 1);
VALUE(VITRT_POLICY_MARGIN, 2);
VALUE(VITRT_POLICY_ENTROPY, 3);
SIZE(vitrt_run_options, 64);
FIELD(vitrt_run_options, struct_size, 0);
FIELD(vitrt_run_options, policy, 4);
FIELD(vitrt_run_options, thresholds, 8);
FIELD(vitrt_run_options, threshold_count, 16);
FIELD(vitrt_run_options, enabled, 24);
FIELD(vitrt_run_options, enabled_count, 32);
FIELD(vitrt_run_options, exit, 40);
FIELD(vitrt_run_options, deadline_ms, 48);
FIELD(vitrt_run_options, all_exits, 56);
FIELD(vitrt_run_options, measure_input, 60);

VALUE(VITRT_GRAY8, 0);
VALUE(VITRT_GRAY16, 1);
VALUE(VITRT_RGB8, 2);
VALUE(VITRT_BGR8, 3);
VALUE(VITRT_RGBA8, 4);
VALUE(VITRT_BGRA8, 5);
VALUE(VITRT_RGB16, 6);
SIZE(vitrt_frame, 48);
FIELD(vitrt_frame, struct_size, 0);
FIELD(vitrt_frame, format, 4);
FIELD(vitrt_frame, data, 8);
FIELD(vitrt_frame, width, 16);
FIELD(vitrt_frame, height, 24);
FIELD(vitrt_frame, stride, 32);
FIELD(vitrt_frame, bits, 40);

VALUE(VITRT_NON_FINITE, 1);
VALUE(VITRT_NO_DECISION, 4);
VALUE(VITRT_DEADLINE, 2);
VALUE(VITRT_LOW_RANGE, 8);
SIZE(vitrt_prediction, 72);
FIELD(vitrt_prediction, label, 0);
FIELD(vitrt_prediction, exit, 4);
FIELD(vitrt_prediction, probability, 8);
FIELD(vitrt_prediction, confidence, 12);
FIELD(vitrt_prediction, flags, 16);
FIELD(vitrt_prediction, classes, 20);
FIELD(vitrt_prediction, probabilities, 24);
FIELD(vitrt_prediction, logits, 32);
FIELD(vitrt_prediction, decode_ms, 40);
FIELD(vitrt_prediction, preprocess_ms, 48);
FIELD(vitrt_prediction, run_ms, 56);
FIELD(vitrt_prediction, input_mean, 64);
FIELD(vitrt_prediction, input_deviation, 68);
