/* judge.h - after the stream: is all settled, and is what the services tell now what was played? */
#pragma once

#include "drive.h"

/* Counts what is wrong; all zero: nothing is. */
struct verdict {
    size_t orders_unlike; /* listed otherwise than heard */
    size_t totals_wrong;  /* not the sum of quantity x price */
    size_t lots_wrong;    /* on hand or reserved is not what it was before, less what left since */
    int64_t remaining;    /* units on hand, over all lots */
};

/* Waits until the order service has no message to another service open and matching has followed
 * the catalog to its head. Returns the catalog's position then; ends the process after a minute. */
struct gm_position judge_settle(struct tool *tool);

struct verdict judge(struct tool *tool, const struct deals *deals);
