/* Programs that wait: what the host does meanwhile, and how they are ended. */
#include "pipe.h"

static wrt_engine *engine;
static guest clocks, spin, upper, flood, work, waits, yields;

static const uint64_t MILLISECOND = 1000000;

static uint64_t now(void) {
  struct timespec time;
  CHECK(clock_gettime(CLOCK_MONOTONIC, &time) == 0);
  return (uint64_t)time.tv_sec * 1000 * MILLISECOND + (uint64_t)time.tv_nsec;
}

static void rest(uint64_t milliseconds) {
  const struct timespec time = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000 * 1000000)};
  CHECK(nanosleep(&time, NULL) == 0);
}

/* Polls until the program waits for something, or is done: with epochs it may yield at any time. */
static int32_t poll_on(const program *of) {
  int32_t state;
  while ((state = poll_task(of->task)) == WRT_TASK_YIELDED) {
  }
  return state;
}

/* ===== The host meanwhile ===== */

static void sleeping_programs_wake_the_host(void) {
  const uint64_t begin = now();
  bell woken;
  program sleeper, other;
  bell_init(&woken);
  sleeper = start_with(&clocks, new_kept("clock sleep 300"), &woken);
  CHECK(poll_on(&sleeper) == WRT_TASK_PENDING);
  /* A program in another store runs from its beginning to its end. */
  other = start_program(&work, new_kept("work 1000"));
  CHECK(poll_on(&other) == WRT_TASK_DONE && outcome_of(&other) == WRT_OK);
  check_output(other.store, 1, "168 primes up to 1000\n");
  end_program(&other);
  /* Polled without need it goes on sleeping. */
  if (now() - begin < 200 * MILLISECOND) {
    CHECK(poll_on(&sleeper) == WRT_TASK_PENDING);
  }
  listen_to(&woken);
  CHECK(wait_task(sleeper.task) == WRT_TASK_DONE && outcome_of(&sleeper) == WRT_OK);
  CHECK(now() - begin >= 300 * MILLISECOND);
  check_output(sleeper.store, 1, "slept\n");
  CHECK(rings(&woken) <= 1);
  end_program(&sleeper);
}

static void calls_sleep_on_their_thread(void) {
  uint64_t begin = now();
  check_run(&clocks, new_kept("clock sleep 30"), 0, "slept\n");
  CHECK(now() - begin >= 30 * MILLISECOND);
  check_run(&clocks, new_kept("clock sleep 0"), 0, "slept\n");
}

static void waiting_has_a_limit(void) {
  program run = start_program(&spin, new_kept("spin sleep"));
  const uint64_t begin = now();
  int32_t state = -1;
  CHECK_OK(wrt_task_wait(run.task, 20 * MILLISECOND, &state, &error));
  CHECK(state == WRT_TASK_PENDING && now() - begin >= 20 * MILLISECOND);
  CHECK_OK(wrt_task_wait(run.task, 0, &state, &error));
  CHECK(state == WRT_TASK_PENDING);
  CHECK_STATUS(wrt_task_results(run.task, NULL, 0, &error), WRT_ERR_BUSY);
  end_program(&run);
}

#define MANY 64

static void many_programs_sleep_on_one_thread(void) {
  static program runs[MANY];
  /* Valgrind has no room for all of their memories. */
  const int many = getenv("WRT_TEST_VALGRIND") != NULL ? 8 : MANY;
  const uint64_t begin = now();
  bell woken;
  int done = 0, i;
  bell_init(&woken);
  for (i = 0; i < many; i++) {
    char args[32];
    sprintf(args, "clock sleep %d", 300 + i % 7);
    runs[i] = start_with(&clocks, new_kept(args), &woken);
    CHECK(poll_on(&runs[i]) == WRT_TASK_PENDING);
  }
  while (done < many) {
    listen_to(&woken);
    for (i = 0; i < many; i++) {
      if (runs[i].task != NULL && poll_on(&runs[i]) == WRT_TASK_DONE) {
        CHECK(outcome_of(&runs[i]) == WRT_OK);
        check_output(runs[i].store, 1, "slept\n");
        end_program(&runs[i]);
        done++;
      }
    }
  }
  /* One after the other it would be 300 milliseconds each at least; Valgrind needs as long for other reasons. */
  CHECK(now() - begin < (uint64_t)many * 300 * MILLISECOND || getenv("WRT_TEST_VALGRIND") != NULL);
}

