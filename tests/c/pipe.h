/* What the tests of pipes share: one line for each thing that is done with a pipe. Comes before all other headers. */
#ifndef PIPE_H
#define PIPE_H

#include "program.h"

static inline wrt_pipe *new_pipe(size_t capacity) {
  wrt_pipe *pipe = NULL;
  CHECK_OK(wrt_pipe_new(capacity, &pipe, &error));
  return pipe;
}

static inline wrt_pipe_info info_of(const wrt_pipe *pipe) {
  wrt_pipe_info info = {0};
  info.struct_size = sizeof info;
  CHECK_OK(wrt_pipe_state(pipe, &info, &error));
  return info;
}

/* Writes a text, or as much as there is room for. */
static inline size_t put(const wrt_pipe *pipe, const char *text) {
  size_t written = 999;
  CHECK_OK(wrt_pipe_write(pipe, (const uint8_t *)text, strlen(text), &written, &error));
  return written;
}

/* Reads at most so many bytes: they are this text, and afterwards the pipe has ended, or not. */
static inline void check_read(const wrt_pipe *pipe, size_t most, const char *expected, int32_t end) {
  char data[256] = {0};
  size_t read = 999;
  int32_t ended = 9;
  CHECK(most < sizeof data);
  CHECK_OK(wrt_pipe_read(pipe, (uint8_t *)data, most, &read, &ended, &error));
  CHECK_TEXT(data, expected);
  CHECK(read == strlen(expected) && ended == end);
}

static inline void watch(const wrt_pipe *pipe, uint32_t side, bell *at) {
  CHECK_OK(wrt_pipe_set_wake(pipe, side, ring, at, &error));
}

static inline void ignore(const wrt_pipe *pipe, uint32_t side) {
  CHECK_OK(wrt_pipe_set_wake(pipe, side, NULL, NULL, &error));
}

static inline void finish(const wrt_pipe *pipe) {
  CHECK_OK(wrt_pipe_finish(pipe, &error));
}

/* The program waits for input, and says so. */
static inline void check_waits(const program *of, const wrt_pipe *in) {
  CHECK(poll_task(of->task) == WRT_TASK_PENDING);
  CHECK(info_of(in).is_wanted == 1 && info_of(in).len == 0);
  /* Polled without need it still does. */
  CHECK(poll_task(of->task) == WRT_TASK_PENDING && info_of(in).is_wanted == 1);
}

#endif
