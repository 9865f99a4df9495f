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

/* Collects from the table's front the keys of rows below `generation` (u32 at the front of the
 * key), or, where that is 0, with an id older than before_ms; GM_PRUNE_KEYS_MAX at most, and what
 * an entry holds. The event lies in the arena; its size is 0 where there is nothing. *ret_more:
 * there may be further rows. */
GM_CHECKED enum gm_status prune_collect(struct gm_snapshot *snapshot, const struct gm_table *table,
                                        uint32_t generation, int64_t before_ms,
                                        struct gm_arena *arena, struct gm_bytes *ret_event,
                                        bool *ret_more);
void prune_fold(struct gm_fold *fold, struct gm_bytes event);
