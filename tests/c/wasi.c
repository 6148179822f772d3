/* WASI: what programs are told, and how they end. */
#include "program.h"

static wrt_engine *engine;
static guest args, env, leave, hello, clocks, numbers;
static const char *own_name;

/* ===== Settings ===== */

static void add_arg(const wrt_wasi *wasi, const char *arg) {
  CHECK_OK(wrt_wasi_arg(wasi, TEXT(arg), &error));
}

static void add_env(const wrt_wasi *wasi, const char *name, const char *value) {
  CHECK_OK(wrt_wasi_env(wasi, TEXT(name), TEXT(value), &error));
}

static void arguments_are_given(void) {
  wrt_wasi *wasi = new_kept("args");
  CHECK_TEXT(wrt_handle_type(wasi), "wasi");
  add_arg(wasi, "a b");
  CHECK_OK(wrt_wasi_arg(wasi, NULL, 0, &error));
  add_arg(wasi, "\xc3\xbc\n");
  CHECK_OK(wrt_wasi_arg(wasi, "-x-y", 2, &error));
  CHECK_FAILS(wrt_wasi_arg(wasi, "a\0b", 3, &error), WRT_ERR_ARGUMENT, "arg holds a NUL byte");
  CHECK_FAILS(wrt_wasi_arg(wasi, "a\xff", 2, &error), WRT_ERR_ARGUMENT, "arg is not UTF-8: bad byte at offset 1");
  CHECK_FAILS(wrt_wasi_arg(wasi, NULL, 1, &error), WRT_ERR_ARGUMENT, "arg is NULL");
  check_run(&args, wasi, 0, "5\nargs\na b\n\n\xc3\xbc\\x0a\n-x\n");
  check_run(&args, new_kept(""), 0, "0\n");
}

static void arguments_of_the_process_come_first(void) {
  wrt_wasi *wasi = new_kept("more");
  char expected[4096];
  set_option(wasi, "inherit_args", "true");
  CHECK(snprintf(expected, sizeof expected, "2\n%s\nmore\n", own_name) < (int)sizeof expected);
  check_run(&args, wasi, 0, expected);
}

static void variables_are_given(void) {
  wrt_wasi *wasi = new_kept("env");
  add_env(wasi, "TWO", "2");
  add_env(wasi, "ONE", "1");
  add_env(wasi, "THREE", "=3=");
  add_env(wasi, "one", "other");
  CHECK_OK(wrt_wasi_env(wasi, "EMPTYandmore", 5, NULL, 0, &error));
  add_env(wasi, "\xc3\xbc", "a\nb");
  CHECK_FAILS(wrt_wasi_env(wasi, TEXT("A=B"), TEXT("1"), &error), WRT_ERR_ARGUMENT, "\"A=B\" cannot be the name");
  CHECK_FAILS(wrt_wasi_env(wasi, TEXT(""), TEXT("1"), &error), WRT_ERR_ARGUMENT, "\"\" cannot be the name");
  CHECK_FAILS(wrt_wasi_env(wasi, "A\0", 2, TEXT("1"), &error), WRT_ERR_ARGUMENT, "name holds a NUL byte");
  CHECK_FAILS(wrt_wasi_env(wasi, TEXT("A"), "\0", 1, &error), WRT_ERR_ARGUMENT, "value holds a NUL byte");
  CHECK_FAILS(wrt_wasi_env(wasi, TEXT("\xff"), TEXT("1"), &error), WRT_ERR_ARGUMENT, "name is not UTF-8");
  CHECK_FAILS(wrt_wasi_env(wasi, TEXT("A"), TEXT("\xff"), &error), WRT_ERR_ARGUMENT, "value is not UTF-8");
  check_run(&env, wasi, 0, "TWO=2\nONE=1\nTHREE==3=\none=other\nEMPTY=\n\xc3\xbc=a\\x0ab\n");
  check_run(&env, new_kept("env"), 0, "");
  check_run(&env, new_kept("env HOME"), 1, "");
}

static void variables_are_replaced(void) {
  wrt_wasi *wasi = new_kept("env A");
  add_env(wasi, "A", "1");
  add_env(wasi, "B", "2");
  add_env(wasi, "A", "3");
  check_run(&env, wasi, 0, "A=3\n");
}

