/* sales.h - the real order stream as text: a line for each line of an invoice, as
 * tests/data/sales writes them,
 *
 *   invoice TAB time TAB buyer TAB deliver_to TAB seller TAB sku TAB quantity
 *   536373, 2010-12-01 09:02:00, customer:17850, GB-LONDON, workshop:kim-lan-3, 37370, 6 */
#pragma once

#include "tool.h"

struct sale {
    const char *invoice; /* the buyer's order number */
    const char *time;    /* as the source has it */
    struct gm_id buyer;  /* by name */
    const char *deliver_to;
    struct gm_id seller; /* by name */
    const char *sku;
    int64_t quantity;
};

struct sales {
    struct sale *at;
    size_t count;
};

/* All that stands in the file, in its order; a line that is not of the form ends the process. */
struct sales sales_read(struct tool *tool, const char *path);
