/* The plain engine: walks all lots once and holds each against every line. */
#include "matching/engine.h"

#include <string.h>

#include "base/assert.h"
#include "matching/constraint.h"
#include "matching/distance.h"
#include "matching/gain.h"
#include "matching/note.h"
#include "matching/ranking.h"
#include "matching/score.h"
#include "matching/trial.h"

/* What is kept of a line while the lots go by. */
struct line_search {
    struct engine_ranking matches;
    struct engine_ranking near_misses[ENGINE_CONSTRAINT_COUNT]; /* by what fails */
    struct engine_gains gains;
    size_t matches_found;
    size_t near_misses_found;
};

struct search {
    const struct engine_reference *reference;
    const struct engine_request *request;
    int32_t today;
    struct gm_arena *arena;
    const int32_t *km;         /* from each place to where the goods are wanted */
    struct line_search *lines; /* one a line of the request */
    size_t lots_seen;
};

static struct engine_ranking near_miss_ranking(size_t max)
{
    return (struct engine_ranking){
        .compare = engine_near_miss_compare,
        .row_bytes = sizeof(struct engine_near_miss),
        .max = max,
    };
}

GM_CHECKED static enum gm_status search_begin(struct search *search)
{
    const struct engine_reference *reference = search->reference;
    const struct engine_request *request = search->request;
    GM_ASSERT(request->deliver_to < reference->place_count);

    int32_t *km = GM_ARENA_ARRAY(search->arena, int32_t, reference->place_count);
    search->lines = GM_ARENA_ARRAY(search->arena, struct line_search, request->line_count);
    if (km == NULL || search->lines == NULL) return GM_TOO_LARGE;

    const struct engine_place *to = &reference->places[request->deliver_to];
    for (size_t i = 0; i < reference->place_count; i++)
        km[i] = engine_distance_km(&reference->places[i], to);
    search->km = km;

    for (size_t i = 0; i < request->line_count; i++) {
        struct line_search *line = &search->lines[i];
        line->matches = (struct engine_ranking){
            .compare = engine_match_compare,
            .row_bytes = sizeof(struct engine_match),
            .max = request->matches_max,
        };
        for (int j = 0; j < ENGINE_CONSTRAINT_COUNT; j++)
            line->near_misses[j] = near_miss_ranking(ENGINE_NEAR_MISSES_ALIKE);
        line->gains.arena = search->arena;
    }
    return GM_OK;
}

static struct engine_match match_of(const struct engine_trial *trial)
{
    const struct engine_score score = engine_score(trial);
    struct engine_match match = {
        .lot = trial->lot->id,
        .seller = trial->lot->seller,
        .t = trial->quantities.t,
        .n = trial->quantities.n,
        .unit_price = trial->price.unit_price,
        .amount = trial->price.amount,
        .freight = trial->price.freight,
        .landed = trial->price.landed,
        .unit_landed = trial->price.unit_landed,
        .arrival = trial->arrival,
        .km = trial->way.km,
        .mode = trial->way.mode,
        .mode_km = trial->way.mode_km,
        .transit_days = trial->way.transit_days,
        .production_g = trial->co2e.production_g,
        .transport_g = trial->co2e.transport_g,
        .co2e_g = engine_trial_co2e_g(trial),
        .score = score.total,
    };
    memcpy(match.shares, score.shares, sizeof match.shares);
    match.note_count = engine_notes(trial, match.notes);
    return match;
}

GM_CHECKED static enum gm_status add_match(struct search *search, struct line_search *line,
                                           const struct engine_trial *trial)
{
    line->matches_found++;
    const enum gm_status status =
        engine_gains_add_match(&line->gains, trial->lot->seller, trial->price.unit_landed);
    if (status != GM_OK) return status;
    const struct engine_match match = match_of(trial);
    return engine_ranking_offer(&line->matches, search->arena, &match);
}