static void variables_of_the_process_are_inherited(void) {
  wrt_wasi *wasi = new_kept("env INHERITED");
  CHECK(setenv("INHERITED", "yes", 1) == 0 && setenv("UNREADABLE", "\xff", 1) == 0);
  set_option(wasi, "inherit_env", "on");
  check_run(&env, wasi, 0, "INHERITED=yes\n");
  wasi = new_kept("env UNREADABLE");
  set_option(wasi, "inherit_env", "on");
  check_run(&env, wasi, 1, "");
  wasi = new_kept("env INHERITED");
  set_option(wasi, "inherit_env", "on");
  set_option(wasi, "inherit_env", "off");
  check_run(&env, wasi, 1, "");
}

static void variables_replace_those_of_the_process(void) {
  wrt_wasi *wasi = new_kept("env INHERITED");
  CHECK(setenv("INHERITED", "yes", 1) == 0);
  set_option(wasi, "inherit_env", "on");
  add_env(wasi, "INHERITED", "no");
  check_run(&env, wasi, 0, "INHERITED=no\n");
}

static void check_option(const char *key, const char *value, const char *message) {
  wrt_wasi *wasi = new_wasi("");
  CHECK_FAILS(wrt_wasi_set(wasi, TEXT(key), TEXT(value), &error), WRT_ERR_CONFIG, message);
  wrt_release(wasi);
}

static void options_are_checked(void) {
  const char *list = wrt_wasi_options_json();
  wrt_wasi *wasi = new_wasi("");
  CHECK(list != NULL && list == wrt_wasi_options_json());
  CHECK(strstr(list, "\"key\":\"inherit_env\"") != NULL && strstr(list, "\"key\":\"transfer_limit\"") != NULL);
  CHECK(strstr(list, "\"values\":[\"null\",\"inherit\"]") != NULL && strstr(list, "\"default\":false") != NULL);
  check_option("inherit_envv", "true", "there is no option \"inherit_envv\"; the nearest is inherit_env");
  check_option("std-in", "null", "there is no option \"std-in\"; the nearest is stdin");
  check_option("", "true", "there is no option \"\"");
  check_option("stdin", "file", "option stdin cannot be \"file\": it takes one of null, inherit");
  check_option("inherit_args", "maybe", "option inherit_args cannot be \"maybe\"");
  check_option("clock", "", "option clock cannot be \"\": it takes one of real, steps");
  check_option("clock_step", "0", "option clock_step cannot be \"0\"");
  check_option("random_seed", "-1", "option random_seed cannot be \"-1\"");
  check_option("random_seed", "18446744073709551616", "option random_seed cannot be");
  check_option("transfer_limit", "1KiB", "option transfer_limit cannot be \"1KiB\"");
  set_option(wasi, "Inherit-ENV", "YES");
  set_option(wasi, "transfer_limit", "1 GiB");
  set_option(wasi, "random_seed", "0xffff_ffff_ffff_ffff");
  CHECK_FAILS(wrt_wasi_set(wasi, "tcp\xff", 4, TEXT("true"), &error), WRT_ERR_ARGUMENT, "key is not UTF-8");
  CHECK_FAILS(wrt_wasi_set(wasi, TEXT("tcp"), NULL, 1, &error), WRT_ERR_ARGUMENT, "value is NULL");
  wrt_release(wasi);
}

static void addresses_are_checked(void) {
  wrt_wasi *wasi = new_wasi("");
  CHECK_OK(wrt_wasi_allow_address(wasi, TEXT("10.0.0.0/8"), &error));
  CHECK_OK(wrt_wasi_allow_address(wasi, TEXT("[2001:db8::]/32:443"), &error));
  CHECK_FAILS(wrt_wasi_allow_address(wasi, TEXT("localhost"), &error), WRT_ERR_ARGUMENT, "\"localhost\" is not an address");
  CHECK_STATUS(wrt_wasi_allow_address(wasi, TEXT("10.0.0.0/33"), &error), WRT_ERR_ARGUMENT);
  CHECK_STATUS(wrt_wasi_allow_address(wasi, NULL, 0, &error), WRT_ERR_ARGUMENT);
  wrt_release(wasi);
}

