/* runtime/idmap.h - a hash map from 16 bytes to a pointer: effects, sagas, peers, parked requests.
 * Grows; order of iteration is that of the slots, so nothing that must repeat may depend on it. */
#pragma once

#include <stdint.h>

#include "base/id.h"

struct gm_idmap_slot {
    struct gm_id key;
    void *value; /* NULL: free */
};

struct gm_idmap {
    struct gm_idmap_slot *slots;
    uint32_t capacity; /* a power of two, 0 before the first put */
    uint32_t count;
};

void gm_idmap_release(struct gm_idmap *map); /* the values are the caller's */
void *gm_idmap_get(const struct gm_idmap *map, struct gm_id key);
/* value is not NULL; replaces. Out of memory ends the process. */
void gm_idmap_put(struct gm_idmap *map, struct gm_id key, void *value);
/* Returns what was there, NULL where nothing was. */
void *gm_idmap_take(struct gm_idmap *map, struct gm_id key);
