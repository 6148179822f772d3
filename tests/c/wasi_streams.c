/* What programs read and write: bytes, files, callbacks of the host, and output that is kept. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"

static wrt_engine *engine;
static guest cat, count, flood, hello, mixed, upper;

/* ===== Files of the test ===== */

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void check_file(const char *path, const char *expected) {
  char text[4096];
  size_t len;
  FILE *file = fopen(path, "rb");
  CHECK(file != NULL);
  len = fread(text, 1, sizeof text - 1, file);
  text[len] = 0;
  CHECK(fclose(file) == 0);
  CHECK_TEXT(text, expected);
}

/* ===== Input ===== */

static void give_bytes(const wrt_wasi *wasi, const char *text) {
  CHECK_OK(wrt_wasi_stdin_bytes(wasi, (const uint8_t *)text, strlen(text), &error));
}

static void bytes_are_read(void) {
  wrt_wasi *wasi = new_kept("count");
  uint8_t data[5] = {'a', 0, 0xff, '\n', 'b'};
  program runs[2];
  int i;
  CHECK_OK(wrt_wasi_stdin_bytes(wasi, data, 5, &error));
  memset(data, ' ', sizeof data);
  /* Each store reads them from the beginning. */
  for (i = 0; i < 2; i++) {
    runs[i] = load(&count, wasi);
  }
  for (i = 0; i < 2; i++) {
    CHECK_OK(wrt_instance_run(runs[i].instance, &error));
    check_output(runs[i].store, 1, "1 lines, 2 words, 5 bytes\n");
    /* What was read is gone. */
    load_again(&runs[i], &count);
    CHECK_OK(wrt_instance_run(runs[i].instance, &error));
    check_output(runs[i].store, 1, "0 lines, 0 words, 0 bytes\n");
    end_program(&runs[i]);
  }
  wrt_release(wasi);
  wasi = new_kept("count");
  CHECK_FAILS(wrt_wasi_stdin_bytes(wasi, NULL, 1, &error), WRT_ERR_ARGUMENT, "data is NULL");
  CHECK_OK(wrt_wasi_stdin_bytes(wasi, NULL, 0, &error));
  check_run(&count, wasi, 0, "0 lines, 0 words, 0 bytes\n");
}

static void the_last_input_counts(void) {
  wrt_wasi *wasi = new_kept("cat");
  give_bytes(wasi, "one");
  give_bytes(wasi, "two");
  check_run(&cat, wasi, 0, "two");
  wasi = new_kept("cat");
  give_bytes(wasi, "one");
  set_option(wasi, "stdin", "null");
  check_run(&cat, wasi, 0, "");
  check_run(&cat, new_kept("cat"), 0, "");
}

static void files_are_read(void) {
  wrt_wasi *wasi = new_kept("cat");
  program run;
  write_file("input", "from a file\n");
  CHECK_OK(wrt_wasi_stdin_file(wasi, "input-and-more", 5, &error));
  run = load(&cat, wasi);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  check_output(run.store, 1, "from a file\n");
  end_program(&run);
  CHECK(mkfifo("fifo", 0600) == 0);
  CHECK_FAILS(wrt_wasi_stdin_file(wasi, TEXT("none"), &error), WRT_ERR_NOT_FOUND, "none: ");
  CHECK_FAILS(wrt_wasi_stdin_file(wasi, TEXT("."), &error), WRT_ERR_ARGUMENT, ". is a folder");
  CHECK_FAILS(wrt_wasi_stdin_file(wasi, TEXT("fifo"), &error), WRT_ERR_ARGUMENT, "fifo is a named pipe");
  CHECK_FAILS(wrt_wasi_stdin_file(wasi, "input\0", 6, &error), WRT_ERR_ARGUMENT, "path holds a NUL byte");
  CHECK_STATUS(wrt_wasi_stdin_file(wasi, NULL, 0, &error), WRT_ERR_NOT_FOUND);
  CHECK_STATUS(wrt_wasi_stdin_file(wasi, TEXT("input/file"), &error), WRT_ERR_IO);
  CHECK(unlink("fifo") == 0);
  /* It is opened for each store, and the store stays as it is where that does not go. */
  run = load(&cat, wasi);
  CHECK(unlink("input") == 0);
  CHECK_FAILS(wrt_store_set_wasi(run.store, wasi, &error), WRT_ERR_IO, "input: ");
  CHECK_OK(wrt_instance_run(run.instance, &error));
  check_output(run.store, 1, "from a file\n");
  end_program(&run);
  wrt_release(wasi);
}