GM_CHECKED static enum gm_status add_near_miss(struct search *search, struct line_search *line,
                                               const struct engine_trial *trial,
                                               const struct engine_failure *failure)
{
    line->near_misses_found++;
    const enum gm_status status = engine_gains_add_near_miss(&line->gains, trial->lot->seller,
                                                             failure, trial->price.unit_landed);
    if (status != GM_OK) return status;
    const struct engine_near_miss near_miss = {
        .lot = trial->lot->id,
        .seller = trial->lot->seller,
        .t = trial->quantities.t,
        .n = trial->quantities.n,
        .score = engine_score(trial).total,
        .constraint = failure->constraint,
        .excess = failure->excess,
        .limit = failure->limit,
    };
    return engine_ranking_offer(&line->near_misses[failure->constraint], search->arena, &near_miss);
}

GM_CHECKED static enum gm_status consider(struct search *search, const struct engine_lot *lot)
{
    search->lots_seen++;
    for (size_t i = 0; i < search->request->line_count; i++) {
        struct engine_trial trial = {
            .reference = search->reference,
            .request = search->request,
            .line = &search->request->lines[i],
            .lot = lot,
            .today = search->today,
        };
        if (!engine_try(&trial, search->km)) continue;

        struct engine_failure failure;
        enum gm_status status = GM_OK;
        switch (engine_judge(&trial, &failure)) {
        case ENGINE_VERDICT_MATCH:
            status = add_match(search, &search->lines[i], &trial);
            break;
        case ENGINE_VERDICT_NEAR_MISS:
            status = add_near_miss(search, &search->lines[i], &trial, &failure);
            break;
        case ENGINE_VERDICT_NO_MATCH:
            break;
        }
        if (status != GM_OK) return status;
    }
    return GM_OK;
}

/* The nearest of all constraints: no more than a few of each were kept. */
GM_CHECKED static enum gm_status nearest(struct search *search, const struct line_search *line,
                                         struct engine_ranking *ret_all)
{
    struct engine_ranking all = near_miss_ranking(ENGINE_NEAR_MISSES_MAX);
    for (int i = 0; i < ENGINE_CONSTRAINT_COUNT; i++) {
        const struct engine_ranking *alike = &line->near_misses[i];
        for (size_t j = 0; j < alike->count; j++) {
            const enum gm_status status =
                engine_ranking_offer(&all, search->arena, alike->rows + j * alike->row_bytes);
            if (status != GM_OK) return status;
        }
    }
    *ret_all = all;
    return GM_OK;
}

GM_CHECKED static enum gm_status search_end(struct search *search, struct engine_answer *ret_answer)
{
    const size_t line_count = search->request->line_count;
    struct engine_line_answer *lines =
        GM_ARENA_ARRAY(search->arena, struct engine_line_answer, line_count);
    if (lines == NULL) return GM_TOO_LARGE;

    for (size_t i = 0; i < line_count; i++) {
        const struct line_search *line = &search->lines[i];
        struct engine_ranking near_misses;
        const enum gm_status status = nearest(search, line, &near_misses);
        if (status != GM_OK) return status;
        lines[i] = (struct engine_line_answer){
            .matches = (const struct engine_match *)line->matches.rows,
            .match_count = line->matches.count,
            .near_misses = (const struct engine_near_miss *)near_misses.rows,
            .near_miss_count = near_misses.count,
            .matches_found = line->matches_found,
            .near_misses_found = line->near_misses_found,
            .suppliers_found = line->gains.suppliers,
        };
        lines[i].gain_count = engine_gains_of_all(&line->gains, lines[i].gains);
    }
    *ret_answer = (struct engine_answer){
        .reference_version = search->reference->version,
        .lots_seen = search->lots_seen,
        .line_count = line_count,
        .lines = lines,
    };
    return GM_OK;
}

enum gm_status engine_find(struct engine_lots *lots, const struct engine_reference *reference,
                           const struct engine_request *request, int32_t today,
                           struct gm_arena *arena, struct engine_answer *ret_answer)
{
    size_t line;
    const enum gm_reason refusal = engine_check(request, today, &line);
    GM_ASSERT(refusal == GM_REASON_NONE);

    struct search search = {
        .reference = reference,
        .request = request,
        .today = today,
        .arena = arena,
    };
    enum gm_status status = search_begin(&search);
    while (status == GM_OK) {
        struct engine_lot lot;
        status = lots->next(lots, &lot);
        if (status == GM_OK) status = consider(&search, &lot);
    }
    return status == GM_END ? search_end(&search, ret_answer) : status;
}
