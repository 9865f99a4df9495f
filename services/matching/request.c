#include "matching/engine.h"

static bool is_within(int64_t value, int64_t least, int64_t most)
{
    return least <= value && value <= most;
}

static bool is_cap(struct engine_optional cap, int64_t most)
{
    return !cap.is_set || is_within(cap.value, 0, most);
}

static bool is_line_in_range(const struct engine_request_line *line, int32_t today)
{
    return is_within(line->quantity, 1, GM_QUANTITY_MAX) &&
           is_within(line->over_ppm, 0, ENGINE_OVER_PPM_MAX) &&
           is_cap(line->price_cap, GM_AMOUNT_MAX) && is_cap(line->target_price, GM_AMOUNT_MAX) &&
           is_cap(line->co2e_cap, INT32_MAX) && is_cap(line->distance_cap, INT32_MAX) &&
           is_cap(line->worst_grade, ENGINE_GRADE_COUNT - 1) &&
           (!line->needed_by.is_set ||
            is_within(line->needed_by.value, today, (int64_t)today + ENGINE_NEEDED_BY_DAYS_MAX));
}

static bool are_weights_whole(const struct engine_request *request)
{
    int64_t sum = 0;
    for (int i = 0; i < ENGINE_CRITERION_COUNT; i++)
        sum += request->weights[i];
    return sum == GM_PPM;
}

enum gm_reason engine_check(const struct engine_request *request, int32_t today, size_t *ret_line)
{
    *ret_line = request->line_count;
    for (int i = 0; i < ENGINE_CRITERION_COUNT; i++) {
        if (!is_within(request->weights[i], 0, GM_PPM)) return GM_REASON_OUT_OF_RANGE;
    }
    for (size_t i = 0; i < request->line_count; i++) {
        if (is_line_in_range(&request->lines[i], today)) continue;
        *ret_line = i;
        return GM_REASON_OUT_OF_RANGE;
    }
    if (request->line_count > ENGINE_LINES_MAX) return GM_REASON_TOO_MANY;
    if (!is_within((int64_t)request->matches_max, 1, ENGINE_MATCHES_MAX)) return GM_REASON_TOO_MANY;
    return are_weights_whole(request) ? GM_REASON_NONE : GM_REASON_WEIGHTS_NOT_WHOLE;
}
