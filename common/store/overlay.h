/* store/overlay.h - one half of the overlay: the rows changed since the last checkpoint, in memory.
 * An open-addressing index over an arena; rows never move, one that no longer fits its place is
 * written anew and the old place is lost until the half is cleared.
 *
 * Address space for the largest half is reserved once and touched as it is used, so nothing is ever
 * copied to grow but the index, whose largest is 4 MiB.
 *
 * Threads: while active, a half belongs to the owner. While frozen nobody writes it, so owner and
 * checkpoint thread both read it without a lock. The atomics are the owner's, read by the thread
 * that prefaults (gm_half_prepare) as hints of how much will be needed. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "store/store.h"

/* A row in memory is an image, which is what the state hash is taken of:
 *
 *   0      1  table number
 *   1      2  size of the key, little endian
 *   3      k  key
 *   3 + k  n  value
 */
enum { GM_IMAGE_HEAD_BYTES = 3 };
#define GM_IMAGE_BYTES_MAX \
    ((size_t)GM_IMAGE_HEAD_BYTES + GM_KEY_BYTES_MAX + (size_t)GM_VALUE_BYTES_MAX)

static inline struct gm_bytes gm_image_key(const uint8_t *image)
{
    return gm_bytes(image + GM_IMAGE_HEAD_BYTES, gm_get_u16(image + 1));
}

static inline bool gm_image_is(const uint8_t *image, uint8_t table, struct gm_bytes key)
{
    return image[0] == table && gm_bytes_equal(gm_image_key(image), key);
}

/* Writes head and key; returns where the value goes. */
static inline uint8_t *gm_image_begin(uint8_t *image, uint8_t table, struct gm_bytes key)
{
    image[0] = table;
    gm_put_u16(image + 1, (uint16_t)key.size);
    memcpy(image + GM_IMAGE_HEAD_BYTES, key.at, key.size);
    return image + GM_IMAGE_HEAD_BYTES + key.size;
}

/* Of (table, key), for index and row cache. The seed differs by process, so that nobody can choose
 * ids that collide; nothing that can be seen depends on it. */
uint64_t gm_row_hash(uint64_t seed, uint8_t table, struct gm_bytes key);

#define GM_VALUE_DELETED UINT32_MAX

struct gm_overlay_row {
    uint64_t sum;        /* its share of the state hash; 0 where deleted or of an unhashed table */
    uint32_t value_size; /* or GM_VALUE_DELETED */
    uint32_t room;       /* bytes that a value may have here */
    uint8_t image[];
};

static inline struct gm_bytes gm_overlay_value(const struct gm_overlay_row *row)
{
    const struct gm_bytes key = gm_image_key(row->image);
    return gm_bytes(key.at + key.size, row->value_size);
}

enum {
    GM_HALF_ROWS_MAX = GM_OVERLAY_ROWS_MAX + GM_OVERLAY_COMMAND_ROWS,
    GM_HALF_SLOTS_MAX = 1 << 19, /* at most half full */
};
_Static_assert(GM_HALF_ROWS_MAX * 2 <= GM_HALF_SLOTS_MAX, "the largest index is at most half full");
#define GM_HALF_BYTES_MAX ((size_t)(GM_OVERLAY_BYTES_MAX + GM_OVERLAY_COMMAND_BYTES))

struct gm_half {
    uint64_t *index; /* the index of s slots lies at index + s: each next size beside the last */
    uint8_t *arena;
    _Atomic uint32_t slots;
    _Atomic uint32_t rows;
    _Atomic size_t used; /* bytes of the arena */
    uint32_t state_rows; /* rows of tables that are not bulk */
    uint32_t generation; /* slots of earlier ones are empty */
    size_t arena_ready;  /* prefaulted so far; of gm_half_prepare's thread, like the next */
    uint32_t index_ready;
};

/* Address space that a half needs, a multiple of the page. */
size_t gm_half_memory_bytes(void);
/* memory: zeroed pages, borrowed. first_slots: a power of two. */
void gm_half_init(struct gm_half *half, void *memory, uint32_t first_slots);
void gm_half_clear(struct gm_half *half);

/* NULL where the row was not changed here. */
struct gm_overlay_row *gm_half_find(const struct gm_half *half, uint64_t hash, uint8_t table,
                                    struct gm_bytes key);
/* A place for the row's value of value_size bytes: `row` itself (what find gave, or NULL) where it
 * has the room, else a new one. Asserts the half's limits. value_size and sum are the caller's to
 * set. */
struct gm_overlay_row *gm_half_place(struct gm_half *half, struct gm_overlay_row *row,
                                     uint64_t hash, const struct gm_table *table,
                                     struct gm_bytes key, size_t value_size);
void gm_half_prefetch(const struct gm_half *half, uint64_t hash);

/* Calls visit for every row, in no order. */
void gm_half_each(const struct gm_half *half,
                  void (*visit)(struct gm_overlay_row *row, void *context), void *context);

/* Prefaults what the half will need next, a stretch at a time; any one thread. True where it did.
 */
bool gm_half_prepare(struct gm_half *half);

/* Makes pages present without touching their bytes, so that another thread may be using them. False
 * where the kernel cannot (before 5.14). */
bool gm_prefault(void *at, size_t size);

/* Updates of hints by their only writer. */
#define gm_hint(at)          atomic_load_explicit((at), memory_order_relaxed)
#define gm_hint_set(at, new) atomic_store_explicit((at), (new), memory_order_relaxed)
