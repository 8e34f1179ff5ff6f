/* consumer.cc in C: consumer MODEL.plan IMAGE prints the class and the exit of the prediction. */
#include <stdio.h>
#include <stdlib.h>
#include <vitrt/c.h>

static int Fail(void) {
  fprintf(stderr, "%s\n", vitrt_error_message());
  return 1;
}

int main(int argc, char** argv) {
  static char bytes[1 << 20];
  if (argc != 3 || vitrt_abi_version() < VITRT_ABI_VERSION) return 2;
  FILE* file = fopen(argv[2], "rb");
  if (file == NULL) return 2;
  const size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);

  vitrt_engine* engine = NULL;
  vitrt_session* session = NULL;
  const vitrt_prediction* prediction = NULL;
  if (vitrt_engine_load(argv[1], NULL, &engine) != VITRT_OK) return Fail();
  if (vitrt_session_create(engine, NULL, &session) != VITRT_OK) return Fail();
  if (vitrt_run_file(session, bytes, size, NULL, &prediction) != VITRT_OK) return Fail();
  printf("class %d exit %d\n", (int)prediction->label, (int)prediction->exit);
  vitrt_session_free(session);
  vitrt_engine_free(engine);
  return 0;
}
