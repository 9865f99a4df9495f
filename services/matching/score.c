#include "matching/score.h"

#include "base/assert.h"

enum {
    TIME_SCALE_DAYS = 60, /* where no day is named */
    NEAR_KM = 2000,       /* where no distance is: half is scored within the region ... */
    FAR_KM = 20000,       /* ... and half over the whole earth */
};

/* 10^6 at nothing, falling straight to 0 at the scale. */
static int64_t down(int64_t figure, int64_t scale)
{
    return figure >= scale ? 0 : gm_mul_div_floor(scale - figure, GM_PPM, scale);
}

struct engine_optional engine_price_scale(const struct engine_request_line *line)
{
    if (line->price_cap.is_set) return line->price_cap;
    if (line->target_price.is_set) return engine_some(2 * line->target_price.value);
    if (line->reference_price.is_set) return engine_some(2 * line->reference_price.value);
    return (struct engine_optional){0};
}

static int64_t price_utility(const struct engine_trial *trial)
{
    const struct engine_optional scale = engine_price_scale(trial->line);
    return scale.is_set ? down(trial->price.unit_landed, scale.value) : 0;
}

static int64_t time_utility(const struct engine_trial *trial)
{
    const struct engine_optional by = trial->line->needed_by;
    return down(trial->arrival - trial->today,
                by.is_set ? by.value - trial->today : TIME_SCALE_DAYS);
}

static int64_t co2e_utility(const struct engine_trial *trial)
{
    const struct engine_optional cap = trial->line->co2e_cap;
    return down(engine_trial_co2e_g(trial), cap.is_set ? cap.value : trial->line->reference_co2e_g);
}

static int64_t distance_utility(const struct engine_trial *trial)
{
    const struct engine_optional cap = trial->line->distance_cap;
    const int64_t km = trial->way.km;
    return cap.is_set ? down(km, cap.value) : (down(km, NEAR_KM) + down(km, FAR_KM)) / 2;
}

static const struct {
    const char *name;
    int64_t (*utility)(const struct engine_trial *trial); /* 0 to GM_PPM */
} criteria[ENGINE_CRITERION_COUNT] = {
    [ENGINE_CRITERION_PRICE] = {"price", price_utility},
    [ENGINE_CRITERION_TIME] = {"time", time_utility},
    [ENGINE_CRITERION_CO2E] = {"co2e", co2e_utility},
    [ENGINE_CRITERION_DISTANCE] = {"distance", distance_utility},
};

struct engine_score engine_score(const struct engine_trial *trial)
{
    struct engine_score score = {0};
    for (int i = 0; i < ENGINE_CRITERION_COUNT; i++) {
        const int64_t weight = trial->request->weights[i];
        score.shares[i] = gm_mul_div_floor(weight, criteria[i].utility(trial), GM_PPM);
        score.total += score.shares[i];
    }
    return score;
}

const char *engine_criterion_name(enum engine_criterion criterion)
{
    GM_ASSERT(criterion < ENGINE_CRITERION_COUNT);
    return criteria[criterion].name;
}
