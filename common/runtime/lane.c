#include "runtime/lane.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/assert.h"

enum gm_status waker_init(struct waker *waker)
{
    waker->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    waker->asleep = false;
    return waker->fd < 0 ? GM_NO_SPACE : GM_OK;
}

void waker_release(struct waker *waker)
{
    if (waker->fd >= 0) close(waker->fd);
    waker->fd = -1;
}

void waker_wake(struct waker *waker)
{
    /* The core sets `asleep`, then looks at the lanes once more: whoever finishes in between is
     * seen by that look or sees the flag. */
    if (!waker->asleep) return;
    const uint64_t one = 1;
    const ssize_t written = write(waker->fd, &one, sizeof one);
    GM_ASSERT(written == (ssize_t)sizeof one);
}

void waker_drain(struct waker *waker)
{
    uint64_t count;
    /* EAGAIN: it was not the waker that ended the poll. */
    if (read(waker->fd, &count, sizeof count) < 0) return;
}

static void *take_todo(struct lane *lane)
{
    void *work = lane->todo[lane->todo_first];
    lane->todo_first = (lane->todo_first + 1) % LANE_QUEUE_MAX;
    lane->todo_count--;
    return work;
}

static void give_back(struct lane *lane, void *work)
{
    pthread_mutex_lock(&lane->mutex);
    GM_ASSERT(lane->done_count < LANE_QUEUE_MAX);
    lane->done[(lane->done_first + lane->done_count++) % LANE_QUEUE_MAX] = work;
    lane->done_seen = lane->done_count;
    pthread_mutex_unlock(&lane->mutex);
    waker_wake(lane->waker);
}

static void *lane_thread(void *argument)
{
    struct lane *lane = argument;
    (void)pthread_setname_np(pthread_self(), lane->name);
    /* Best effort: who may not be nicer runs as it is. */
    if (lane->nice != 0) (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), lane->nice);
    pthread_mutex_lock(&lane->mutex);
    while (!lane->stop) {
        if (lane->todo_count > 0) {
            void *work = take_todo(lane);
            pthread_mutex_unlock(&lane->mutex);
            lane->run(lane, work);
            give_back(lane, work);
            pthread_mutex_lock(&lane->mutex);
            continue;
        }
        bool more = false;
        if (lane->idle != NULL) {
            pthread_mutex_unlock(&lane->mutex);
            more = lane->idle(lane);
            pthread_mutex_lock(&lane->mutex);
        }
        if (!more && lane->todo_count == 0 && !lane->stop)
            pthread_cond_wait(&lane->wanted, &lane->mutex);
    }
    pthread_mutex_unlock(&lane->mutex);
    return NULL;
}

enum gm_status lane_start(struct lane *lane, unsigned threads)
{
    GM_ASSERT(threads > 0 && threads <= sizeof lane->threads / sizeof *lane->threads);
    if (pthread_mutex_init(&lane->mutex, NULL) != 0 || pthread_cond_init(&lane->wanted, NULL) != 0)
        return GM_NO_SPACE;
    for (; lane->thread_count < threads; lane->thread_count++)
        if (pthread_create(&lane->threads[lane->thread_count], NULL, lane_thread, lane) != 0)
            return GM_NO_SPACE;
    return GM_OK;
}

void lane_stop(struct lane *lane)
{
    if (lane->thread_count == 0) return;
    pthread_mutex_lock(&lane->mutex);
    lane->stop = true;
    pthread_cond_broadcast(&lane->wanted);
    pthread_mutex_unlock(&lane->mutex);
    for (unsigned i = 0; i < lane->thread_count; i++)
        pthread_join(lane->threads[i], NULL);
    lane->thread_count = 0;
    pthread_cond_destroy(&lane->wanted);
    pthread_mutex_destroy(&lane->mutex);
}

void lane_give(struct lane *lane, void *work)
{
    pthread_mutex_lock(&lane->mutex);
    GM_ASSERT(lane->todo_count < LANE_QUEUE_MAX);
    lane->todo[(lane->todo_first + lane->todo_count++) % LANE_QUEUE_MAX] = work;
    pthread_cond_signal(&lane->wanted);
    pthread_mutex_unlock(&lane->mutex);
}

void *lane_take(struct lane *lane)
{
    if (lane->done_seen == 0) return NULL;
    pthread_mutex_lock(&lane->mutex);
    void *work = lane->done[lane->done_first];
    lane->done_first = (lane->done_first + 1) % LANE_QUEUE_MAX;
    lane->done_count--;
    lane->done_seen = lane->done_count;
    pthread_mutex_unlock(&lane->mutex);
    return work;
}