/* A source of the host. */
typedef struct {
  const char *text;
  /* At most so many bytes a time, and how it ends. */
  size_t most;
  int32_t status;
  const char *message;
  size_t lie;
  int calls;
  int drops;
  /* Whose store it is, to find that it is of no use. */
  program *of;
} source;

static void drop_source(void *env) {
  ((source *)env)->drops++;
}

static int32_t give(void *env, uint8_t *data, size_t len, size_t *read, wrt_error *failure) {
  source *at = env;
  size_t left = strlen(at->text);
  at->calls++;
  CHECK(len > 0 && *read == 0);
  memset(data, 'X', len);
  left = left < at->most ? left : at->most;
  left = left < len ? left : len;
  memcpy(data, at->text, left);
  at->text += left;
  if (left == 0 && at->message != NULL) {
    CHECK(wrt_error_set(failure, at->status, TEXT(at->message)) == WRT_OK);
  }
  if (left == 0 && at->status != WRT_OK) {
    return at->status;
  }
  if (left == 0 && at->lie != 0) {
    *read = at->lie == 1 ? len + 1 : at->lie;
    return WRT_OK;
  }
  *read = left;
  return WRT_OK;
}

/* The program that reads from this source comes to this, with this in its message, and wrote this. */
static void check_source(source *at, int32_t status, const char *message, const char *expected) {
  wrt_wasi *wasi = new_kept("cat");
  program run;
  CHECK_OK(wrt_wasi_stdin_callback(wasi, give, at, drop_source, &error));
  run = load(&cat, wasi);
  wrt_release(wasi);
  CHECK(at->drops == 0);
  CHECK_STATUS(wrt_instance_run(run.instance, &error), status);
  if (status != WRT_OK) {
    CHECK_MESSAGE(message);
    CHECK(error.frame_count > 0);
  }
  check_output(run.store, 1, expected);
  CHECK(at->drops == 0);
  end_program(&run);
  CHECK(at->drops == 1);
  at->drops = 0;
}

static const source EMPTY = {"", 3, WRT_OK, NULL, 0, 0, 0, NULL};

static void callbacks_give_input(void) {
  source at = EMPTY;
  wrt_wasi *wasi = new_wasi("cat");
  check_source(&at, WRT_OK, "", "");
  CHECK(at.calls > 0);
  at = EMPTY;
  at.text = "some text";
  check_source(&at, WRT_OK, "", "some text");
  CHECK(at.calls >= 4);
  at = EMPTY;
  CHECK_FAILS(wrt_wasi_stdin_callback(wasi, NULL, &at, drop_source, &error), WRT_ERR_ARGUMENT, "read is NULL");
  CHECK(at.drops == 0);
  /* Replaced before anyone had it. */
  CHECK_OK(wrt_wasi_stdin_callback(wasi, give, &at, drop_source, &error));
  give_bytes(wasi, "");
  CHECK(at.drops == 1);
  CHECK_OK(wrt_wasi_stdin_callback(wasi, give, &at, NULL, &error));
  wrt_release(wasi);
  CHECK(at.drops == 1);
}

static void callbacks_end_programs(void) {
  source at = EMPTY;
  at.text = "before";
  at.status = WRT_ERR_HOST;
  at.message = "the line is dead";
  check_source(&at, WRT_ERR_HOST, "the line is dead", "before");
  at.status = WRT_ERR_IO;
  check_source(&at, WRT_ERR_IO, "the line is dead", "");
  /* Without a word. */
  at.message = NULL;
  check_source(&at, WRT_ERR_IO, "", "");
  /* What another call reported does not count where the callback answers WRT_OK. */
  at = EMPTY;
  at.message = "got over";
  check_source(&at, WRT_OK, "", "");
}

static void callbacks_that_lie_end_programs(void) {
  static const size_t lies[] = {1, SIZE_MAX, (size_t)1 << 40};
  int i;
  for (i = 0; i < 3; i++) {
    source at = EMPTY;
    at.text = "true";
    at.lie = lies[i];
    check_source(&at, WRT_ERR_ARGUMENT, "the host's read function says that it read", "true");
  }
}