static void the_store_is_the_programs_while_it_waits(void) {
  wrt_wasi *wasi = new_kept("clock");
  program run = start_program(&spin, new_kept("spin sleep"));
  CHECK(poll_on(&run) == WRT_TASK_PENDING);
  CHECK_STATUS(wrt_store_set_wasi(run.store, wasi, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_instance_run(run.instance, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_store_gc(run.store, &error), WRT_ERR_BUSY);
  check_output(run.store, 1, "");
  CHECK(poll_on(&run) == WRT_TASK_PENDING);
  end_program(&run);
  wrt_release(wasi);
}

static void guests_wait_in_all_ways(void) {
  int way;
  for (way = 0; way < 2; way++) {
    wrt_wasi *wasi = new_kept("poll");
    CHECK_OK(wrt_wasi_stdin_bytes(wasi, (const uint8_t *)"x", 1, &error));
    if (way == 0) {
      check_run(&waits, wasi, 0, described("poll"));
    } else {
      program run = start_program(&waits, wasi);
      CHECK(wait_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_OK);
      check_output(run.store, 1, described("poll"));
      end_program(&run);
    }
  }
}

/* Whichever comes first. */
static void programs_wait_for_input_or_time(void) {
  int ready;
  for (ready = 0; ready < 2; ready++) {
    wrt_pipe *in = new_pipe(8);
    wrt_wasi *wasi = new_kept(ready ? "poll stdin 1000000" : "poll stdin 300");
    bell woken;
    size_t written = 0;
    program run;
    bell_init(&woken);
    give_pipe(wasi, 0, in);
    run = start_with(&waits, wasi, &woken);
    CHECK(poll_on(&run) == WRT_TASK_PENDING);
    if (ready) {
      CHECK(rings(&woken) == 0);
      CHECK_OK(wrt_pipe_write(in, (const uint8_t *)"x", 1, &written, &error));
      CHECK(rings(&woken) == 1 && poll_on(&run) == WRT_TASK_DONE);
    } else {
      listen_to(&woken);
      CHECK(wait_task(run.task) == WRT_TASK_DONE);
    }
    CHECK(outcome_of(&run) == WRT_OK);
    check_output(run.store, 1, ready ? "stdin: 1\n  2 read: ok\n" : "stdin: 1\n  1 clock: ok\n");
    end_program(&run);
    wrt_release(in);
  }
}

static void programs_yield(void) {
  program run = start_program(&yields, new_kept("sched 100"));
  wrt_bytes found = {0};
  CHECK(poll_on(&run) == WRT_TASK_DONE && outcome_of(&run) == WRT_OK);
  CHECK_OK(wrt_store_take_output(run.store, 1, &found, &error));
  CHECK(strncmp((const char *)found.data, "sched_yield: ok\n", 16) == 0);
  wrt_bytes_free(&found);
  end_program(&run);
}

/* Each poll may come from another thread. */
static void *poll_there(void *env) {
  wrt_error failed = {0};
  int32_t *state = malloc(sizeof *state);
  CHECK(state != NULL && wrt_task_poll(env, state, &failed) == WRT_OK);
  return state;
}

static void programs_are_polled_by_any_thread(void) {
  bell woken;
  program run;
  int polls;
  bell_init(&woken);
  run = start_with(&clocks, new_kept("clock sleep 100"), &woken);
  for (polls = 0;; polls++) {
    pthread_t thread;
    void *state = NULL;
    int32_t found;
    CHECK(pthread_create(&thread, NULL, poll_there, run.task) == 0 && pthread_join(thread, &state) == 0);
    found = *(int32_t *)state;
    free(state);
    if (found == WRT_TASK_DONE) {
      break;
    }
    if (found == WRT_TASK_PENDING) {
      listen_to(&woken);
    }
  }
  CHECK(polls > 0 && outcome_of(&run) == WRT_OK);
  check_output(run.store, 1, "slept\n");
  end_program(&run);
}

static void programs_run_on_threads_of_the_library(void) {
  bell woken;
  program run;
  wrt_func *func;
  wrt_call *call;
  wrt_wasi *wasi = new_kept("clock sleep 30");
  int i;
  bell_init(&woken);
  for (i = 0; i < 2; i++) {
    run = load(i == 0 ? &clocks : &spin, wasi);
    func = export_of(run.instance, "_start");
    call = new_call(func);
    CHECK_OK(wrt_call_spawn(call, NULL, 0, ring, &woken, &run.task, &error));
    if (i == 0) {
      listen_to(&woken);
      CHECK(poll_on(&run) == WRT_TASK_DONE && outcome_of(&run) == WRT_OK);
      check_output(run.store, 1, "slept\n");
    } else {
      rest(10);
      CHECK_OK(wrt_task_cancel(run.task, &error));
      CHECK(wait_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_ERR_INTERRUPTED);
    }
    wrt_release(call);
    wrt_release(func);
    end_program(&run);
    wrt_release(wasi);
    wasi = new_kept("spin sleep");
  }
  wrt_release(wasi);
}

/* While the host looks for an answer that a program waits for, another one sleeps in the same store. */
static void programs_sleep_inside_of_others(void) {
  wrt_linker *linker = new_wasi_linker(engine);
  wrt_type *type = new_type(engine, "(func (param i32 i32) (result i32))");
  wrt_module *module = module_of(engine, "calls");
  guest calls = {NULL, NULL};
  bell woken;
  program outer, inner;
  bell_init(&woken);
  CHECK_OK(wrt_linker_define_suspending_func(linker, TEXT("env"), TEXT("ask"), type, 7, &error));
  calls.engine = engine;
  CHECK_OK(wrt_linker_prelink(linker, module, &calls.prelink, &error));
  outer = start_with(&calls, new_kept("calls sleep 30"), &woken);
  CHECK(poll_on(&outer) == WRT_TASK_HOST_CALL);
  /* It has the arguments of the store, and sleeps. */
  inner.store = wrt_retain(outer.store);
  inner.instance = NULL;
  inner.task = NULL;
  CHECK_OK(wrt_prelink_instantiate(clocks.prelink, inner.store, &inner.instance, &error));
  {
    wrt_func *func = export_of(inner.instance, "_start");
    wrt_call *call = new_call(func);
    CHECK_OK(wrt_call_start(call, NULL, 0, ring, &woken, &inner.task, &error));
    wrt_release(call);
    wrt_release(func);
  }
  CHECK(poll_on(&inner) == WRT_TASK_PENDING);
  CHECK_STATUS(wrt_task_reply(outer.task, NULL, 0, &error), WRT_ERR_BUSY);
  listen_to(&woken);
  CHECK(poll_on(&inner) == WRT_TASK_DONE && outcome_of(&inner) == WRT_OK);
  check_output(outer.store, 1, "slept\n");
  end_program(&inner);
  CHECK(poll_on(&outer) == WRT_TASK_HOST_CALL);
  reply_to(outer.task, i32(1));
  CHECK(poll_on(&outer) == WRT_TASK_HOST_CALL);
  check_output(outer.store, 1, "sleep: 1\n");
  reply_to(outer.task, i32(2));
  CHECK(poll_on(&outer) == WRT_TASK_DONE && outcome_of(&outer) == WRT_OK);
  end_program(&outer);
  free_guest(&calls);
  wrt_release(module);
  wrt_release(type);
  wrt_release(linker);
}

/* ===== Ends ===== */

/* A program that does this in a store of at most so many milliseconds a call. */
static program load_limited(const guest *of, const char *args, uint64_t milliseconds) {
  wrt_wasi *wasi = new_wasi(args);
  program run;
  CHECK_OK(wrt_wasi_output_capture(wasi, 1, 100, 1, &error));
  run = load(of, wasi);
  CHECK_OK(wrt_store_set_timeout(run.store, milliseconds * MILLISECOND, &error));
  wrt_release(wasi);
  return run;
}

/* Something else than the end of its 1000 seconds of sleep has ended it. */
static void check_ended_early(uint64_t begin) {
  CHECK(now() - begin < 900000 * MILLISECOND);
}

static void timeouts_end_programs(void) {
  static const char *const args[] = {"spin sleep", "spin", "spin print"};
  int i, way;
  for (i = 0; i < 3; i++) {
    for (way = 0; way < 3; way++) {
      const uint64_t begin = now();
      program run = load_limited(&spin, args[i], 50);
      bell woken;
      bell_init(&woken);
      if (way == 0) {
        CHECK_STATUS(wrt_instance_run(run.instance, &error), WRT_ERR_INTERRUPTED);
      } else {
        wrt_func *func = export_of(run.instance, "_start");
        wrt_call *call = new_call(func);
        CHECK_OK(wrt_call_start(call, NULL, 0, ring, &woken, &run.task, &error));
        wrt_release(call);
        wrt_release(func);
        if (way == 1) {
          CHECK(wait_task(run.task) == WRT_TASK_DONE);
        } else {
          int32_t state;
          while ((state = poll_task(run.task)) != WRT_TASK_DONE) {
            CHECK(state == (i == 0 ? WRT_TASK_PENDING : WRT_TASK_YIELDED) || state == WRT_TASK_YIELDED);
            if (state == WRT_TASK_PENDING) {
              listen_to(&woken);
            }
          }
        }
        CHECK(outcome_of(&run) == WRT_ERR_INTERRUPTED);
      }
      CHECK(now() - begin >= 50 * MILLISECOND);
      check_ended_early(begin);
      end_program(&run);
    }
  }
}

/* So does one that waits for a pipe, on either side; the store can be used afterwards. */
static void timeouts_end_waiting_for_pipes(void) {
  int side;
  for (side = 0; side < 2; side++) {
    const uint64_t begin = now();
    wrt_pipe *pipe = new_pipe(8);
    wrt_wasi *wasi = new_wasi("waiting");
    program run;
    give_pipe(wasi, side, pipe);
    run = load(side == 0 ? &upper : &flood, wasi);
    CHECK_OK(wrt_store_set_timeout(run.store, 30 * MILLISECOND, &error));
    CHECK_STATUS(wrt_instance_run(run.instance, &error), WRT_ERR_INTERRUPTED);
    check_ended_early(begin);
    wrt_release(wasi);
    wasi = new_kept("clock sleep 1");
    CHECK_OK(wrt_store_set_wasi(run.store, wasi, &error));
    CHECK_OK(wrt_store_set_timeout(run.store, 0, &error));
    load_again(&run, &clocks);
    CHECK_OK(wrt_instance_run(run.instance, &error));
    check_output(run.store, 1, "slept\n");
    end_program(&run);
    wrt_release(wasi);
    wrt_release(pipe);
  }
}

static void *fire_later(void *env) {
  rest(30);
  wrt_interrupt_fire(env);
  return NULL;
}

static void interrupts_end_programs(void) {
  static const char *const args[] = {"spin sleep", "spin"};
  int i, way;
  for (i = 0; i < 2; i++) {
    for (way = 0; way < 3; way++) {
      const uint64_t begin = now();
      bell woken;
      program run;
      wrt_interrupt *interrupt = NULL;
      pthread_t thread;
      bell_init(&woken);
      run = start_with(&spin, new_kept(args[i]), &woken);
      if (way == 0) {
        wrt_release(run.task);
        run.task = NULL;
      }
      CHECK_OK(wrt_store_interrupt(run.store, &interrupt, &error));
      CHECK(way != 1 || i != 0 || poll_on(&run) == WRT_TASK_PENDING);
      CHECK(pthread_create(&thread, NULL, fire_later, interrupt) == 0);
      switch (way) {
      case 0:
        CHECK_STATUS(wrt_instance_run(run.instance, &error), WRT_ERR_INTERRUPTED);
        break;
      case 1:
        CHECK(wait_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_ERR_INTERRUPTED);
        break;
      default:
        while (poll_task(run.task) != WRT_TASK_DONE) {
          if (i == 0) {
            listen_to(&woken);
          }
        }
        CHECK(outcome_of(&run) == WRT_ERR_INTERRUPTED);
      }
      check_ended_early(begin);
      CHECK(pthread_join(thread, NULL) == 0);
      wrt_release(interrupt);
      end_program(&run);
    }
  }
}

/* The thread that waits, and another one that ends that. */
static void *cancel_later(void *env) {
  wrt_error failed = {0};
  rest(30);
  CHECK(wrt_task_cancel(env, &failed) == WRT_OK);
  return NULL;
}

static void tasks_are_cancelled_while_they_wait(void) {
  const uint64_t begin = now();
  program run = start_program(&spin, new_kept("spin sleep"));
  pthread_t thread;
  CHECK(poll_on(&run) == WRT_TASK_PENDING);
  CHECK_OK(wrt_task_cancel(run.task, &error));
  CHECK(poll_on(&run) == WRT_TASK_DONE && outcome_of(&run) == WRT_ERR_INTERRUPTED);
  /* The store is free. */
  load_again(&run, &spin);
  run.task = start_task(run.instance, "_start", NULL);
  CHECK(pthread_create(&thread, NULL, cancel_later, run.task) == 0);
  CHECK(wait_task(run.task) == WRT_TASK_DONE && outcome_of(&run) == WRT_ERR_INTERRUPTED);
  CHECK(pthread_join(thread, NULL) == 0);
  check_ended_early(begin);
  end_program(&run);
}

static void stores_are_closed_while_programs_wait(void) {
  wrt_pipe *out = new_pipe(8);
  wrt_wasi *wasi = new_wasi("flood");
  int32_t state = -1;
  bell woken;
  program run;
  bell_init(&woken);
  run = start_with(&spin, new_kept("spin sleep"), &woken);
  CHECK(poll_on(&run) == WRT_TASK_PENDING);
  CHECK_OK(wrt_close(run.store, &error));
  CHECK_STATUS(wrt_instance_run(run.instance, &error), WRT_ERR_CLOSED);
  CHECK_OK(wrt_task_poll(run.task, &state, &error));
  CHECK(state == WRT_TASK_DONE && outcome_of(&run) != WRT_OK);
  end_program(&run);
  /* What it had open is closed with it. */
  give_pipe(wasi, 1, out);
  run = start_program(&flood, wasi);
  CHECK(poll_on(&run) == WRT_TASK_PENDING);
  CHECK_OK(wrt_close(run.store, &error));
  {
    const wrt_pipe_info info = info_of(out);
    CHECK(info.is_ended == 1 && info.len == 8);
  }
  end_program(&run);
  wrt_release(out);
}

static void *close_later(void *env) {
  wrt_error failed = {0};
  rest(30);
  CHECK(wrt_close(env, &failed) == WRT_OK);
  return NULL;
}

/* A thread that waits for a task does not hold the store; one that calls does. */
static void stores_are_closed_by_other_threads(void) {
  const uint64_t begin = now();
  program run = start_program(&spin, new_kept("spin sleep"));
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, close_later, run.store) == 0);
  CHECK(wait_task(run.task) == WRT_TASK_DONE && outcome_of(&run) != WRT_OK);
  CHECK(pthread_join(thread, NULL) == 0);
  end_program(&run);
  check_ended_early(begin);
}

