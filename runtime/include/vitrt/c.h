/* vitrt in C: a stable binary interface over the C++ API (vitrt/vitrt.h), for any language that can call C.
 *
 *   vitrt_engine* engine;
 *   vitrt_session* session;
 *   const vitrt_prediction* prediction;
 *   if (vitrt_engine_load("model.plan", NULL, &engine) != VITRT_OK ||
 *       vitrt_session_create(engine, NULL, &session) != VITRT_OK ||
 *       vitrt_run_file(session, bytes, size, NULL, &prediction) != VITRT_OK) {
 *     fprintf(stderr, "%s\n", vitrt_error_message());
 *   } else {
 *     const char* label = vitrt_engine_label(engine, prediction->label);  // NULL: no decision, or no labels
 *     printf("%s %.3f\n", label ? label : "?", prediction->confidence);
 *   }
 *
 * Errors. A call that can fail returns a vitrt_code; what went wrong is kept for the calling thread and read with
 * vitrt_error_message(). Results are written on success only. No call throws, prints or ends the process.
 *
 * Threads. An engine is immutable: any number of threads may use it at once. A session belongs to one thread at a time;
 * sessions of one engine run side by side. Create one session a thread, once, and keep it.
 *
 * Ownership. What *_load, *_from_memory and *_create give belongs to the caller and goes back to *_free (NULL is fine).
 * A session keeps its engine's plan alive. Pointers read from an engine hold until vitrt_engine_free; those read from a
 * session (predictions, their arrays) until its next call.
 *
 * Compatibility. Structures grow at their end only. The caller sets struct_size to the sizeof that it was compiled
 * with, and zeros elsewhere mean the default; NULL options mean all defaults. Predictions belong to the library, so
 * they are read through pointers and never copied as an array. vitrt_abi_version() tells what the library has.
 */
#ifndef VITRT_C_H_
#define VITRT_C_H_

#include <stddef.h>
#include <stdint.h>

#include "vitrt/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Grows by one with every addition; nothing is ever taken away or changed under the same soname. */
#define VITRT_ABI_VERSION 4
VITRT_API int32_t vitrt_abi_version(void); /* of the library: at least what the caller was compiled with, or too old */
VITRT_API const char* vitrt_version(void); /* "0.1.0" */

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

typedef int32_t vitrt_code;
enum {
  VITRT_OK = 0,
  VITRT_INTERNAL = 1,         /* a bug in vitrt, or the machine: out of memory, a broken invariant */
  VITRT_INVALID_ARGUMENT = 2, /* a wrong option or call */
  VITRT_BAD_PLAN = 3,         /* a plan that is missing, damaged, foreign or of another version */
  VITRT_BAD_INPUT = 4,        /* an image or tensor that cannot be read or does not fit the plan */
  VITRT_UNSUPPORTED = 5       /* this machine cannot run it */
};

/* "<what> (<where>)" of this thread's last call that failed; "" if none has. Holds until its next failing call. */
VITRT_API const char* vitrt_error_message(void);
VITRT_API const char* vitrt_error_hint(void); /* what to do about it; "" where nothing is known */

/* ---- Engine: a loaded plan --------------------------------------------------------------------------------------- */

typedef struct vitrt_engine vitrt_engine;

typedef int32_t vitrt_isa;
enum { VITRT_ISA_DEFAULT = 0, VITRT_ISA_SSE41 = 1, VITRT_ISA_AVX = 2, VITRT_ISA_AVX2 = 3, VITRT_ISA_AVX512 = 4 };

enum {                          /* vitrt_engine_options.flags */
       VITRT_NO_MMAP = 1,       /* read the file into private memory: safe against a file truncated while in use */
       VITRT_TRUST_WEIGHTS = 2, /* do not check the checksum of the weights */
       VITRT_NO_ONEDNN = 4,     /* own kernels only: the default */
       VITRT_HUGE_PAGES = 8,    /* ask the system for pages of 2 MB, for the plan and for the memory of sessions */
       VITRT_ONEDNN = 16        /* let oneDNN take part: loads libdnnl.so.3, where compiled in and there */
};

typedef struct vitrt_engine_options {
  uint32_t struct_size;
  uint32_t flags;
  vitrt_isa max_isa; /* highest instruction set to use; default: VITRT_MAX_ISA of the environment, or all there is */
  /* Since ABI version 4. */
  const char* tune_file; /* what `vitrt tune` wrote; NULL: the plan's path with .tune behind it, if there; "": none */
} vitrt_engine_options;

/* Errors: VITRT_BAD_PLAN, VITRT_UNSUPPORTED (CPU below SSE4.1), VITRT_INTERNAL (memory). */
VITRT_API vitrt_code vitrt_engine_load(const char* path, const vitrt_engine_options* options, vitrt_engine** engine);
/* `bytes` is 64-byte aligned and outlives the engine and its sessions. */
VITRT_API vitrt_code vitrt_engine_from_memory(const void* bytes, size_t size, const vitrt_engine_options* options,
                                              vitrt_engine** engine);
VITRT_API void vitrt_engine_free(vitrt_engine* engine);

