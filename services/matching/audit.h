/* matching/audit.h - what must hold over all rows: of the followed generation no lot without its
 * product and none oversold; each request in the lists of its buyer, counted and timed as its state
 * says, and nothing listed, counted or shown without it. */
#pragma once

#include "runtime/service.h"

/* GM_OK, or GM_CORRUPT with a sentence that names the row. */
GM_CHECKED enum gm_status matching_audit(struct gm_snapshot *snapshot, struct gm_arena *arena,
                                         char *ret_why, size_t why_size);