/* The way in and out of a store that runs the callback. */
static void check_of_no_use(program *of) {
  static wrt_error failed;
  wrt_bytes bytes = {0};
  wrt_wasi *wasi = NULL;
  int32_t state = -1;
  CHECK(wrt_wasi_new(&wasi, &failed) == WRT_OK);
  CHECK(wrt_store_gc(of->store, &failed) == WRT_ERR_BUSY);
  wrt_error_clear(&failed);
  CHECK(wrt_store_take_output(of->store, 1, &bytes, &failed) == WRT_ERR_BUSY);
  wrt_error_clear(&failed);
  CHECK(wrt_store_set_wasi(of->store, wasi, &failed) == WRT_ERR_BUSY);
  wrt_error_clear(&failed);
  CHECK(wrt_instance_run(of->instance, &failed) == WRT_ERR_BUSY);
  wrt_error_clear(&failed);
  CHECK(wrt_close(of->store, &failed) == WRT_ERR_BUSY);
  wrt_error_clear(&failed);
  CHECK(wrt_task_poll(of->task, &state, &failed) == WRT_ERR_BUSY);
  wrt_error_clear(&failed);
  wrt_release(wasi);
}

static int32_t give_nothing(void *env, uint8_t *data, size_t len, size_t *read, wrt_error *failure) {
  (void)data;
  (void)len;
  (void)read;
  (void)failure;
  check_of_no_use(((source *)env)->of);
  ((source *)env)->calls++;
  return WRT_OK;
}

static int32_t take_nothing(void *env, const uint8_t *data, size_t len, wrt_error *failure) {
  (void)data;
  (void)len;
  (void)failure;
  check_of_no_use(((source *)env)->of);
  ((source *)env)->calls++;
  return WRT_OK;
}

static void callbacks_do_not_use_the_store(void) {
  source at = EMPTY;
  wrt_wasi *wasi = new_kept("upper");
  program run;
  at.of = &run;
  CHECK_OK(wrt_wasi_stdin_callback(wasi, give_nothing, &at, NULL, &error));
  run = start_program(&upper, wasi);
  CHECK(poll_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_OK && at.calls > 0);
  end_program(&run);
  at.calls = 0;
  wasi = new_kept("hello");
  CHECK_OK(wrt_wasi_output_callback(wasi, 1, take_nothing, &at, NULL, &error));
  run = start_program(&hello, wasi);
  CHECK(poll_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_OK && at.calls > 0);
  end_program(&run);
}

/* Handles may be released anywhere, even those of the program that runs. */
static int32_t give_up(void *env, const uint8_t *data, size_t len, wrt_error *failure) {
  source *at = env;
  (void)data;
  (void)len;
  (void)failure;
  if (at->calls++ == 0) {
    wrt_release(at->of->task);
    wrt_release(at->of->instance);
    wrt_release(at->of->store);
  }
  return WRT_OK;
}

static void callbacks_may_release_the_program(void) {
  source at = EMPTY;
  wrt_wasi *wasi = new_wasi("flood 10000");
  program run;
  int32_t state = -1;
  at.of = &run;
  CHECK_OK(wrt_wasi_output_callback(wasi, 1, give_up, &at, drop_source, &error));
  run = start_program(&flood, wasi);
  CHECK_OK(wrt_task_poll(run.task, &state, &error));
  CHECK(at.calls > 0 && at.drops == 1);
}

/* ===== Output ===== */