VITRT_API vitrt_isa vitrt_engine_isa(const vitrt_engine* engine); /* in use */
VITRT_API int32_t vitrt_engine_max_batch(const vitrt_engine* engine);
/* Since ABI version 4: steps that run otherwise because of the tune file; why it, or a part, was not taken up, or "". */
VITRT_API int32_t vitrt_engine_tuned_steps(const vitrt_engine* engine);
VITRT_API const char* vitrt_engine_tune_note(const vitrt_engine* engine);
VITRT_API const char* vitrt_engine_model_name(const vitrt_engine* engine); /* "" where the plan has none */
/* Dimensions of one image's input in the model's own layout, usually 1, channels, height, width. Gives their number. */
VITRT_API size_t vitrt_engine_input_dims(const vitrt_engine* engine, const int64_t** dims);
VITRT_API size_t vitrt_engine_label_count(const vitrt_engine* engine);               /* 0 for a plan without labels */
VITRT_API const char* vitrt_engine_label(const vitrt_engine* engine, int32_t label); /* NULL: no such label */

typedef int32_t vitrt_exit_meaning;
enum {                               /* what the model's output of an exit is, and so what the probabilities p are */
       VITRT_EXIT_LOGITS = 0,        /* one a class: p = softmax */
       VITRT_EXIT_PROBABILITIES = 1, /* one a class, of a model that ends in softmax: p as it is */
       VITRT_EXIT_BINARY_LOGIT = 2,  /* one number x: p = [1 - s, s], negative and positive, s = sigmoid(x) */
       VITRT_EXIT_BINARY_PROBABILITY = 3 /* one number s, of a model that ends in sigmoid: p = [1 - s, s] */
};

typedef struct vitrt_exit_info {
  const char* name;
  int64_t classes;
  double flops;    /* of one image that leaves here */
  float threshold; /* answers when confidence >= threshold; > 1 never, <= 0 always; the last exit always answers */
  int32_t enabled; /* 0 or 1 */
  /* Since ABI version 2. */
  vitrt_exit_meaning meaning;
  const int64_t* dims; /* of the model's output for one image, [1, classes] mostly */
  size_t rank;         /* length of dims */
} vitrt_exit_info;

VITRT_API size_t vitrt_engine_exit_count(const vitrt_engine* engine); /* 0: the plan has raw outputs only */
/* Exits in the order in which they are tried. NULL: no such exit. */
VITRT_API const vitrt_exit_info* vitrt_engine_exit(const vitrt_engine* engine, size_t index);

typedef int32_t vitrt_element_type;
enum {
  VITRT_FLOAT32 = 0,
  VITRT_INT32 = 1,
  VITRT_INT64 = 2,
  VITRT_BOOL = 3, /* one byte, 0 or 1 */
  VITRT_UINT8 = 4
};

/* Of the model's input: VITRT_FLOAT32, or VITRT_UINT8 for one that takes bytes. vitrt_run_tensor takes floats all the
 * same, whole numbers from 0 to 255 then. Since ABI version 3. */
VITRT_API vitrt_element_type vitrt_engine_input_type(const vitrt_engine* engine);

/* An output of the model that is no exit. Since ABI version 2. */
typedef struct vitrt_output_info {
  const char* name;
  vitrt_element_type type;
  const int64_t* dims; /* of one image as the model has it; a batch axis is 1 */
  size_t rank;         /* length of dims; 0: a scalar */
} vitrt_output_info;

VITRT_API size_t vitrt_engine_output_count(const vitrt_engine* engine);
VITRT_API const vitrt_output_info* vitrt_engine_output(const vitrt_engine* engine, size_t index); /* NULL: no such */

/* ---- Session: one thread's way to run an engine ------------------------------------------------------------------ */

typedef struct vitrt_session vitrt_session;

typedef struct vitrt_session_options {
  uint32_t struct_size;
  int32_t threads;   /* 0: what the tune file says, or one for each allowed core that has work enough */
  int32_t max_batch; /* images of one vitrt_run_frames or vitrt_run_tensor, at most the plan's; 0: 1 */
  int32_t pin;       /* 1: each thread that the session starts stays on a CPU of its own */
} vitrt_session_options;

VITRT_API vitrt_code vitrt_session_create(const vitrt_engine* engine, const vitrt_session_options* options,
                                          vitrt_session** session);
VITRT_API void vitrt_session_free(vitrt_session* session);

/* ---- Runs -------------------------------------------------------------------------------------------------------- */

typedef int32_t vitrt_policy;
enum {                                 /* confidence of an exit, from p = softmax(logits) */
       VITRT_POLICY_DEFAULT = 0,       /* the plan's */
       VITRT_POLICY_MAX_PROB = 1,      /* largest p */
       VITRT_POLICY_MARGIN = 2,        /* largest minus second largest p */
       VITRT_POLICY_ENTROPY = 3,       /* 1 - H(p) / ln(classes) */
       VITRT_POLICY_GEOMETRIC_MEAN = 4 /* of p over the exits tried so far, scaled to sum 1. Since ABI version 2 */
};

