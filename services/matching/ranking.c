#include "matching/ranking.h"

#include <string.h>

#include "matching/constraint.h"

enum gm_status engine_ranking_offer(struct engine_ranking *ranking, struct gm_arena *arena,
                                    const void *row)
{
    const size_t bytes = ranking->row_bytes;
    if (ranking->rows == NULL) {
        ranking->rows = gm_arena_alloc(arena, ranking->max * bytes);
        if (ranking->rows == NULL) return GM_TOO_LARGE;
    }

    size_t at = ranking->count;
    while (at > 0 && ranking->compare(row, ranking->rows + (at - 1) * bytes) < 0)
        at--;
    if (at == ranking->max) return GM_OK;

    if (ranking->count < ranking->max) ranking->count++;
    uint8_t *place = ranking->rows + at * bytes;
    memmove(place + bytes, place, (ranking->count - 1 - at) * bytes);
    memcpy(place, row, bytes);
    return GM_OK;
}

static int upward(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int engine_match_compare(const void *a, const void *b)
{
    const struct engine_match *one = a;
    const struct engine_match *other = b;
    int order = upward(other->score, one->score);
    if (order == 0) order = upward(one->unit_landed, other->unit_landed);
    if (order == 0) order = upward(one->arrival, other->arrival);
    if (order == 0) order = gm_id_compare(one->lot.id, other->lot.id);
    return order;
}

int engine_near_miss_compare(const void *a, const void *b)
{
    const struct engine_near_miss *one = a;
    const struct engine_near_miss *other = b;
    const int order = engine_excess_compare(one->excess, one->limit, other->excess, other->limit);
    return order != 0 ? order : gm_id_compare(one->lot.id, other->lot.id);
}
