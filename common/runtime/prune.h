/* runtime/prune.h - the event of a prune entry: keys of rows that are past keeping, so that apply
 * deletes points. Of dedup rows the last key also moves the pruned-through command id.
 *
 *   offset size  field
 *   0      1     table number
 *   1      1     zero
 *   2      2     count of keys
 *   4      then  each key: size (2), bytes */
#pragma once

#include "base/arena.h"
#include "runtime/service.h"

enum { PRUNE_HEAD_BYTES = 4 };

/* Which rows of a table are past keeping. */
struct prune {
    const struct gm_table *table;
    uint32_t generation_below; /* rows of older generations; 0: rows whose id is older than */
    int64_t before_ms;
    uint64_t rows_max; /* and, with that, the oldest of more rows than these; 0: any number */
    uint64_t excess;   /* of them still to go, where `resumed` */
    bool resumed;      /* a job before this one has come as far as `after` */
    struct gm_key after;
};

/* Collects the keys of rows that are past keeping, oldest first, GM_PRUNE_KEYS_MAX at most and what
 * an entry holds, and moves `prune` on behind them. The event lies in the arena; its size is 0
 * where there is nothing. *ret_more: there may be further rows. */
GM_CHECKED enum gm_status prune_collect(struct gm_snapshot *snapshot, struct prune *prune,
                                        struct gm_arena *arena, struct gm_bytes *ret_event,
                                        bool *ret_more);
void prune_fold(struct gm_fold *fold, struct gm_bytes event);