/* A task, and the bell that rings when its wake function has released it. */
typedef struct {
  wrt_task *task;
  bell released;
} last_owner;

static int32_t release_and_ring(void *env) {
  last_owner *owner = env;
  wrt_release(owner->task);
  owner->task = NULL;
  return ring(&owner->released);
}

/* As a garbage collector may do that runs there. */
static void wake_functions_release(void) {
  last_owner owner = {0};
  wrt_wasi *wasi = new_kept("clock sleep 20");
  program run = load(&clocks, wasi);
  wrt_func *func = export_of(run.instance, "_start");
  wrt_call *call = new_call(func);
  bell_init(&owner.released);
  CHECK_OK(wrt_call_start(call, NULL, 0, release_and_ring, &owner, &owner.task, &error));
  CHECK(poll_task(owner.task) == WRT_TASK_PENDING);
  listen_to(&owner.released);
  CHECK(owner.task == NULL);
  wrt_release(wasi);
  wrt_release(call);
  wrt_release(func);
  /* The thread that called it is well, and so is the store. */
  load_again(&run, &clocks);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  end_program(&run);
}

static void *find_busy(void *env) {
  wrt_error failed = {0};
  wrt_bytes bytes = {0};
  wrt_wasi *wasi = NULL;
  rest(30);
  CHECK(wrt_wasi_new(&wasi, &failed) == WRT_OK);
  CHECK(wrt_close(env, &failed) == WRT_ERR_BUSY);
  wrt_error_clear(&failed);
  CHECK(wrt_store_set_wasi(env, wasi, &failed) == WRT_ERR_BUSY);
  wrt_error_clear(&failed);
  CHECK(wrt_store_take_output(env, 1, &bytes, &failed) == WRT_ERR_BUSY);
  wrt_error_clear(&failed);
  wrt_release(wasi);
  return NULL;
}

