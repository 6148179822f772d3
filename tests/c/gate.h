/* Where two threads meet: flags that one sets and the other waits for. Comes before all other headers. */
#ifndef GATE_H
#define GATE_H

#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "check.h"

typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int inside;
  int go_on;
} gate;

static inline void gate_init(gate *at) {
  CHECK(pthread_mutex_init(&at->lock, NULL) == 0 && pthread_cond_init(&at->changed, NULL) == 0);
  at->inside = 0;
  at->go_on = 0;
}

static inline void gate_set(gate *at, int *flag) {
  CHECK(pthread_mutex_lock(&at->lock) == 0);
  *flag = 1;
  CHECK(pthread_cond_broadcast(&at->changed) == 0 && pthread_mutex_unlock(&at->lock) == 0);
}

static inline void gate_wait(gate *at, const int *flag) {
  CHECK(pthread_mutex_lock(&at->lock) == 0);
  while (!*flag) {
    CHECK(pthread_cond_wait(&at->changed, &at->lock) == 0);
  }
  CHECK(pthread_mutex_unlock(&at->lock) == 0);
}

#endif
