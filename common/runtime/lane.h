/* runtime/lane.h - a thread that takes work from the core and gives it back: journal, checkpoint,
 * workers. Both queues are bounded by what the host hands out. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "base/status.h"

enum { LANE_QUEUE_MAX = 64 }; /* above GM_SEARCH_JOBS_MAX and its like */

/* Wakes the core out of its poll. */
struct waker {
    int fd;              /* eventfd */
    _Atomic bool asleep; /* the core is polling, or about to */
};

struct lane {
    const char *name;
    void (*run)(struct lane *lane, void *work); /* on one of its threads */
    bool (*idle)(struct lane *lane); /* nothing waits: true where there is more to tend */
    void *context;
    struct waker *waker;
    pthread_t threads[8];
    unsigned thread_count;
    int nice;
    pthread_mutex_t mutex;
    pthread_cond_t wanted;
    void *todo[LANE_QUEUE_MAX];
    unsigned todo_first;
    unsigned todo_count;
    void *done[LANE_QUEUE_MAX];
    unsigned done_first;
    unsigned done_count;
    _Atomic unsigned done_seen; /* done_count, to be looked at without the lock */
    bool stop;
};

GM_CHECKED enum gm_status waker_init(struct waker *waker);
void waker_release(struct waker *waker);
void waker_wake(struct waker *waker);
/* Takes what was written, so that the next poll sleeps. */
void waker_drain(struct waker *waker);

/* name, run, idle, context, waker and nice are set by the caller. */
GM_CHECKED enum gm_status lane_start(struct lane *lane, unsigned threads);
/* Waits for what is being run; what waits is dropped. */
void lane_stop(struct lane *lane);
void lane_give(struct lane *lane, void *work);
/* NULL where nothing is done. */
void *lane_take(struct lane *lane);
