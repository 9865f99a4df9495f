/* store/sort.h - puts rows into the order of LMDB: by table, then by the bytes of the key. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "store/overlay.h"

struct gm_sort_item {
    uint64_t word; /* eight bytes of the key as a number: what is being sorted by */
    struct gm_overlay_row *row;
};

/* No two rows have the same table and key. scratch: room for count items. The rows are only read.
 */
void gm_sort_rows(struct gm_sort_item *items, struct gm_sort_item *scratch, size_t count);
