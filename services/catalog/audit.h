/* catalog/audit.h - what must hold over all rows: stock is conserved and never oversold, every hold
 * belongs to a reservation, every index row to its document, both ways, every count to what it
 * counts. */
#pragma once

#include "runtime/service.h"

/* GM_OK, or GM_CORRUPT with a sentence that names the row. */
GM_CHECKED enum gm_status catalog_audit(struct gm_snapshot *snapshot, struct gm_arena *arena,
                                        char *ret_why, size_t why_size);
