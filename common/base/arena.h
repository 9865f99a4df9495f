/* base/arena.h - a bounded bump allocator: one per request, reset when its reply is encoded. Not
 * for two threads at once. Full is an answer (NULL), never a crash: the request that filled it is
 * refused. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

struct gm_arena {
    uint8_t *base;
    size_t capacity; /* bytes */
    size_t used;     /* bytes */
};

/* Takes capacity bytes from the heap, touched only as they are used. GM_NO_SPACE. */
GM_CHECKED enum gm_status gm_arena_init(struct gm_arena *arena, size_t capacity);
void gm_arena_release(struct gm_arena *arena);

/* Everything handed out is gone. Under the address sanitizer it is poisoned until handed out again.
 */
void gm_arena_reset(struct gm_arena *arena);

/* Uninitialised, aligned to 16; NULL when full. Lives until reset. */
void *gm_arena_alloc(struct gm_arena *arena, size_t size);
void *gm_arena_zalloc(struct gm_arena *arena, size_t size);
/* A product that wraps is over every capacity: NULL. */
void *gm_arena_zalloc_array(struct gm_arena *arena, size_t count, size_t size);
/* A copy; NULL when full. copy_text appends a NUL. */
void *gm_arena_copy(struct gm_arena *arena, const void *at, size_t size);
char *gm_arena_copy_text(struct gm_arena *arena, struct gm_bytes text);
/* As printf; NULL when full. */
__attribute__((format(printf, 2, 3))) char *gm_arena_format(struct gm_arena *arena,
                                                            const char *format, ...);

/* What was in use, to be given back with rewind: for work that is tried and thrown away. */
size_t gm_arena_mark(const struct gm_arena *arena);
void gm_arena_rewind(struct gm_arena *arena, size_t mark);

#define GM_ARENA_NEW(arena, type) ((type *)gm_arena_zalloc((arena), sizeof(type)))
#define GM_ARENA_ARRAY(arena, type, count) \
    ((type *)gm_arena_zalloc_array((arena), (count), sizeof(type)))
