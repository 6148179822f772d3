/* Folders that programs are given: what they can do in them, and that they do not get out. */
#define _POSIX_C_SOURCE 200809L
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"

static wrt_engine *engine;
static guest files, dirs, fds, hello, sandbox, unstable;

/* ===== Files of the test: a folder `data` for programs, and `out` beside it, which is none of their business ===== */

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void check_file(const char *path, const char *expected) {
  char text[256];
  FILE *file = fopen(path, "rb");
  CHECK(file != NULL);
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  CHECK(fclose(file) == 0);
  CHECK_TEXT(text, expected);
}

static int exists(const char *path) {
  struct stat found;
  return lstat(path, &found) == 0;
}

static void make_folders(void) {
  CHECK(mkdir("data", 0700) == 0);
  write_file("data/text", "the text of it\n");
  write_file("out", "out of reach");
}

static void remove_folders(void) {
  CHECK(unlink("data/text") == 0 && rmdir("data") == 0);
  check_file("out", "out of reach");
  CHECK(unlink("out") == 0);
}

static void preopen(const wrt_wasi *wasi, const char *host, const char *as, uint32_t perms) {
  CHECK_OK(wrt_wasi_preopen(wasi, TEXT(host), TEXT(as), perms, &error));
}

/* Settings with the folder `data` as /data. */
static wrt_wasi *new_with_data(const char *args, uint32_t perms) {
  wrt_wasi *wasi = new_kept(args);
  preopen(wasi, "data", "/data", perms);
  return wasi;
}

static void check_sandbox(const char *args, uint32_t perms, const char *expected) {
  check_run(&sandbox, new_with_data(args, perms), 0, expected);
}

/* ===== What is given ===== */

static void folders_are_checked(void) {
  wrt_wasi *wasi = new_kept("sandbox text");
  program run;
  CHECK_FAILS(wrt_wasi_preopen(wasi, TEXT("none"), TEXT("/"), WRT_PERM_READ, &error), WRT_ERR_NOT_FOUND, "none: ");
  CHECK_FAILS(wrt_wasi_preopen(wasi, TEXT("out"), TEXT("/"), WRT_PERM_READ, &error), WRT_ERR_ARGUMENT,
              "out is not a folder");
  CHECK_STATUS(wrt_wasi_preopen(wasi, TEXT("out/data"), TEXT("/"), WRT_PERM_READ, &error), WRT_ERR_IO);
  CHECK_FAILS(wrt_wasi_preopen(wasi, TEXT("data"), TEXT("/"), 0, &error), WRT_ERR_ARGUMENT, "perms is 0");
  CHECK_STATUS(wrt_wasi_preopen(wasi, TEXT("data"), TEXT("/"), 2, &error), WRT_ERR_ARGUMENT);
  CHECK_STATUS(wrt_wasi_preopen(wasi, TEXT("data"), TEXT("/"), 7, &error), WRT_ERR_ARGUMENT);
  CHECK_FAILS(wrt_wasi_preopen(wasi, "data\0x", 6, TEXT("/"), 1, &error), WRT_ERR_ARGUMENT, "host holds a NUL byte");
  CHECK_FAILS(wrt_wasi_preopen(wasi, TEXT("data"), "/\0", 2, 1, &error), WRT_ERR_ARGUMENT, "guest holds a NUL byte");
  CHECK_STATUS(wrt_wasi_preopen(wasi, TEXT("data"), TEXT("\xff"), 1, &error), WRT_ERR_ARGUMENT);
  CHECK_STATUS(wrt_wasi_preopen(wasi, NULL, 0, TEXT("/"), 1, &error), WRT_ERR_NOT_FOUND);
  preopen(wasi, "data", "/data", WRT_PERM_READ);
  CHECK_FAILS(wrt_wasi_preopen(wasi, TEXT("."), TEXT("/data"), WRT_PERM_READ, &error), WRT_ERR_ARGUMENT,
              "there is a folder \"/data\" already");
  preopen(wasi, "data", "/again", WRT_PERM_READ_WRITE);
  /* It is opened for each store, and the store stays as it is where that does not go. */
  run = load(&sandbox, wasi);
  CHECK(rename("data", "moved") == 0);
  CHECK_FAILS(wrt_store_set_wasi(run.store, wasi, &error), WRT_ERR_IO, "data: ");
  CHECK_OK(wrt_instance_run(run.instance, &error));
  check_output(run.store, 1, "read text: ok\nlist text: ENOTDIR\nstat text: ok\nmake text: EPERM\n");
  CHECK(rename("moved", "data") == 0);
  end_program(&run);
  wrt_release(wasi);
}

