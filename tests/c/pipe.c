/* Pipes: between the host and itself, between the host and programs, and between programs. */
#include "program.h"

static wrt_engine *engine;
static guest upper, cat, count, flood, mixed;

static wrt_pipe *new_pipe(size_t capacity) {
  wrt_pipe *pipe = NULL;
  CHECK_OK(wrt_pipe_new(capacity, &pipe, &error));
  return pipe;
}

static wrt_pipe_info info_of(const wrt_pipe *pipe) {
  wrt_pipe_info info = {0};
  info.struct_size = sizeof info;
  CHECK_OK(wrt_pipe_state(pipe, &info, &error));
  return info;
}

/* Writes a text, or as much as there is room for. */
static size_t put(const wrt_pipe *pipe, const char *text) {
  size_t written = 999;
  CHECK_OK(wrt_pipe_write(pipe, (const uint8_t *)text, strlen(text), &written, &error));
  return written;
}

/* Reads at most so many bytes: they are this text, and afterwards the pipe has ended, or not. */
static void check_read(const wrt_pipe *pipe, size_t most, const char *expected, int32_t end) {
  char data[256] = {0};
  size_t read = 999;
  int32_t ended = 9;
  CHECK(most < sizeof data);
  CHECK_OK(wrt_pipe_read(pipe, (uint8_t *)data, most, &read, &ended, &error));
  CHECK_TEXT(data, expected);
  CHECK(read == strlen(expected) && ended == end);
}

static void watch(const wrt_pipe *pipe, uint32_t side, bell *at) {
  CHECK_OK(wrt_pipe_set_wake(pipe, side, ring, at, &error));
}

static void ignore(const wrt_pipe *pipe, uint32_t side) {
  CHECK_OK(wrt_pipe_set_wake(pipe, side, NULL, NULL, &error));
}

static void finish(const wrt_pipe *pipe) {
  CHECK_OK(wrt_pipe_finish(pipe, &error));
}

/* ===== The host alone ===== */

static void pipes_are_bounded(void) {
  wrt_pipe *pipe = new_pipe(5);
  wrt_pipe_info info = info_of(pipe);
  size_t read = 9;
  CHECK_TEXT(wrt_handle_type(pipe), "pipe");
  CHECK(info.capacity == 5 && info.len == 0 && !info.is_wanted && !info.is_ended && !info.is_broken);
  CHECK(info.reserved == 0);
  check_read(pipe, 9, "", 0);
  CHECK(put(pipe, "abc") == 3 && put(pipe, "defg") == 2 && put(pipe, "h") == 0);
  CHECK(info_of(pipe).len == 5);
  check_read(pipe, 0, "", 0);
  check_read(pipe, 2, "ab", 0);
  CHECK(put(pipe, "xyz") == 2);
  check_read(pipe, 100, "cdexy", 0);
  CHECK(put(pipe, "12345") == 5);
  CHECK_OK(wrt_pipe_read(pipe, NULL, 0, &read, NULL, &error));
  CHECK(read == 0 && info_of(pipe).len == 5);
  wrt_release(pipe);
}

static void what_goes_in_comes_out(void) {
  const size_t total = 100000;
  wrt_pipe *pipe = new_pipe(37);
  uint8_t data[53];
  size_t in = 0, out = 0, i, moved = 0;
  while (out < total) {
    const size_t most = 1 + in % 41;
    for (i = 0; i < most; i++) {
      data[i] = (uint8_t)((in + i) * 7);
    }
    CHECK_OK(wrt_pipe_write(pipe, data, in + most <= total ? most : total - in, &moved, &error));
    in += moved;
    CHECK_OK(wrt_pipe_read(pipe, data, 1 + out % sizeof data, &moved, NULL, &error));
    for (i = 0; i < moved; i++) {
      CHECK(data[i] == (uint8_t)((out + i) * 7));
    }
    out += moved;
    CHECK(info_of(pipe).len == in - out && in - out <= 37);
  }
  wrt_release(pipe);
}

