/* Pipes whose other side goes away, and pipes between programs. */
#include "pipe.h"

static wrt_engine *engine;
static guest upper, count, flood;

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

/* Settings that cannot be given change nothing, for the pipes in them neither. */
static void settings_that_fail_leave_pipes_alone(void) {
  wrt_pipe *in = new_pipe(64);
  wrt_pipe *out = new_pipe(64);
  wrt_wasi *wasi = new_wasi("upper");
  wrt_store *store = new_store(engine);
  bell at;
  bell_init(&at);
  watch(in, WRT_PIPE_WRITE, &at);
  watch(out, WRT_PIPE_READ, &at);
  give_pipe(wasi, 0, in);
  give_pipe(wasi, 1, out);
  CHECK_OK(wrt_wasi_output_file(wasi, 2, TEXT("there is no/such folder"), 0, &error));
  CHECK_STATUS(wrt_store_set_wasi(store, wasi, &error), WRT_ERR_IO);
  CHECK(info_of(in).is_broken == 0 && info_of(out).is_ended == 0 && rings(&at) == 0);
  CHECK(put(in, "abc") == 3);
  wrt_release(store);
  wrt_release(wasi);
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
  for (i = 0; i < 2; i++) {
    runs[i] = load(i == 0 ? &flood : &count, wasi[i]);
  }
  /* Without the host's share there have to be both. */
  wrt_release(between);
  for (i = 0; i < 2; i++) {
    wrt_func *func = export_of(runs[i].instance, "_start");
    wrt_call *call = new_call(func);
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
  engine = new_engine();
  upper = new_guest(engine, "upper");
  count = new_guest(engine, "count");
  flood = new_guest(engine, "flood");
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
  settings_that_fail_leave_pipes_alone();
  free_guest(&upper);
  free_guest(&count);
  free_guest(&flood);
  wrt_release(engine);
  return check_done();
}