/* A folder with its path in the text, relative or absolute, under any name. */
static void folders_have_any_name(void) {
  char path[4096];
  wrt_wasi *wasi = new_kept("sandbox open-twice text");
  CHECK(getcwd(path, sizeof path - 6) != NULL);
  strcat(path, "/data");
  preopen(wasi, path, ".", WRT_PERM_READ);
  check_run(&sandbox, wasi, 0, "first: ok\nsecond: ok\nok the text of it\n\nclose: ok\nok the text of it\n\nclose: ok\n");
  wasi = new_kept("sandbox open-twice 4:text");
  preopen(wasi, ".", "", WRT_PERM_READ);
  preopen(wasi, "./data/../data/", "\xc3\xbc", WRT_PERM_READ);
  check_run(&sandbox, wasi, 0, "first: ok\nsecond: ok\nok the text of it\n\nclose: ok\nok the text of it\n\nclose: ok\n");
}

/* ===== What is done with it ===== */

/* A guest does what README.md says, in an empty folder that it leaves empty; on threads of the library, too. */
static void check_described(const guest *of, const char *args, const char *heading, int32_t status) {
  int threads;
  for (threads = 0; threads < 2; threads++) {
    wrt_wasi *wasi = new_kept(args);
    CHECK(mkdir("empty", 0700) == 0 && mkdir("more", 0700) == 0);
    preopen(wasi, "empty", "/data", WRT_PERM_READ_WRITE);
    preopen(wasi, "more", "/more", WRT_PERM_READ_WRITE);
    set_option(wasi, "file_threads", threads ? "true" : "false");
    check_run(of, wasi, status, described(heading));
    CHECK(rmdir("empty") == 0 && rmdir("more") == 0);
  }
}

static void guests_do_what_is_described(void) {
  check_described(&files, "files /data", "files DIRECTORY", 0);
  check_described(&dirs, "dirs /data", "dirs DIRECTORY", 0);
  check_described(&fds, "fds", "fds", 0);
  check_described(&unstable, "unstable new", "unstable NAME", 7);
}

/* Tasks wait while a thread reads and writes for them, and nobody else does. */
static void files_are_used_on_threads(void) {
  bell woken;
  int pending = 0;
  int32_t state;
  wrt_wasi *wasi = new_kept("files /data");
  program run;
  bell_init(&woken);
  CHECK(mkdir("empty", 0700) == 0);
  preopen(wasi, "empty", "/data", WRT_PERM_READ_WRITE);
  set_option(wasi, "file_threads", "true");
  run = start_with(&files, wasi, &woken);
  while ((state = poll_task(run.task)) != WRT_TASK_DONE) {
    pending += state == WRT_TASK_PENDING;
    if (state == WRT_TASK_PENDING) {
      listen_to(&woken);
    }
  }
  CHECK(outcome_of(&run) == WRT_OK);
  check_output(run.store, 1, described("files DIRECTORY"));
  end_program(&run);
  CHECK(pending > 0 && rmdir("empty") == 0);
  /* Without, a task never waits for a file. */
  CHECK(mkdir("empty", 0700) == 0);
  wasi = new_kept("files /data");
  preopen(wasi, "empty", "/data", WRT_PERM_READ_WRITE);
  run = start_program(&files, wasi);
  CHECK(poll_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_OK);
  end_program(&run);
  CHECK(rmdir("empty") == 0);
}