static int32_t no_input(void *at, uint8_t *data, size_t len, size_t *read, wrt_error *failure) {
  (void)at;
  (void)data;
  (void)len;
  (void)failure;
  *read = 0;
  return WRT_OK;
}

static int32_t no_output(void *at, const uint8_t *data, size_t len, wrt_error *failure) {
  (void)at;
  (void)data;
  (void)len;
  (void)failure;
  return WRT_OK;
}

static void count_drop(void *at) {
  ++*(int *)at;
}

static void closed_settings_say_so(void) {
  wrt_wasi *wasi = new_wasi("args");
  wrt_store *store = new_store(engine);
  wrt_pipe *pipe = NULL;
  int drops = 0;
  CHECK_OK(wrt_pipe_new(1, &pipe, &error));
  CHECK_OK(wrt_wasi_stdin_callback(wasi, no_input, &drops, count_drop, &error));
  CHECK_OK(wrt_wasi_output_callback(wasi, 1, no_output, &drops, count_drop, &error));
  CHECK_OK(wrt_close(wasi, &error));
  CHECK(drops == 2);
  CHECK_FAILS(wrt_wasi_arg(wasi, TEXT("a"), &error), WRT_ERR_CLOSED, "the wasi is closed");
  CHECK_STATUS(wrt_wasi_env(wasi, TEXT("a"), TEXT("b"), &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_wasi_set(wasi, TEXT("tcp"), TEXT("true"), &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_wasi_preopen(wasi, TEXT("/"), TEXT("/"), WRT_PERM_READ, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_wasi_stdin_bytes(wasi, NULL, 0, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_wasi_stdin_file(wasi, TEXT("/dev/null"), &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_wasi_stdin_callback(wasi, no_input, &drops, count_drop, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_wasi_output_file(wasi, 1, TEXT("out"), 0, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_wasi_output_callback(wasi, 1, no_output, &drops, count_drop, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_wasi_output_capture(wasi, 1, 1, 0, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_wasi_pipe(wasi, 0, pipe, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_wasi_allow_address(wasi, TEXT("::1"), &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_store_set_wasi(store, wasi, &error), WRT_ERR_CLOSED);
  CHECK(drops == 2);
  wrt_release(pipe);
  wrt_release(store);
  wrt_release(wasi);
  CHECK(drops == 2);
}

/* ===== Settings and stores ===== */

/* One for many stores, each of which has them as they were then. */
static void settings_serve_many_stores(void) {
  wrt_wasi *wasi = new_kept("args");
  program runs[10];
  int i;
  for (i = 0; i < 10; i++) {
    runs[i] = load(&args, wasi);
    add_arg(wasi, "more");
  }
  wrt_release(wasi);
  for (i = 9; i >= 0; i--) {
    char expected[100];
    int j;
    CHECK_OK(wrt_instance_run(runs[i].instance, &error));
    sprintf(expected, "%d\nargs\n", i + 1);
    for (j = 0; j < i; j++) {
      strcat(expected, "more\n");
    }
    check_output(runs[i].store, 1, expected);
    end_program(&runs[i]);
  }
}

static void output_is_taken_once(void) {
  wrt_wasi *wasi = new_kept("hello");
  program run = load(&hello, wasi);
  wrt_bytes bytes = {0};
  check_output(run.store, 1, "");
  CHECK_OK(wrt_instance_run(run.instance, &error));
  check_output(run.store, 2, "");
  check_output(run.store, 1, "Hello, World!\n");
  check_output(run.store, 1, "");
  CHECK_FAILS(wrt_store_take_output(run.store, 0, &bytes, &error), WRT_ERR_ARGUMENT, "fd is 0, not 1 (stdout) or 2");
  CHECK_STATUS(wrt_store_take_output(run.store, 3, &bytes, &error), WRT_ERR_ARGUMENT);
  CHECK_FAILS(wrt_store_take_output(run.store, 1, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  /* Given again, the store begins anew, and what was not taken is dropped. */
  load_again(&run, &hello);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  CHECK_OK(wrt_store_set_wasi(run.store, wasi, &error));
  check_output(run.store, 1, "");
  CHECK_OK(wrt_close(run.store, &error));
  CHECK_STATUS(wrt_store_take_output(run.store, 1, &bytes, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_store_set_wasi(run.store, wasi, &error), WRT_ERR_CLOSED);
  CHECK(bytes.data == NULL);
  end_program(&run);
  wrt_release(wasi);
}

static void nothing_is_given_without_settings(void) {
  program run = load(&args, NULL);
  wrt_bytes bytes = {0};
  CHECK_OK(wrt_instance_run(run.instance, &error));
  CHECK_FAILS(wrt_store_take_output(run.store, 1, &bytes, &error), WRT_ERR_NOT_FOUND,
              "output 1 is not kept: use wrt_wasi_output_capture");
  end_program(&run);
  run = load(&env, NULL);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  CHECK_STATUS(wrt_store_take_output(run.store, 2, &bytes, &error), WRT_ERR_NOT_FOUND);
  end_program(&run);
  CHECK_FAILS(wrt_store_set_wasi(NULL, NULL, &error), WRT_ERR_ARGUMENT, "store is NULL");
  CHECK_STATUS(wrt_wasi_new(NULL, &error), WRT_ERR_ARGUMENT);
}

static void stores_can_be_given_more_than_one_wasi(void) {
  wrt_wasi *first = new_kept("args one");
  wrt_wasi *second = new_kept("args two");
  program run = load(&args, first);
  CHECK_OK(wrt_store_set_wasi(run.store, second, &error));
  CHECK_OK(wrt_instance_run(run.instance, &error));
  check_output(run.store, 1, "2\nargs\ntwo\n");
  CHECK_FAILS(wrt_store_set_wasi(run.store, NULL, &error), WRT_ERR_ARGUMENT, "wasi is NULL");
  end_program(&run);
  wrt_release(first);
  wrt_release(second);
}

/* ===== Ends ===== */

/* The program ends with this status, however it is called. */
static void check_exit(const char *how, int32_t status) {
  wrt_wasi *wasi = new_kept(how);
  int way;
  for (way = 0; way < 5; way++) {
    program run = load(&leave, wasi);
    wrt_func *func = export_of(run.instance, "_start");
    wrt_call *call = new_call(func);
    char expected[64];
    int32_t found, state = -1;
    sprintf(expected, "the program ended with status %d", (int)status);
    wrt_error_clear(&error);
    switch (way) {
    case 0:
      found = wrt_func_call(func, NULL, 0, NULL, 0, &error);
      break;
    case 1:
      found = wrt_call_invoke(call, NULL, 0, &error);
      break;
    case 2:
      found = wrt_instance_run(run.instance, &error);
      break;
    case 3:
      CHECK_OK(wrt_call_start(call, NULL, 0, NULL, NULL, &run.task, &error));
      CHECK(poll_task(run.task) == WRT_TASK_DONE);
      found = outcome_of(&run);
      break;
    default:
      CHECK_OK(wrt_call_spawn(call, NULL, 0, NULL, NULL, &run.task, &error));
      CHECK_OK(wrt_task_wait(run.task, UINT64_MAX, &state, &error));
      CHECK(state == WRT_TASK_DONE);
      found = outcome_of(&run);
    }
    CHECK(found == (status == 0 ? WRT_OK : WRT_ERR_EXIT));
    if (status != 0) {
      CHECK(error.exit_code == status && error.trap == -1);
      CHECK_TEXT(error.message, expected);
    }
    check_output(run.store, 1, "leaving\n");
    wrt_release(call);
    wrt_release(func);
    end_program(&run);
  }
  wrt_release(wasi);
}

static void programs_end_with_a_status(void) {
  check_exit("exit 0", 0);
  check_exit("exit 3", 3);
  check_exit("exit return 0", 0);
  check_exit("exit return 126", 126);
  check_exit("exit raw 0", 0);
  check_exit("exit raw 200", 200);
  check_exit("exit raw 4294967295", -1);
  check_exit("exit raw 2147483648", INT32_MIN);
}

static void programs_trap(void) {
  static const char *const how[] = {"exit trap", "exit abort"};
  int i;
  for (i = 0; i < 2; i++) {
    wrt_wasi *wasi = new_kept(how[i]);
    program run = load(&leave, wasi);
    CHECK_STATUS(wrt_instance_run(run.instance, &error), WRT_ERR_TRAP);
    CHECK(error.trap == WRT_TRAP_UNREACHABLE && error.frame_count > 0);
    check_output(run.store, 1, "leaving\n");
    end_program(&run);
    wrt_release(wasi);
  }
}

/* ===== Time and chance ===== */

static void clocks_move_in_steps(void) {
  static const char expected[] = "realtime: 1700000000000000000\nrealtime resolution: 5\n"
                                 "monotonic: 5\nmonotonic resolution: 5\n";
  int i;
  for (i = 0; i < 2; i++) {
    wrt_wasi *wasi = new_kept("clock");
    set_option(wasi, "clock", "steps");
    set_option(wasi, "clock_start", "1_700_000_000_000_000_000");
    set_option(wasi, "clock_step", "5");
    check_run(&clocks, wasi, 0, expected);
  }
}

static void programs_sleep_by_a_clock_of_steps(void) {
  wrt_wasi *wasi = new_kept("clock sleep 20");
  set_option(wasi, "clock", "steps");
  check_run(&clocks, wasi, 0, "slept\n");
}

static void clocks_are_real(void) {
  wrt_wasi *wasi = new_kept("clock id 0");
  program run = load(&clocks, wasi);
  struct timespec now;
  wrt_bytes bytes = {0};
  unsigned long long nanoseconds = 0;
  CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  CHECK_OK(wrt_store_take_output(run.store, 1, &bytes, &error));
  CHECK(sscanf((const char *)bytes.data, "0: %llu", &nanoseconds) == 1);
  CHECK(nanoseconds / 1000000000 - (unsigned long long)now.tv_sec <= 60);
  wrt_bytes_free(&bytes);
  end_program(&run);
  wrt_release(wasi);
}

/* The numbers of a program with this seed, or real ones. They are freed. */
static void random_text(const char *seed, const char *arguments, char found[64]) {
  wrt_wasi *wasi = new_kept(arguments);
  program run;
  wrt_bytes bytes = {0};
  if (seed != NULL) {
    set_option(wasi, "random", "seeded");
    set_option(wasi, "random_seed", seed);
  }
  run = load(&numbers, wasi);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  CHECK_OK(wrt_store_take_output(run.store, 1, &bytes, &error));
  CHECK(bytes.len == 33 || bytes.len == 17);
  memcpy(found, bytes.data, bytes.len + 1);
  wrt_bytes_free(&bytes);
  end_program(&run);
  wrt_release(wasi);
}

static void random_numbers_come_from_a_seed(void) {
  char one[64], other[64];
  random_text("7", "random", one);
  random_text("7", "random", other);
  CHECK_TEXT(one, other);
  random_text("8", "random", other);
  CHECK(strcmp(one, other) != 0);
  random_text("7", "random big", one);
  random_text("7", "random big", other);
  CHECK_TEXT(one, other);
  random_text(NULL, "random", one);
  random_text(NULL, "random", other);
  CHECK(strcmp(one, other) != 0);
}

int main(int argc, char **argv) {
  own_name = argc > 0 ? argv[0] : "";
  engine = new_engine();
  args = new_guest(engine, "args");
  env = new_guest(engine, "env");
  leave = new_guest(engine, "exit");
  hello = new_guest(engine, "hello");
  clocks = new_guest(engine, "clock");
  numbers = new_guest(engine, "random");
  arguments_are_given();
  arguments_of_the_process_come_first();
  variables_are_given();
  variables_are_replaced();
  variables_of_the_process_are_inherited();
  options_are_checked();
  addresses_are_checked();
  closed_settings_say_so();
  settings_serve_many_stores();
  output_is_taken_once();
  nothing_is_given_without_settings();
  stores_can_be_given_more_than_one_wasi();
  programs_end_with_a_status();
  programs_trap();
  clocks_move_in_steps();
  programs_sleep_by_a_clock_of_steps();
  clocks_are_real();
  random_numbers_come_from_a_seed();
  variables_replace_those_of_the_process();
  free_guest(&args);
  free_guest(&env);
  free_guest(&leave);
  free_guest(&hello);
  free_guest(&clocks);
  free_guest(&numbers);
  wrt_release(engine);
  return check_done();
}