static void calls_that_sleep_hold_the_store(void) {
  wrt_wasi *wasi = new_kept("clock sleep 1000");
  program run = load(&clocks, wasi);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, find_busy, run.store) == 0);
  CHECK_OK(wrt_instance_run(run.instance, &error));
  CHECK(pthread_join(thread, NULL) == 0);
  check_output(run.store, 1, "slept\n");
  end_program(&run);
  wrt_release(wasi);
}

/* Nobody is woken for a program that is gone. */
static void released_programs_wake_nobody(void) {
  bell woken;
  program run;
  bell_init(&woken);
  run = start_with(&clocks, new_kept("clock sleep 20"), &woken);
  CHECK(poll_on(&run) == WRT_TASK_PENDING);
  end_program(&run);
  rings(&woken);
  rest(40);
  CHECK(rings(&woken) == 0);
}

static void fuel_ends_programs(void) {
  wrt_engine *fueled = new_engine_with("consume_fuel");
  guest spinning = new_guest(fueled, "spin");
  wrt_wasi *wasi = new_wasi("spin");
  program run = load(&spinning, wasi);
  int polls;
  CHECK_OK(wrt_store_set_fuel(run.store, 1000000, &error));
  CHECK_STATUS(wrt_instance_run(run.instance, &error), WRT_ERR_FUEL);
  CHECK_OK(wrt_store_set_fuel(run.store, UINT64_MAX, &error));
  CHECK_OK(wrt_store_set_fuel_yield(run.store, 10000, &error));
  load_again(&run, &spinning);
  run.task = start_task(run.instance, "_start", NULL);
  for (polls = 0; polls < 10; polls++) {
    CHECK(poll_task(run.task) == WRT_TASK_YIELDED);
  }
  end_program(&run);
  wrt_release(wasi);
  free_guest(&spinning);
  wrt_release(fueled);
}