static void programs_see_what_the_host_does(void) {
  check_sandbox("sandbox new", WRT_PERM_READ_WRITE, "read new: ENOENT\nlist new: ENOENT\nstat new: ENOENT\nmake new: ok\n");
  check_file("data/new", "");
  write_file("data/new", "by the host");
  check_sandbox("sandbox open-twice new", WRT_PERM_READ, "first: ok\nsecond: ok\nok by the host\nclose: ok\nok by the host\nclose: ok\n");
  check_sandbox("sandbox rename new newer", WRT_PERM_READ_WRITE, "rename: ok\n");
  check_sandbox("sandbox link newer third", WRT_PERM_READ_WRITE, "link: ok\n");
  check_file("data/third", "by the host");
  CHECK(!exists("data/new") && unlink("data/newer") == 0 && unlink("data/third") == 0);
}

/* ===== No way out ===== */

static void paths_do_not_lead_out(void) {
  wrt_wasi *wasi = new_with_data("sandbox text none ../out /etc . a/../text", WRT_PERM_READ_WRITE);
  CHECK_OK(wrt_wasi_arg(wasi, "", 0, &error));
  CHECK_OK(wrt_wasi_arg(wasi, TEXT("4:text"), &error));
  check_run(&sandbox, wasi, 0, described("sandbox"));
  CHECK(unlink("data/none") == 0);
  check_sandbox("sandbox link text ../out", WRT_PERM_READ_WRITE, "link: EPERM\n");
  check_sandbox("sandbox link ../out in", WRT_PERM_READ_WRITE, "link: EPERM\n");
  check_sandbox("sandbox rename text ../out", WRT_PERM_READ_WRITE, "rename: EPERM\n");
  check_sandbox("sandbox rename ../out in", WRT_PERM_READ_WRITE, "rename: EPERM\n");
  check_sandbox("sandbox symlink / in", WRT_PERM_READ_WRITE, "symlink: EPERM\n");
  check_sandbox("sandbox symlink text ../in", WRT_PERM_READ_WRITE, "symlink: EPERM\n");
  CHECK(!exists("data/in") && !exists("in"));
}

#define NOWHERE(path) "read " path ": EPERM\nlist " path ": EPERM\nstat " path ": EPERM\nmake " path ": EPERM\n"

static void links_do_not_lead_out(void) {
  char path[4096];
  check_sandbox("sandbox symlink ../out in", WRT_PERM_READ_WRITE, "symlink: ok\n");
  check_sandbox("sandbox in", WRT_PERM_READ_WRITE, NOWHERE("in"));
  check_sandbox("sandbox readlink in", WRT_PERM_READ, "readlink: ../out\n");
  CHECK(unlink("data/in") == 0);
  /* Links that the host made. */
  CHECK(getcwd(path, sizeof path - 4) != NULL && symlink(path, "data/absolute") == 0);
  CHECK(symlink("..", "data/up") == 0 && symlink("up/out", "data/round") == 0);
  check_sandbox("sandbox absolute/out up/out round up/none", WRT_PERM_READ_WRITE,
                NOWHERE("absolute/out") NOWHERE("up/out") NOWHERE("round") NOWHERE("up/none"));
  CHECK(unlink("data/absolute") == 0 && unlink("data/up") == 0 && unlink("data/round") == 0 && !exists("none"));
}

static void what_is_read_only_stays_as_it_is(void) {
  check_sandbox("sandbox text none", WRT_PERM_READ,
                "read text: ok\nlist text: ENOTDIR\nstat text: ok\nmake text: EPERM\n"
                "read none: ENOENT\nlist none: ENOENT\nstat none: ENOENT\nmake none: EPERM\n");
  check_sandbox("sandbox link text other", WRT_PERM_READ, "link: EPERM\n");
  check_sandbox("sandbox rename text other", WRT_PERM_READ, "rename: EPERM\n");
  check_sandbox("sandbox symlink text other", WRT_PERM_READ, "symlink: EPERM\n");
  check_sandbox("sandbox open-twice text", WRT_PERM_READ, "first: ok\nsecond: ok\nok the text of it\n\nclose: ok\nok the text of it\n\nclose: ok\n");
  CHECK(!exists("data/none") && !exists("data/other"));
  check_file("data/text", "the text of it\n");
}