static void finished_pipes_end(void) {
  wrt_pipe *pipe = new_pipe(9);
  size_t written = 9;
  CHECK(put(pipe, "abc") == 3);
  finish(pipe);
  finish(pipe);
  CHECK(info_of(pipe).is_ended == 1 && info_of(pipe).is_broken == 0);
  CHECK_FAILS(wrt_pipe_write(pipe, (const uint8_t *)"d", 1, &written, &error), WRT_ERR_IO, "the pipe was finished");
  CHECK_STATUS(wrt_pipe_write(pipe, NULL, 0, &written, &error), WRT_ERR_IO);
  CHECK(written == 9);
  check_read(pipe, 2, "ab", 0);
  check_read(pipe, 0, "", 0);
  check_read(pipe, 2, "c", 1);
  check_read(pipe, 2, "", 1);
  check_read(pipe, 0, "", 1);
  wrt_release(pipe);
}

static void errors_say_what_is_wrong(void) {
  wrt_pipe *pipe = NULL;
  wrt_wasi *wasi = new_wasi("cat");
  wrt_pipe_info info = {0};
  uint8_t data[4] = {0};
  size_t moved = 77;
  int32_t ended = 77;
  bell at;
  bell_init(&at);
  CHECK_FAILS(wrt_pipe_new(0, &pipe, &error), WRT_ERR_ARGUMENT, "capacity is 0");
  CHECK_FAILS(wrt_pipe_new(1, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  CHECK(pipe == NULL);
  pipe = new_pipe(4);
  CHECK_FAILS(wrt_pipe_set_wake(pipe, 2, ring, &at, &error), WRT_ERR_ARGUMENT, "side is 2, not WRT_PIPE_READ");
  CHECK_STATUS(wrt_pipe_set_wake(pipe, UINT32_MAX, NULL, NULL, &error), WRT_ERR_ARGUMENT);
  CHECK_FAILS(wrt_pipe_write(pipe, NULL, 1, &moved, &error), WRT_ERR_ARGUMENT, "data is NULL");
  CHECK_FAILS(wrt_pipe_write(pipe, data, 1, NULL, &error), WRT_ERR_ARGUMENT, "written is NULL");
  CHECK_STATUS(wrt_pipe_write(pipe, data, SIZE_MAX, &moved, &error), WRT_ERR_ARGUMENT);
  CHECK_FAILS(wrt_pipe_read(pipe, NULL, 1, &moved, &ended, &error), WRT_ERR_ARGUMENT, "data is NULL");
  CHECK_FAILS(wrt_pipe_read(pipe, data, 1, NULL, &ended, &error), WRT_ERR_ARGUMENT, "read is NULL");
  CHECK_FAILS(wrt_pipe_state(pipe, &info, &error), WRT_ERR_ARGUMENT, "struct_size");
  CHECK_FAILS(wrt_pipe_state(pipe, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  CHECK_FAILS(wrt_wasi_pipe(wasi, 3, pipe, &error), WRT_ERR_ARGUMENT, "fd is 3, not 0, 1 or 2");
  CHECK_STATUS(wrt_wasi_pipe(wasi, -1, pipe, &error), WRT_ERR_ARGUMENT);
  CHECK_FAILS(wrt_wasi_pipe(wasi, 0, NULL, &error), WRT_ERR_ARGUMENT, "pipe is NULL");
  CHECK_OK(wrt_pipe_write(pipe, NULL, 0, &moved, &error));
  CHECK(moved == 0 && ended == 77 && info_of(pipe).len == 0);
  /* An older program knows a part of the struct. */
  info.struct_size = 2 * sizeof(size_t);
  info.len = 55;
  CHECK_OK(wrt_pipe_state(pipe, &info, &error));
  CHECK(info.capacity == 4 && info.len == 55);

  CHECK(put(pipe, "abc") == 3);
  CHECK_OK(wrt_close(pipe, &error));
  CHECK_OK(wrt_close(pipe, &error));
  CHECK_FAILS(wrt_pipe_write(pipe, data, 1, &moved, &error), WRT_ERR_CLOSED, "the pipe is closed");
  CHECK_STATUS(wrt_pipe_read(pipe, data, 1, &moved, &ended, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_pipe_finish(pipe, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_pipe_set_wake(pipe, WRT_PIPE_READ, ring, &at, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_wasi_pipe(wasi, 0, pipe, &error), WRT_ERR_CLOSED);
  info.struct_size = sizeof info;
  CHECK_STATUS(wrt_pipe_state(pipe, &info, &error), WRT_ERR_CLOSED);
  CHECK(rings(&at) == 0);
  wrt_release(wasi);
  wrt_release(pipe);
}

/* ===== Waking ===== */

static void readers_are_woken_when_something_comes(void) {
  wrt_pipe *pipe = new_pipe(8);
  bell at, other;
  bell_init(&at);
  bell_init(&other);
  watch(pipe, WRT_PIPE_READ, &at);
  CHECK(put(pipe, "") == 0 && rings(&at) == 0);
  CHECK(put(pipe, "ab") == 2 && rings(&at) == 1);
  CHECK(put(pipe, "c") == 1 && rings(&at) == 0);
  check_read(pipe, 1, "a", 0);
  CHECK(put(pipe, "d") == 1 && rings(&at) == 0);
  check_read(pipe, 8, "bcd", 0);
  CHECK(rings(&at) == 0);
  CHECK(put(pipe, "e") == 1 && rings(&at) == 1);
  /* Another function in its place; then none; what is there is not told. */
  watch(pipe, WRT_PIPE_READ, &other);
  check_read(pipe, 8, "e", 0);
  CHECK(rings(&other) == 0 && put(pipe, "f") == 1 && rings(&other) == 1 && rings(&at) == 0);
  ignore(pipe, WRT_PIPE_READ);
  check_read(pipe, 8, "f", 0);
  CHECK(put(pipe, "g") == 1 && rings(&other) == 0);
  watch(pipe, WRT_PIPE_READ, &at);
  CHECK(rings(&at) == 0);
  /* The end is something, but not where there is something to read anyway. */
  finish(pipe);
  CHECK(rings(&at) == 0);
  check_read(pipe, 8, "g", 1);
  CHECK(rings(&at) == 0);
  wrt_release(pipe);
  pipe = new_pipe(8);
  watch(pipe, WRT_PIPE_READ, &at);
  finish(pipe);
  CHECK(rings(&at) == 1);
  finish(pipe);
  CHECK(rings(&at) == 0);
  wrt_release(pipe);
  CHECK(rings(&at) == 0 && rings(&other) == 0);
}

static void writers_are_woken_when_there_is_room(void) {
  wrt_pipe *pipe = new_pipe(4);
  bell at, readable;
  bell_init(&at);
  bell_init(&readable);
  watch(pipe, WRT_PIPE_WRITE, &at);
  watch(pipe, WRT_PIPE_READ, &readable);
  CHECK(put(pipe, "abc") == 3 && rings(&at) == 0);
  check_read(pipe, 1, "a", 0);
  CHECK(rings(&at) == 0);
  CHECK(put(pipe, "def") == 2 && rings(&at) == 0);
  check_read(pipe, 0, "", 0);
  CHECK(rings(&at) == 0);
  check_read(pipe, 1, "b", 0);
  CHECK(rings(&at) == 1);
  check_read(pipe, 1, "c", 0);
  CHECK(rings(&at) == 0);
  CHECK(put(pipe, "xyz") == 2 && put(pipe, "z") == 0);
  check_read(pipe, 4, "dexy", 0);
  CHECK(rings(&at) == 1 && rings(&readable) == 1);
  /* Each side is silenced by itself. */
  ignore(pipe, WRT_PIPE_WRITE);
  CHECK(put(pipe, "1234") == 4);
  check_read(pipe, 4, "1234", 0);
  CHECK(rings(&at) == 0 && rings(&readable) == 1);
  wrt_release(pipe);
}

/* ===== A program ===== */

/* The program waits for input, and says so. */
static void check_waits(const program *of, const wrt_pipe *in) {
  CHECK(poll_task(of->task) == WRT_TASK_PENDING);
  CHECK(info_of(in).is_wanted == 1 && info_of(in).len == 0);
  /* Polled without need it still does. */
  CHECK(poll_task(of->task) == WRT_TASK_PENDING && info_of(in).is_wanted == 1);
}

static void programs_read_and_write(void) {
  wrt_pipe *in = new_pipe(64);
  wrt_pipe *out = new_pipe(64);
  wrt_wasi *wasi = new_wasi("upper");
  bell woken, wanted, readable;
  program run;
  bell_init(&woken);
  bell_init(&wanted);
  bell_init(&readable);
  watch(in, WRT_PIPE_WRITE, &wanted);
  watch(out, WRT_PIPE_READ, &readable);
  give_pipe(wasi, 0, in);
  give_pipe(wasi, 1, out);
  run = start_with(&upper, wasi, &woken);
  CHECK(info_of(in).is_wanted == 0 && rings(&woken) == 0);
  check_waits(&run, in);
  CHECK(rings(&wanted) == 1 && rings(&woken) == 0 && rings(&readable) == 0);

  CHECK(put(in, "Hello,\nWor") == 10);
  CHECK(rings(&woken) == 1 && info_of(in).is_wanted == 0 && info_of(in).len == 10);
  check_waits(&run, in);
  CHECK(rings(&wanted) == 1 && rings(&readable) == 1);
  check_read(out, 64, "HELLO,\n", 0);
  CHECK(put(in, "ld!\n") == 4 && put(in, "rest") == 4);
  CHECK(rings(&woken) == 1);
  check_waits(&run, in);
  check_read(out, 64, "WORLD!\n", 0);

  CHECK(rings(&woken) == 0);
  finish(in);
  CHECK(rings(&woken) == 1);
  CHECK(poll_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_OK);
  check_read(out, 64, "REST", 0);
  /* The store could run another program, until it is closed. */
  rings(&readable);
  CHECK(info_of(out).is_ended == 0 && info_of(in).is_broken == 0);
  end_program(&run);
  CHECK(info_of(out).is_ended == 1 && info_of(in).is_broken == 1 && rings(&readable) == 1);
  check_read(out, 64, "", 1);
  wrt_release(in);
  wrt_release(out);
}

/* Whoever gives up a program that waits is not told that it could go on. */
static void what_is_given_up_wants_nothing(void) {
  wrt_pipe *in = new_pipe(64);
  wrt_wasi *wasi = new_wasi("upper");
  bell woken;
  program run;
  bell_init(&woken);
  give_pipe(wasi, 0, in);
  run = start_with(&upper, wasi, &woken);
  check_waits(&run, in);
  CHECK_OK(wrt_task_cancel(run.task, &error));
  CHECK(poll_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_ERR_INTERRUPTED);
  rings(&woken);
  CHECK(put(in, "abc\n") == 4 && rings(&woken) == 0);
  end_program(&run);
  wrt_release(in);
}

static void nobody_waits_after_a_cancelled_program(void) {
  wrt_pipe *in = new_pipe(64);
  wrt_wasi *wasi = new_wasi("upper");
  bell wanted;
  program run;
  bell_init(&wanted);
  watch(in, WRT_PIPE_WRITE, &wanted);
  give_pipe(wasi, 0, in);
  run = start_program(&upper, wasi);
  check_waits(&run, in);
  CHECK_OK(wrt_task_cancel(run.task, &error));
  CHECK(info_of(in).is_wanted == 0);
  /* A second program in the store wants something, too. */
  load_again(&run, &upper);
  rings(&wanted);
  run.task = start_task(run.instance, "_start", NULL);
  check_waits(&run, in);
  CHECK(rings(&wanted) == 1);
  end_program(&run);
  CHECK(info_of(in).is_wanted == 0 && info_of(in).is_broken == 1 && rings(&wanted) == 1);
  wrt_release(in);
}

/* Copies so many bytes through a program, with pipes of this capacity. */
static void copy(size_t capacity, size_t total) {
  wrt_pipe *in = new_pipe(capacity);
  wrt_pipe *out = new_pipe(capacity);
  wrt_wasi *wasi = new_wasi("cat");
  uint8_t data[256];
  size_t sent = 0, found = 0, moved, i;
  int32_t ended = 0;
  program run;
  give_pipe(wasi, 0, in);
  give_pipe(wasi, 1, out);
  run = start_program(&cat, wasi);
  while (!ended) {
    const size_t most = total - sent < sizeof data ? total - sent : sizeof data;
    for (i = 0; i < most; i++) {
      data[i] = (uint8_t)((sent + i) * 11);
    }
    if (sent < total) {
      CHECK_OK(wrt_pipe_write(in, data, most, &moved, &error));
      sent += moved;
    } else {
      finish(in);
    }
    if (run.task != NULL && poll_task(run.task) == WRT_TASK_DONE) {
      CHECK(outcome_of(&run) == WRT_OK);
      end_program(&run);
    }
    CHECK(info_of(in).len <= capacity && info_of(out).len <= capacity);
    CHECK_OK(wrt_pipe_read(out, data, sizeof data, &moved, &ended, &error));
    for (i = 0; i < moved; i++) {
      CHECK(data[i] == (uint8_t)((found + i) * 11));
    }
    found += moved;
  }
  CHECK(found == total && run.task == NULL);
  wrt_release(in);
  wrt_release(out);
}

static void programs_copy(void) {
  copy(1, 100);
  copy(16, 5000);
  copy(65536, 200000);
}

static void full_pipes_hold_programs_back(void) {
  wrt_pipe *out = new_pipe(16);
  wrt_wasi *wasi = new_wasi("flood 1000");
  size_t found = 0, rounds = 0;
  bell woken;
  program run;
  bell_init(&woken);
  give_pipe(wasi, 1, out);
  run = start_with(&flood, wasi, &woken);
  while (poll_task(run.task) == WRT_TASK_PENDING) {
    uint8_t data[100];
    size_t read = 0, i;
    CHECK(rings(&woken) == 0 && info_of(out).len == 16 && info_of(out).is_wanted == 0);
    CHECK_OK(wrt_pipe_read(out, data, rounds % 2 == 0 ? sizeof data : 3, &read, NULL, &error));
    CHECK(read == (rounds % 2 == 0 ? 16 : 3) && rings(&woken) == 1);
    for (i = 0; i < read; i++) {
      CHECK(data[i] == ((found + i) % 2 == 0 ? 'y' : '\n'));
    }
    found += read;
    rounds++;
  }
  CHECK(outcome_of(&run) == WRT_OK && found + info_of(out).len == 1000 && rounds >= 1000 / 16);
  end_program(&run);
  wrt_release(out);
}

static void both_outputs_may_be_one_pipe(void) {
  wrt_pipe *out = new_pipe(200);
  wrt_wasi *wasi = new_wasi("mixed 2");
  program run;
  give_pipe(wasi, 1, out);
  give_pipe(wasi, 2, out);
  run = start_program(&mixed, wasi);
  CHECK(poll_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_OK);
  check_read(out, 200, "out 1\nerr 1\nout 2\nerr 2\n", 0);
  end_program(&run);
  check_read(out, 200, "", 1);
  wrt_release(out);
}

/* One program writes what it reads to its own input. */
static void programs_may_be_their_own_reader(void) {
  wrt_pipe *ring_road = new_pipe(64);
  wrt_wasi *wasi = new_wasi("upper");
  program run;
  give_pipe(wasi, 0, ring_road);
  give_pipe(wasi, 1, ring_road);
  CHECK(put(ring_road, "ab") == 2);
  run = start_program(&upper, wasi);
  CHECK(poll_task(run.task) == WRT_TASK_PENDING && info_of(ring_road).is_wanted == 1);
  finish(ring_road);
  /* It is a writer itself, so that there is no end. */
  CHECK(info_of(ring_road).is_ended == 0 && poll_task(run.task) == WRT_TASK_PENDING);
  end_program(&run);
  CHECK(info_of(ring_road).is_ended == 1 && info_of(ring_road).is_broken == 1);
  wrt_release(ring_road);
}

/* A call that is no task waits on its thread until another one writes. */
static void *write_later(void *env) {
  wrt_error failed = {0};
  size_t written = 0;
  CHECK(wrt_pipe_write(env, (const uint8_t *)"one two\nthree\n", 14, &written, &failed) == WRT_OK && written == 14);
  CHECK(wrt_pipe_finish(env, &failed) == WRT_OK);
  return NULL;
}

static void calls_wait_on_their_thread(void) {
  wrt_pipe *in = new_pipe(64);
  wrt_wasi *wasi = new_kept("count");
  program run;
  pthread_t writer;
  give_pipe(wasi, 0, in);
  run = load(&count, wasi);
  CHECK(pthread_create(&writer, NULL, write_later, in) == 0);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  CHECK(pthread_join(writer, NULL) == 0);
  check_output(run.store, 1, "2 lines, 3 words, 14 bytes\n");
  end_program(&run);
  wrt_release(wasi);
  wrt_release(in);
}

/* ===== The other side goes away ===== */

static void writers_are_told_when_nobody_reads(void) {
  wrt_pipe *out = new_pipe(16);
  wrt_wasi *wasi = new_kept("flood 1000");
  bell woken;
  program run;
  bell_init(&woken);
  give_pipe(wasi, 1, out);
  run = start_with(&flood, wasi, &woken);
  CHECK(poll_task(run.task) == WRT_TASK_PENDING);
  CHECK_OK(wrt_close(out, &error));
  CHECK(rings(&woken) == 1);
  CHECK(wait_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_ERR_EXIT && error.exit_code == 1);
  check_output(run.store, 2, "write: EIO\n");
  end_program(&run);
  wrt_release(out);
}

static void hosts_are_told_when_nobody_reads(void) {
  wrt_pipe *in = new_pipe(4);
  wrt_wasi *wasi = new_wasi("upper");
  size_t written = 77;
  bell room;
  program run;
  bell_init(&room);
  watch(in, WRT_PIPE_WRITE, &room);
  CHECK(put(in, "abcdef") == 4);
  give_pipe(wasi, 0, in);
  run = start_program(&upper, wasi);
  CHECK(info_of(in).is_broken == 0 && rings(&room) == 0);
  end_program(&run);
  CHECK(info_of(in).is_broken == 1 && rings(&room) == 1);
  CHECK_FAILS(wrt_pipe_write(in, (const uint8_t *)"ef", 2, &written, &error), WRT_ERR_IO, "nobody reads from the pipe");
  CHECK(written == 77);
  wrt_release(in);
}

static void pipes_outlive_their_handle(void) {
  wrt_pipe *in = new_pipe(64);
  wrt_pipe *out = new_pipe(64);
  wrt_wasi *wasi = new_wasi("upper");
  bell at;
  program run;
  bell_init(&at);
  watch(in, WRT_PIPE_WRITE, &at);
  watch(in, WRT_PIPE_READ, &at);
  give_pipe(wasi, 0, in);
  give_pipe(wasi, 1, out);
  CHECK(put(in, "abc") == 3);
  /* Nothing else is written, and what is in it is still read. */
  wrt_release(in);
  rings(&at);
  run = start_program(&upper, wasi);
  CHECK(poll_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_OK);
  end_program(&run);
  check_read(out, 64, "ABC", 1);
  CHECK(rings(&at) == 0);
  wrt_release(out);
}

/* Released while a program waits for it, a pipe ends; the host is not woken after that. */
static void releasing_a_pipe_ends_the_wait(void) {
  wrt_pipe *in = new_pipe(64);
  wrt_wasi *wasi = new_kept("count");
  bell at, woken;
  program run;
  bell_init(&at);
  bell_init(&woken);
  give_pipe(wasi, 0, in);
  watch(in, WRT_PIPE_WRITE, &at);
  run = start_with(&count, wasi, &woken);
  check_waits(&run, in);
  CHECK(rings(&at) == 1);
  wrt_release(in);
  rings(&at);
  CHECK(rings(&woken) == 1);
  CHECK(poll_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_OK);
  check_output(run.store, 1, "0 lines, 0 words, 0 bytes\n");
  end_program(&run);
  CHECK(rings(&at) == 0);
}

/* Other settings end what a program reads and writes, even where they are the same. */
static void other_settings_end_pipes(void) {
  wrt_pipe *in = new_pipe(64);
  wrt_pipe *out = new_pipe(64);
  wrt_wasi *wasi = new_wasi("upper");
  wrt_wasi *nothing = new_wasi("upper");
  program run;
  give_pipe(wasi, 0, in);
  give_pipe(wasi, 1, out);
  run = load(&upper, wasi);
  CHECK_OK(wrt_store_set_wasi(run.store, wasi, &error));
  CHECK(info_of(in).is_broken == 0 && info_of(out).is_ended == 0);
  CHECK_OK(wrt_store_set_wasi(run.store, nothing, &error));
  CHECK(info_of(in).is_broken == 1 && info_of(out).is_ended == 1);
  wrt_release(nothing);
  wrt_release(wasi);
  end_program(&run);
  wrt_release(in);
  wrt_release(out);
}

/* ===== Two programs ===== */

/* Settings of `count` behind this pipe, and a program that writes to it. */
static program start_counting(const wrt_pipe *between) {
  wrt_wasi *wasi = new_kept("count");
  give_pipe(wasi, 0, between);
  return start_program(&count, wasi);
}

static program start_writing(const wrt_pipe *in, const wrt_pipe *between) {
  wrt_wasi *wasi = new_wasi("upper");
  give_pipe(wasi, 0, in);
  give_pipe(wasi, 1, between);
  return start_program(&upper, wasi);
}

static void programs_are_connected_on_one_thread(void) {
  wrt_pipe *in = new_pipe(64);
  wrt_pipe *between = new_pipe(2);
  program first = start_writing(in, between);
  program second = start_counting(between);
  CHECK(put(in, "one two three\nfour\n\nfive six\n") == 29);
  wrt_release(in);
  /* They go on without the host's share. */
  wrt_release(between);
  CHECK(poll_task(second.task) == WRT_TASK_PENDING);
  while (poll_task(first.task) != WRT_TASK_DONE) {
    CHECK(poll_task(second.task) == WRT_TASK_PENDING);
  }
  CHECK(outcome_of(&first) == WRT_OK);
  CHECK(poll_task(second.task) == WRT_TASK_PENDING);
  end_program(&first);
  CHECK(poll_task(second.task) == WRT_TASK_DONE && outcome_of(&second) == WRT_OK);
  check_output(second.store, 1, "4 lines, 6 words, 29 bytes\n");
  end_program(&second);
}

static void the_last_writer_ends_a_pipe(void) {
  wrt_pipe *in[2] = {NULL, NULL};
  wrt_pipe *between = new_pipe(64);
  program writers[2], reader;
  int i;
  for (i = 0; i < 2; i++) {
    in[i] = new_pipe(64);
    writers[i] = start_writing(in[i], between);
    CHECK(put(in[i], i == 0 ? "a\n" : "b\nc\n") == (i == 0 ? 2u : 4u));
    finish(in[i]);
  }
  reader = start_counting(between);
  for (i = 0; i < 2; i++) {
    CHECK(poll_task(writers[i].task) == WRT_TASK_DONE && outcome_of(&writers[i]) == WRT_OK);
    CHECK(poll_task(reader.task) == WRT_TASK_PENDING);
    end_program(&writers[i]);
    CHECK(info_of(between).is_ended == (i == 0 ? 0u : 1u));
    wrt_release(in[i]);
  }
  CHECK(poll_task(reader.task) == WRT_TASK_DONE && outcome_of(&reader) == WRT_OK);
  check_output(reader.store, 1, "3 lines, 3 words, 6 bytes\n");
  end_program(&reader);
  wrt_release(between);
}

/* A program that ends early takes the reader from the one before it. */
static void readers_that_end_break_the_pipe(void) {
  wrt_pipe *between = new_pipe(16);
  wrt_wasi *wasi = new_kept("flood 1000");
  program writer, reader;
  give_pipe(wasi, 1, between);
  writer = start_program(&flood, wasi);
  reader = start_counting(between);
  CHECK(poll_task(writer.task) == WRT_TASK_PENDING && poll_task(reader.task) == WRT_TASK_PENDING);
  CHECK(poll_task(writer.task) == WRT_TASK_PENDING && info_of(between).len == 16);
  end_program(&reader);
  CHECK(info_of(between).is_broken == 1);
  CHECK(poll_task(writer.task) == WRT_TASK_DONE && outcome_of(&writer) == WRT_ERR_EXIT);
  check_output(writer.store, 2, "write: EIO\n");
  end_program(&writer);
  wrt_release(between);
}

typedef struct {
  program *of;
  int32_t state;
} runner;

/* Polls a program to its end, and frees it where nobody asks for what it kept. */
static void *run_to_the_end(void *env) {
  runner *at = env;
  wrt_error failed = {0};
  CHECK(wrt_task_wait(at->of->task, UINT64_MAX, &at->state, &failed) == WRT_OK);
  CHECK(wrt_task_results(at->of->task, NULL, 0, &failed) == WRT_OK);
  return NULL;
}

static void *run_and_free(void *env) {
  run_to_the_end(env);
  end_program(((runner *)env)->of);
  return NULL;
}

static void programs_are_connected_on_two_threads(void) {
  const size_t lines = getenv("WRT_TEST_VALGRIND") != NULL ? 300 : 5000;
  static const char line[] = "the quick brown fox\n";
  char expected[100];
  wrt_pipe *in = new_pipe(64);
  wrt_pipe *between = new_pipe(16);
  program programs[2];
  runner runners[2];
  pthread_t threads[2];
  bell room;
  size_t sent = 0;
  bell_init(&room);
  watch(in, WRT_PIPE_WRITE, &room);
  programs[0] = start_writing(in, between);
  programs[1] = start_counting(between);
  wrt_release(between);
  runners[0].of = &programs[0];
  runners[1].of = &programs[1];
  CHECK(pthread_create(&threads[0], NULL, run_and_free, &runners[0]) == 0);
  CHECK(pthread_create(&threads[1], NULL, run_to_the_end, &runners[1]) == 0);
  while (sent < lines * (sizeof line - 1)) {
    const size_t at = sent % (sizeof line - 1);
    const size_t written = put(in, line + at);
    sent += written;
    if (written == 0) {
      listen_to(&room);
    }
  }
  finish(in);
  CHECK(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
  CHECK(runners[0].state == WRT_TASK_DONE && runners[1].state == WRT_TASK_DONE);
  CHECK(sprintf(expected, "%lu lines, %lu words, %lu bytes\n", (unsigned long)lines, (unsigned long)lines * 4,
                (unsigned long)sent) > 0);
  check_output(programs[1].store, 1, expected);
  end_program(&programs[1]);
  wrt_release(in);
}

static void programs_are_connected_on_threads_of_the_library(void) {
  wrt_pipe *between = new_pipe(16);
  wrt_wasi *wasi[2];
  program runs[2];
  bell done;
  int i;
  bell_init(&done);
  wasi[0] = new_wasi("flood 5000");
  wasi[1] = new_kept("count");
  give_pipe(wasi[0], 1, between);
  give_pipe(wasi[1], 0, between);
  wrt_release(between);
  for (i = 0; i < 2; i++) {
    wrt_func *func;
    wrt_call *call;
    runs[i] = load(i == 0 ? &flood : &count, wasi[i]);
    func = export_of(runs[i].instance, "_start");
    call = new_call(func);
    CHECK_OK(wrt_call_spawn(call, NULL, 0, ring, &done, &runs[i].task, &error));
    wrt_release(call);
    wrt_release(func);
    wrt_release(wasi[i]);
  }
  for (i = 0; i < 2; i++) {
    CHECK(wait_task(runs[i].task) == WRT_TASK_DONE && outcome_of(&runs[i]) == WRT_OK);
    if (i == 1) {
      check_output(runs[i].store, 1, "2500 lines, 2500 words, 5000 bytes\n");
    }
    end_program(&runs[i]);
  }
  CHECK(rings(&done) <= 2);
}

int main(void) {
  pipes_are_bounded();
  what_goes_in_comes_out();
  finished_pipes_end();
  errors_say_what_is_wrong();
  readers_are_woken_when_something_comes();
  writers_are_woken_when_there_is_room();

  engine = new_engine();
  upper = new_guest(engine, "upper");
  cat = new_guest(engine, "cat");
  count = new_guest(engine, "count");
  flood = new_guest(engine, "flood");
  mixed = new_guest(engine, "mixed");
  programs_read_and_write();
  what_is_given_up_wants_nothing();
  programs_copy();
  full_pipes_hold_programs_back();
  both_outputs_may_be_one_pipe();
  programs_may_be_their_own_reader();
  calls_wait_on_their_thread();
  writers_are_told_when_nobody_reads();
  hosts_are_told_when_nobody_reads();
  pipes_outlive_their_handle();
  releasing_a_pipe_ends_the_wait();
  other_settings_end_pipes();
  programs_are_connected_on_one_thread();
  the_last_writer_ends_a_pipe();
  readers_that_end_break_the_pipe();
  programs_are_connected_on_two_threads();
  programs_are_connected_on_threads_of_the_library();
  nobody_waits_after_a_cancelled_program();
  free_guest(&upper);
  free_guest(&cat);
  free_guest(&count);
  free_guest(&flood);
  free_guest(&mixed);
  wrt_release(engine);
  return check_done();
}
