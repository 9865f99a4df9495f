/* matching/ranking.h - the best few of many, kept in order as they come. Memory is the arena's and
 * is taken with the first row. */
#pragma once

#include "matching/engine.h"

struct engine_ranking {
    /* Below 0 where a stands before b; never 0 for two different rows, so that the order in which
     * they come cannot show. */
    int (*compare)(const void *a, const void *b);
    size_t row_bytes;
    size_t max;
    size_t count;
    uint8_t *rows; /* count of them, best first */
};

/* Keeps a copy of the row if it is among the max best so far. GM_TOO_LARGE: the arena is full. */
GM_CHECKED enum gm_status engine_ranking_offer(struct engine_ranking *ranking,
                                               struct gm_arena *arena, const void *row);

/* Score downward, then landed unit price, arrival and lot id upward. Of struct engine_match. */
int engine_match_compare(const void *a, const void *b);

/* How far over its limit, then lot id, upward. Of struct engine_near_miss. */
int engine_near_miss_compare(const void *a, const void *b);