/* Between a folder that can be written and one that cannot, both are what they are. */
static void folders_are_read_only_each(void) {
  static const char *const args[] = {"sandbox link text 4:other", "sandbox link 4:text other", "sandbox rename 4:text other",
                                     "sandbox rename text 4:other"};
  static const char *const expected[] = {"link: EPERM\n", "link: EPERM\n", "rename: EPERM\n", "rename: EPERM\n"};
  size_t i;
  CHECK(mkdir("fixed", 0700) == 0);
  write_file("fixed/text", "fixed");
  for (i = 0; i < 4; i++) {
    wrt_wasi *wasi = new_with_data(args[i], WRT_PERM_READ_WRITE);
    preopen(wasi, "fixed", "/fixed", WRT_PERM_READ);
    check_run(&sandbox, wasi, 0, expected[i]);
  }
  CHECK(!exists("fixed/other") && !exists("data/other"));
  check_file("data/text", "the text of it\n");
  CHECK(unlink("fixed/text") == 0 && rmdir("fixed") == 0);
}

/* ===== Programs that are wrong ===== */

static void wrong_calls_end_programs(void) {
  static const char *const calls[][2] = {
      {"clock", "Invalid enum value Clockid"},
      {"whence", "Invalid enum value Whence"},
      {"advice", "Invalid enum value Advice"},
      {"lookup", "out of range integral type conversion attempted"},
      {"oflags", "Invalid flag value Oflags"},
      {"rights", "out of range integral type conversion attempted"},
      {"fdflags", "Invalid flag value Fdflags"},
      {"fstflags", "Invalid flag value Fstflags"},
      {"write", "Pointer out of bounds: Region { start: "},
      {"read", "Pointer out of bounds: Region { start: "},
      {"buffers", "Pointer out of bounds: Region { start: "},
      {"result", "Pointer out of bounds: Region { start: "},
      {"odd-result", "Pointer not aligned to 8: Region { start: "},
      {"random", "Pointer out of bounds: Region { start: "},
      {"args", "Pointer out of bounds: Region { start: "},
  };
  size_t i;
  for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    char args[64];
    wrt_wasi *wasi;
    program run;
    CHECK(sprintf(args, "sandbox wrong %s", calls[i][0]) > 0);
    wasi = new_with_data(args, WRT_PERM_READ_WRITE);
    CHECK_OK(wrt_wasi_stdin_bytes(wasi, (const uint8_t *)"x", 1, &error));
    run = start_program(&sandbox, wasi);
    CHECK(poll_task(run.task) == WRT_TASK_DONE && outcome_of(&run) != WRT_OK);
    CHECK_MESSAGE(calls[i][1]);
    CHECK(error.trap == -1 && error.frame_count > 0);
    CHECK_STATUS(wrt_task_results(run.task, NULL, 0, &error), WRT_ERR_OTHER);
    check_output(run.store, 1, "");
    end_program(&run);
  }
  check_sandbox("sandbox wrong name", WRT_PERM_READ_WRITE, "name: EILSEQ\n");
  check_sandbox("sandbox wrong write-nothing", WRT_PERM_READ_WRITE, "write-nothing: ok\n");
  check_sandbox("sandbox wrong many-buffers", WRT_PERM_READ_WRITE, "many-buffers: ENOMEM\n");
}

/* They are the same failure, however the program is called. */
static void wrong_calls_end_calls_as_they_end_tasks(void) {
  wrt_wasi *wasi = new_kept("sandbox wrong args");
  program run = load(&sandbox, wasi);
  wrt_func *func = export_of(run.instance, "_start");
  CHECK_FAILS(wrt_func_call(func, NULL, 0, NULL, 0, &error), WRT_ERR_OTHER, "Pointer out of bounds");
  wrt_release(func);
  end_program(&run);
  wrt_release(wasi);
}

