/* runtime/heap.h - what is due when: a binary heap by time, then kind, then id, so that the same
 * content leaves in the same order. Rows are never taken out early: who pops one asks whether it
 * still stands. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct gm_due {
    int64_t at_ms;
    uint32_t kind;
    struct gm_id id;
};

struct gm_heap {
    struct gm_due *rows;
    uint32_t count;
    uint32_t capacity;
};

void gm_heap_release(struct gm_heap *heap);
void gm_heap_push(struct gm_heap *heap, struct gm_due due);
/* The earliest, where it is at or before now; false else. */
bool gm_heap_pop_due(struct gm_heap *heap, int64_t now_ms, struct gm_due *ret_due);
/* INT64_MAX where empty. */
int64_t gm_heap_next_ms(const struct gm_heap *heap);
