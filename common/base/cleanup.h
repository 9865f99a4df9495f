/* base/cleanup.h - one owner, and its release where the scope ends. */
#pragma once

#include <stdlib.h>
#include <unistd.h>

/* GM_CLEANUP(gm_freep) char *text = NULL; calls gm_freep(&text) on every way out of the scope. */
#define GM_CLEANUP(function) __attribute__((cleanup(function)))

/* The pointer, whose owner is now who takes it: *place becomes NULL. return gm_steal(&txn); */
#define gm_steal(place)                                               \
    (__extension__({                                                  \
        __typeof__(place) gm_steal_place = (place);                   \
        __typeof__(*gm_steal_place) gm_steal_value = *gm_steal_place; \
        *gm_steal_place = NULL;                                       \
        gm_steal_value;                                               \
    }))

/* place is the address of a pointer to what malloc gave. */
static inline void gm_freep(void *place)
{
    free(*(void **)place);
}

/* *fd below 0 is none. For files that were only read or are already synced: the result is dropped.
 */
static inline void gm_closep(int *fd)
{
    if (*fd >= 0) close(*fd);
}

/* The descriptor, whose owner is now who takes it. */
static inline int gm_steal_fd(int *fd)
{
    const int taken = *fd;
    *fd = -1;
    return taken;
}