static void files_are_written(void) {
  wrt_wasi *wasi = new_wasi("hello");
  program run;
  int i;
  CHECK_OK(wrt_wasi_output_file(wasi, 1, TEXT("output"), 0, &error));
  write_file("output", "something that was there before and is longer");
  run = load(&hello, wasi);
  check_file("output", "");
  CHECK_OK(wrt_instance_run(run.instance, &error));
  check_file("output", "Hello, World!\n");
  end_program(&run);
  CHECK_OK(wrt_wasi_output_file(wasi, 1, TEXT("output"), 1, &error));
  for (i = 0; i < 2; i++) {
    run = load(&hello, wasi);
    CHECK_OK(wrt_instance_run(run.instance, &error));
    end_program(&run);
  }
  check_file("output", "Hello, World!\nHello, World!\nHello, World!\n");
  wrt_release(wasi);
  CHECK(unlink("output") == 0);
  wasi = new_wasi("mixed 2");
  CHECK_OK(wrt_wasi_output_file(wasi, 1, TEXT("output"), 1, &error));
  CHECK_OK(wrt_wasi_output_file(wasi, 2, TEXT("output"), 1, &error));
  run = load(&mixed, wasi);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  end_program(&run);
  check_file("output", "out 1\nerr 1\nout 2\nerr 2\n");
  CHECK(unlink("output") == 0);
  wrt_release(wasi);
}

static void files_that_cannot_be_written(void) {
  wrt_wasi *wasi = new_kept("hello");
  program run = load(&hello, wasi);
  CHECK(mkfifo("fifo", 0600) == 0);
  CHECK_FAILS(wrt_wasi_output_file(wasi, 0, TEXT("output"), 0, &error), WRT_ERR_ARGUMENT, "fd is 0, not 1 (stdout)");
  CHECK_STATUS(wrt_wasi_output_file(wasi, 3, TEXT("output"), 0, &error), WRT_ERR_ARGUMENT);
  CHECK_FAILS(wrt_wasi_output_file(wasi, 1, TEXT("."), 0, &error), WRT_ERR_ARGUMENT, ". is a folder");
  CHECK_FAILS(wrt_wasi_output_file(wasi, 1, TEXT("fifo"), 0, &error), WRT_ERR_ARGUMENT, "fifo is a named pipe");
  CHECK_FAILS(wrt_wasi_output_file(wasi, 1, TEXT("a\xff"), 0, &error), WRT_ERR_ARGUMENT, "path is not UTF-8");
  CHECK(unlink("fifo") == 0);
  CHECK_OK(wrt_wasi_output_file(wasi, 1, TEXT("none/output"), 0, &error));
  CHECK_FAILS(wrt_store_set_wasi(run.store, wasi, &error), WRT_ERR_IO, "none/output: ");
  /* The store has what it had. */
  CHECK_OK(wrt_instance_run(run.instance, &error));
  check_output(run.store, 1, "Hello, World!\n");
  end_program(&run);
  /* A full disk. */
  CHECK_OK(wrt_wasi_output_file(wasi, 1, TEXT("/dev/full"), 0, &error));
  CHECK_OK(wrt_wasi_arg(wasi, TEXT("100"), &error));
  run = load(&flood, wasi);
  CHECK_STATUS(wrt_instance_run(run.instance, &error), WRT_ERR_EXIT);
  check_output(run.store, 2, "write: ENOSPC\n");
  end_program(&run);
  wrt_release(wasi);
}

/* Where a program writes to. */
typedef struct {
  char text[256];
  size_t len;
  /* After so many bytes it fails. */
  size_t most;
  int drops;
} drain;

static void drop_drain(void *env) {
  ((drain *)env)->drops++;
}

static int32_t take(void *env, const uint8_t *data, size_t len, wrt_error *failure) {
  drain *at = env;
  CHECK(len > 0);
  if (at->len + len > at->most) {
    CHECK(wrt_error_set(failure, WRT_ERR_HOST, TEXT("the drain is blocked")) == WRT_OK);
    return WRT_ERR_HOST;
  }
  memcpy(at->text + at->len, data, len);
  at->len += len;
  at->text[at->len] = 0;
  return WRT_OK;
}

static void callbacks_take_output(void) {
  drain at = {{0}, 0, 255, 0};
  wrt_wasi *wasi = new_wasi("mixed");
  program run;
  CHECK_FAILS(wrt_wasi_output_callback(wasi, 1, NULL, &at, drop_drain, &error), WRT_ERR_ARGUMENT, "write is NULL");
  CHECK_FAILS(wrt_wasi_output_callback(wasi, 0, take, &at, drop_drain, &error), WRT_ERR_ARGUMENT, "fd is 0");
  CHECK(at.drops == 0);
  CHECK_OK(wrt_wasi_output_callback(wasi, 1, take, &at, drop_drain, &error));
  CHECK_OK(wrt_wasi_output_callback(wasi, 2, take, &at, drop_drain, &error));
  run = load(&mixed, wasi);
  /* Replaced, the store still has it. */
  CHECK_OK(wrt_wasi_output_capture(wasi, 2, 10, 0, &error));
  CHECK(at.drops == 0);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  CHECK_TEXT(at.text, "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n");
  end_program(&run);
  CHECK(at.drops == 1);
  wrt_release(wasi);
  CHECK(at.drops == 2);
}