typedef struct vitrt_run_options {
  uint32_t struct_size;
  vitrt_policy policy;
  const float* thresholds; /* by exit; NULL: the plan's; NaN as an element: the plan's for that exit */
  size_t threshold_count;
  const int8_t* enabled; /* by exit: 1 on, -1 off, 0 as the plan says; NULL: the plan's */
  size_t enabled_count;
  const char* exit;      /* always answer at the exit of this name; "last": the last one; NULL: by the thresholds */
  double deadline_ms;    /* start no segment that is not expected to end within this time of the call; 0: none */
  int32_t all_exits;     /* 1: run to the end and keep every exit's logits; the policy still decides the exit */
  int32_t measure_input; /* 1: fill input_mean and input_deviation (images only) */
} vitrt_run_options;

typedef int32_t vitrt_pixel_format;
enum {
  VITRT_GRAY8 = 0,
  VITRT_GRAY16 = 1, /* 16 bits a sample, host order; see vitrt_frame.bits */
  VITRT_RGB8 = 2,
  VITRT_BGR8 = 3,
  VITRT_RGBA8 = 4, /* alpha is ignored */
  VITRT_BGRA8 = 5,
  VITRT_RGB16 = 6
};

/* A camera frame where it lies; read during the call only, not copied. */
typedef struct vitrt_frame {
  uint32_t struct_size;
  vitrt_pixel_format format;
  const void* data;      /* the top row */
  int64_t width, height; /* pixels */
  int64_t stride;        /* bytes from a row to the one below; negative for bottom-up frames */
  /* Since ABI version 3. */
  int32_t bits; /* of a sample of 16 bits that hold the value, the lowest: 10, 12, 14; 0: as the plan says, mostly 16 */
} vitrt_frame;

enum {                        /* vitrt_prediction.flags */
       VITRT_NON_FINITE = 1,  /* an exit's logits held NaN or infinity: never confident there, the run went on */
       VITRT_DEADLINE = 2,    /* the deadline cut the run short: the best exit so far answered */
       VITRT_NO_DECISION = 4, /* the logits of the exit that answered are not finite: there is no class */
       VITRT_LOW_RANGE = 8 /* 16-bit samples below 4,096: they hold 12 bits or fewer, most likely; the plan takes 16 */
};

typedef struct vitrt_prediction {
  int32_t label;     /* the most probable class; -1: no decision (VITRT_NO_DECISION), or a plan without exits */
  int32_t exit;      /* index of the exit that answered; -1: the plan has none */
  float probability; /* of that class; 0 without a decision */
  float confidence;  /* by the policy in force */
  uint32_t flags;
  uint32_t classes;           /* length of the arrays below */
  const float* probabilities; /* by vitrt_exit_info.meaning */
  const float* logits;        /* of the exit that answered: the model's output; of one number x [0, x], [1 - x, x] */
  double decode_ms, preprocess_ms;
  double run_ms;                     /* until this image's decision */
  float input_mean, input_deviation; /* of the values that the model saw, where measure_input asked for it */
} vitrt_prediction;

/* PNG, JPEG, BMP, PNM or TIFF bytes. Errors: VITRT_BAD_INPUT, VITRT_INVALID_ARGUMENT. */
VITRT_API vitrt_code vitrt_run_file(vitrt_session* session, const void* bytes, size_t size,
                                    const vitrt_run_options* options, const vitrt_prediction** prediction);
VITRT_API vitrt_code vitrt_run_frame(vitrt_session* session, const vitrt_frame* frame, const vitrt_run_options* options,
                                     const vitrt_prediction** prediction);
/* n frames as one batch: several cameras, or parts of one frame. predictions: n pointers to fill. */
VITRT_API vitrt_code vitrt_run_frames(vitrt_session* session, const vitrt_frame* const* frames, int32_t n,
                                      const vitrt_run_options* options, const vitrt_prediction** predictions);
/* n images in the model's own layout, already preprocessed: n times the product of vitrt_engine_input_dims floats.
 * predictions: n pointers to fill. Each image gets exactly the prediction that it gets alone. */
VITRT_API vitrt_code vitrt_run_tensor(vitrt_session* session, const float* input, size_t floats, int32_t n,
                                      const vitrt_run_options* options, const vitrt_prediction** predictions);

/* After a run: logits of exit `exit`, [n, classes] in the order of the batch; NULL where it did not run for the whole
 * batch (all_exits makes every exit run). */
VITRT_API const float* vitrt_exit_logits(const vitrt_session* session, size_t exit);
/* Likewise, the model's output unchanged: for each image the product of vitrt_exit_info.dims. Since ABI version 2. */
VITRT_API const float* vitrt_exit_output(const vitrt_session* session, size_t exit);
/* After a run to the end: output `index` (vitrt_engine_output), the images of the batch one after the other, each of
 * its dims and type. Gives the number of bytes in `size`; NULL where the run ended before. Since ABI version 2. */
VITRT_API const void* vitrt_output(const vitrt_session* session, size_t index, size_t* size);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* VITRT_C_H_ */