int main(void) {
  int before;
  engine = new_engine_with("epoch_interruption");
  work = new_guest(engine, "work");
  check_run(&work, new_kept("work 10"), 0, "4 primes up to 10\n");
  free_guest(&work);
  wrt_release(engine);
  before = open_files();
  engine = new_engine_with("epoch_interruption");
  clocks = new_guest(engine, "clock");
  spin = new_guest(engine, "spin");
  upper = new_guest(engine, "upper");
  flood = new_guest(engine, "flood");
  work = new_guest(engine, "work");
  waits = new_guest(engine, "poll");
  yields = new_guest(engine, "sched");
  sleeping_programs_wake_the_host();
  calls_sleep_on_their_thread();
  waiting_has_a_limit();
  many_programs_sleep_on_one_thread();
  the_store_is_the_programs_while_it_waits();
  programs_wait_for_input_or_time();
  programs_yield();
  programs_are_polled_by_any_thread();
  programs_run_on_threads_of_the_library();
  programs_sleep_inside_of_others();
  timeouts_end_programs();
  timeouts_end_waiting_for_pipes();
  interrupts_end_programs();
  tasks_are_cancelled_while_they_wait();
  stores_are_closed_while_programs_wait();
  stores_are_closed_by_other_threads();
  wake_functions_release();
  calls_that_sleep_hold_the_store();
  released_programs_wake_nobody();
  fuel_ends_programs();
  guests_wait_in_all_ways();
  free_guest(&clocks);
  free_guest(&spin);
  free_guest(&upper);
  free_guest(&flood);
  free_guest(&work);
  free_guest(&waits);
  free_guest(&yields);
  wrt_release(engine);
  CHECK(open_files() == before);
  return check_done();
}