static void callbacks_that_fail_end_programs(void) {
  drain at = {{0}, 0, 20, 0};
  wrt_wasi *wasi = new_kept("mixed");
  program run;
  CHECK_OK(wrt_wasi_output_callback(wasi, 1, take, &at, drop_drain, &error));
  run = start_program(&mixed, wasi);
  at.most = 13;
  CHECK(poll_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_ERR_HOST);
  CHECK_TEXT(error.message, "the drain is blocked");
  CHECK_TEXT(at.text, "out 1\nout 2\n");
  check_output(run.store, 2, "err 1\nerr 2\n");
  end_program(&run);
  CHECK(at.drops == 1);
}

/* What `flood` comes to, and what is kept of it, with these limits. */
static void check_kept(size_t limit, int32_t tail, size_t written, int32_t status, size_t kept) {
  wrt_wasi *wasi = new_wasi("flood");
  wrt_bytes found = {0};
  char number[32];
  size_t i;
  program run;
  CHECK(sprintf(number, "%lu", (unsigned long)written) > 0);
  CHECK_OK(wrt_wasi_arg(wasi, TEXT(number), &error));
  CHECK_OK(wrt_wasi_output_capture(wasi, 1, limit, tail, &error));
  run = load(&flood, wasi);
  CHECK_STATUS(wrt_instance_run(run.instance, &error), status);
  CHECK(status == WRT_OK || error.frame_count > 0);
  wrt_error_clear(&error);
  CHECK_OK(wrt_store_take_output(run.store, 1, &found, &error));
  CHECK(found.len == kept);
  for (i = 0; i < kept; i++) {
    CHECK(found.data[i] == ((written - kept + i) % 2 == 0 ? 'y' : '\n') || status != WRT_OK);
  }
  wrt_bytes_free(&found);
  end_program(&run);
  wrt_release(wasi);
}

static void kept_output_has_a_limit(void) {
  wrt_wasi *wasi = new_wasi("hello");
  program run;
  check_kept(1000, 0, 1000, WRT_OK, 1000);
  check_kept(0, 0, 0, WRT_OK, 0);
  check_kept(SIZE_MAX, 0, 200000, WRT_OK, 200000);
  /* Writes come in pieces of at most 4 KiB, and the one that does not fit is not kept. */
  check_kept(999, 0, 1000, WRT_ERR_LIMIT, 0);
  check_kept(10000, 0, 20000, WRT_ERR_LIMIT, 8192);
  check_kept(0, 0, 1, WRT_ERR_LIMIT, 0);
  /* With `tail` the last ones are. */
  check_kept(10, 1, 1000, WRT_OK, 10);
  check_kept(999, 1, 20000, WRT_OK, 999);
  check_kept(5000, 1, 20001, WRT_OK, 5000);
  check_kept(1000, 1, 1000, WRT_OK, 1000);
  check_kept(1000, 1, 10, WRT_OK, 10);
  check_kept(0, 1, 1000, WRT_OK, 0);
  check_kept(SIZE_MAX, 1, 1000, WRT_OK, 1000);

  CHECK_FAILS(wrt_wasi_output_capture(wasi, 0, 1, 0, &error), WRT_ERR_ARGUMENT, "fd is 0, not 1 (stdout)");
  CHECK_OK(wrt_wasi_output_capture(wasi, 1, 20, 0, &error));
  run = load(&hello, wasi);
  wrt_release(wasi);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  load_again(&run, &hello);
  CHECK_FAILS(wrt_instance_run(run.instance, &error), WRT_ERR_LIMIT,
              "the program wrote more than the 20 bytes to stdout that are kept");
  check_output(run.store, 1, "Hello, World!\n");
  /* What was taken makes room. */
  load_again(&run, &hello);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  check_output(run.store, 1, "Hello, World!\n");
  end_program(&run);
}

