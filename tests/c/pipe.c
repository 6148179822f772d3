/* Pipes: the host alone, and with one program. */
#include "pipe.h"

static wrt_engine *engine;
static guest upper, cat, count, flood, mixed;

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
  nobody_waits_after_a_cancelled_program();
  free_guest(&upper);
  free_guest(&cat);
  free_guest(&count);
  free_guest(&flood);
  free_guest(&mixed);
  wrt_release(engine);
  return check_done();
}
