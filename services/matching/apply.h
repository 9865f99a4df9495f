/* matching/apply.h - event to rows. Cannot refuse: what decide has made sure of is asserted.
 * Depends on nothing but the event, its entry and the rows, so that a replay makes the same rows
 * again. */
#pragma once

#include "runtime/service.h"

gm_apply_fn matching_apply; /* of Matching__Event */