static void outputs_are_kept_apart(void) {
  wrt_wasi *wasi = new_kept("mixed 1");
  program run = load(&mixed, wasi);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  check_output(run.store, 1, "out 1\n");
  check_output(run.store, 2, "err 1\n");
  end_program(&run);
  wrt_release(wasi);
  /* The last one counts. */
  wasi = new_kept("mixed 1");
  set_option(wasi, "stderr", "null");
  run = load(&mixed, wasi);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  check_output(run.store, 1, "out 1\n");
  wrt_error_clear(&error);
  CHECK(wrt_store_take_output(run.store, 2, &(wrt_bytes){0}, &error) == WRT_ERR_NOT_FOUND);
  end_program(&run);
  wrt_release(wasi);
}

static void output_is_taken_while_a_program_waits(void) {
  wrt_wasi *wasi = new_kept("upper");
  wrt_pipe *in = NULL;
  size_t written = 0;
  program run;
  CHECK_OK(wrt_pipe_new(64, &in, &error));
  give_pipe(wasi, 0, in);
  run = start_program(&upper, wasi);
  CHECK_OK(wrt_pipe_write(in, (const uint8_t *)"one\ntwo", 7, &written, &error));
  CHECK(poll_task(run.task) == WRT_TASK_PENDING);
  check_output(run.store, 1, "ONE\n");
  CHECK_OK(wrt_pipe_finish(in, &error));
  CHECK(poll_task(run.task) == WRT_TASK_DONE);
  check_output(run.store, 1, "TWO");
  end_program(&run);
  wrt_release(in);
}

/* ===== What this process has ===== */

static int redirect(int fd, const char *path, int flags) {
  const int before = dup(fd);
  const int file = open(path, flags, 0600);
  CHECK(fflush(NULL) == 0 && before >= 0 && file >= 0 && dup2(file, fd) == fd && close(file) == 0);
  return before;
}

static void restore(int fd, int before) {
  CHECK(dup2(before, fd) == fd && close(before) == 0);
}

static void streams_are_inherited(void) {
  wrt_wasi *wasi = new_wasi("mixed 1");
  int before[2];
  program run;
  set_option(wasi, "stdout", "inherit");
  set_option(wasi, "stderr", "inherit");
  before[0] = redirect(1, "output", O_CREAT | O_WRONLY | O_TRUNC);
  before[1] = redirect(2, "errors", O_CREAT | O_WRONLY | O_TRUNC);
  run = load(&mixed, wasi);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  end_program(&run);
  restore(1, before[0]);
  restore(2, before[1]);
  check_file("output", "out 1\n");
  check_file("errors", "err 1\n");
  CHECK(unlink("output") == 0 && unlink("errors") == 0);
  wrt_release(wasi);

  wasi = new_kept("count");
  write_file("input", "a b\n");
  give_bytes(wasi, "nothing of this");
  set_option(wasi, "stdin", "inherit");
  before[0] = redirect(0, "input", O_RDONLY);
  check_run(&count, wasi, 0, "1 lines, 2 words, 4 bytes\n");
  restore(0, before[0]);
  CHECK(unlink("input") == 0);
}

int main(void) {
  engine = new_engine();
  cat = new_guest(engine, "cat");
  count = new_guest(engine, "count");
  flood = new_guest(engine, "flood");
  hello = new_guest(engine, "hello");
  mixed = new_guest(engine, "mixed");
  upper = new_guest(engine, "upper");
  bytes_are_read();
  the_last_input_counts();
  files_are_read();
  callbacks_give_input();
  callbacks_end_programs();
  callbacks_that_lie_end_programs();
  callbacks_do_not_use_the_store();
  callbacks_may_release_the_program();
  files_are_written();
  files_that_cannot_be_written();
  callbacks_take_output();
  callbacks_that_fail_end_programs();
  kept_output_has_a_limit();
  outputs_are_kept_apart();
  output_is_taken_while_a_program_waits();
  streams_are_inherited();
  free_guest(&cat);
  free_guest(&count);
  free_guest(&flood);
  free_guest(&hello);
  free_guest(&mixed);
  free_guest(&upper);
  wrt_release(engine);
  return check_done();
}
