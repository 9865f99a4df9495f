/* matching/view.h - how the engine's answer is shown: its figures, and what a person needs to know
 * the lots by. */
#pragma once

#include <matching.pb-c.h>

#include "base/arena.h"
#include "matching/engine.h"
#include "matching/state.h"

/* Where the shown lots are. */
struct matching_view {
    const struct gm_rows *rows;
    uint32_t generation;
    struct gm_arena *arena; /* has MATCHING_VIEW_BYTES_MAX of room for a line (asserted) */
};
enum { MATCHING_VIEW_BYTES_MAX = 2 * 1024 * 1024 };

/* In the arena; borrows the answer and the rows. */
Matching__LineAnswer *matching_view_line(const struct matching_view *view, uint32_t line,
                                         const struct engine_line_answer *answer);

/* Leaves out matches, the worst first, until the line is bytes_max encoded at most; near misses,
 * gains and the totals stay. bytes_max has room for MATCHING_VIEW_MATCHES_KEPT whatever they are.
 */
void matching_view_cut(Matching__LineAnswer *line, size_t bytes_max);
enum { MATCHING_VIEW_MATCHES_KEPT = ENGINE_MATCHES_DEFAULT };