static void transfers_have_a_limit(void) {
  wrt_wasi *wasi;
  check_sandbox("sandbox huge-read text", WRT_PERM_READ, "open: ok\nread 1 GiB: ENOMEM\nread 1 MiB: 15\n");
  wasi = new_with_data("sandbox huge-read text", WRT_PERM_READ);
  set_option(wasi, "transfer_limit", "64KiB");
  check_run(&sandbox, wasi, 0, "open: ok\nread 1 GiB: ENOMEM\nread 1 MiB: ENOMEM\n");
}

static void descriptors_are_closed_with_the_store(void) {
  const int before = open_files();
  wrt_wasi *wasi = new_with_data("sandbox open-many text 100", WRT_PERM_READ);
  program runs[2];
  int i;
  for (i = 0; i < 2; i++) {
    runs[i] = load(&sandbox, wasi);
    CHECK_OK(wrt_instance_run(runs[i].instance, &error));
    check_output(runs[i].store, 1, "100 opened: ok\n");
  }
  CHECK(open_files() >= before + 200);
  /* Given again, programs begin with closed files. */
  CHECK_OK(wrt_store_set_wasi(runs[0].store, wasi, &error));
  CHECK(open_files() < before + 110);
  CHECK_OK(wrt_close(runs[1].store, &error));
  end_program(&runs[0]);
  CHECK(open_files() == before);
  end_program(&runs[1]);
  wrt_release(wasi);
}

/* Descriptors that the program closed, those of the folders too. */
static void descriptors_can_be_closed(void) {
  check_sandbox("sandbox closed", WRT_PERM_READ_WRITE,
                "close stdin: ok\nclose stderr: ok\nclose the directory: ok\nread: EBADF\nwrite: EBADF\nopen: EBADF\n"
                "stat: EBADF\nreaddir: EBADF\nprestat: EBADF\nrename: EBADF\nsync: EBADF\nclose again: EBADF\n"
                "close -1: EBADF\n");
}

static void nothing_is_there_that_was_not_given(void) {
  check_run(&sandbox, new_kept("sandbox text . /"), 0,
            "read text: EBADF\nlist text: EBADF\nstat text: EBADF\nmake text: EBADF\n"
            "read .: EBADF\nlist .: EBADF\nstat .: EBADF\nmake .: EBADF\n"
            "read /: EBADF\nlist /: EBADF\nstat /: EBADF\nmake /: EBADF\n");
}

int main(void) {
  int before;
  engine = new_engine();
  hello = new_guest(engine, "hello");
  check_run(&hello, new_kept("hello"), 0, "Hello, World!\n");
  free_guest(&hello);
  wrt_release(engine);
  /* What the library waits on for programs remains. */
  before = open_files();
  engine = new_engine();
  files = new_guest(engine, "files");
  dirs = new_guest(engine, "dirs");
  fds = new_guest(engine, "fds");
  sandbox = new_guest(engine, "sandbox");
  unstable = new_guest(engine, "unstable");
  make_folders();
  folders_are_checked();
  folders_have_any_name();
  guests_do_what_is_described();
  files_are_used_on_threads();
  programs_see_what_the_host_does();
  paths_do_not_lead_out();
  links_do_not_lead_out();
  what_is_read_only_stays_as_it_is();
  folders_are_read_only_each();
  transfers_have_a_limit();
  descriptors_are_closed_with_the_store();
  descriptors_can_be_closed();
  nothing_is_there_that_was_not_given();
  wrong_calls_end_programs();
  wrong_calls_end_calls_as_they_end_tasks();
  remove_folders();
  free_guest(&files);
  free_guest(&dirs);
  free_guest(&fds);
  free_guest(&sandbox);
  free_guest(&unstable);
  wrt_release(engine);
  CHECK(open_files() == before);
  return check_done();
}
