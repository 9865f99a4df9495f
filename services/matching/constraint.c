#include "matching/constraint.h"

#include "base/assert.h"
#include "matching/category.h"

/* ---- fixed: a lot that fails one is never shown ---- */

static bool is_listed(const struct engine_trial *trial)
{
    return trial->lot->is_listed;
}

static bool is_unit_asked(const struct engine_trial *trial)
{
    return trial->lot->base_unit == trial->line->base_unit;
}

static bool is_currency_asked(const struct engine_trial *trial)
{
    return gm_currency_equal(trial->lot->currency, trial->request->currency);
}

static bool is_category_asked(const struct engine_trial *trial)
{
    return engine_category_lies_in(trial->reference, trial->lot->category, trial->line->category);
}

/* What a lot does not state is no word that can be asked for. */
static bool is_word_asked(uint32_t asked, uint32_t stated)
{
    return asked == ENGINE_WORD_NONE || asked == stated;
}

static bool is_body_asked(const struct engine_trial *trial)
{
    return is_word_asked(trial->line->body, trial->lot->body);
}

static bool is_glaze_asked(const struct engine_trial *trial)
{
    return is_word_asked(trial->line->glaze, trial->lot->glaze);
}

static bool is_place_known(const struct engine_trial *trial)
{
    return trial->lot->ship_from < trial->reference->place_count;
}

static bool is_of_another(const struct engine_trial *trial)
{
    return !gm_id_equal(trial->lot->seller.id, trial->request->buyer.id);
}

static bool is_not_excluded(const struct engine_trial *trial)
{
    for (size_t i = 0; i < trial->line->excluded_count; i++) {
        if (gm_id_equal(trial->line->excluded[i].id, trial->lot->seller.id)) return false;
    }
    return true;
}

/* The cheapest first; all have to pass, so the order does not show. */
static bool (*const fixed[])(const struct engine_trial *trial) = {
    is_listed,      is_unit_asked,  is_currency_asked, is_category_asked, is_body_asked,
    is_glaze_asked, is_place_known, is_of_another,     is_not_excluded,
};

bool engine_passes_fixed(const struct engine_trial *trial)
{
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        if (!fixed[i](trial)) return false;
    }
    return true;
}

/* ---- relaxable: excess is 0 or less where the lot passes ---- */

static int64_t over(int64_t figure, struct engine_optional cap)
{
    return cap.is_set ? figure - cap.value : 0;
}

/* Several lots may fill a split line, so none has to hold all of it. */
static int64_t quantity_excess(const struct engine_trial *trial)
{
    if (trial->request->split == ENGINE_SPLIT_SPLIT) return 0;
    return trial->line->quantity - trial->quantities.sellable;
}

static int64_t quantity_limit(const struct engine_trial *trial)
{
    return trial->line->quantity;
}

/* A lot that has too little is not also blamed for what it would have to sell. */
static int64_t minimum_excess(const struct engine_trial *trial)
{
    if (quantity_excess(trial) > 0) return 0;
    return trial->quantities.t - trial->quantities.most;
}

static int64_t minimum_limit(const struct engine_trial *trial)
{
    return trial->quantities.most;
}

static int64_t date_excess(const struct engine_trial *trial)
{
    return over(trial->arrival, trial->line->needed_by);
}

static int64_t date_limit(const struct engine_trial *trial)
{
    return trial->line->needed_by.value - trial->today;
}

static int64_t price_excess(const struct engine_trial *trial)
{
    return over(trial->price.unit_landed, trial->line->price_cap);
}

static int64_t price_limit(const struct engine_trial *trial)
{
    return trial->line->price_cap.value;
}

static int64_t co2e_excess(const struct engine_trial *trial)
{
    return over(engine_trial_co2e_g(trial), trial->line->co2e_cap);
}

static int64_t co2e_limit(const struct engine_trial *trial)
{
    return trial->line->co2e_cap.value;
}

static int64_t distance_excess(const struct engine_trial *trial)
{
    return over(trial->way.km, trial->line->distance_cap);
}

static int64_t distance_limit(const struct engine_trial *trial)
{
    return trial->line->distance_cap.value;
}

static int64_t grade_excess(const struct engine_trial *trial)
{
    return over((int64_t)trial->lot->grade, trial->line->worst_grade);
}

static int64_t village_excess(const struct engine_trial *trial)
{
    const struct engine_place *from = &trial->reference->places[trial->lot->ship_from];
    return is_word_asked(trial->line->village, from->village) ? 0 : 1;
}

/* Of steps, and of what is yes or no. */
static int64_t limit_of_one(const struct engine_trial *trial)
{
    (void)trial;
    return 1;
}

static const struct {
    const char *name;
    int64_t (*excess)(const struct engine_trial *trial);
    int64_t (*limit)(const struct engine_trial *trial);
} relaxable[ENGINE_CONSTRAINT_COUNT] = {
    [ENGINE_CONSTRAINT_QUANTITY] = {"QUANTITY", quantity_excess, quantity_limit},
    [ENGINE_CONSTRAINT_MINIMUM] = {"MINIMUM", minimum_excess, minimum_limit},
    [ENGINE_CONSTRAINT_DATE] = {"DATE", date_excess, date_limit},
    [ENGINE_CONSTRAINT_PRICE] = {"PRICE", price_excess, price_limit},
    [ENGINE_CONSTRAINT_CO2E] = {"CO2E", co2e_excess, co2e_limit},
    [ENGINE_CONSTRAINT_DISTANCE] = {"DISTANCE", distance_excess, distance_limit},
    [ENGINE_CONSTRAINT_GRADE] = {"GRADE", grade_excess, limit_of_one},
    [ENGINE_CONSTRAINT_VILLAGE] = {"VILLAGE", village_excess, limit_of_one},
};

enum engine_verdict engine_judge(const struct engine_trial *trial,
                                 struct engine_failure *ret_failure)
{
    int failed = ENGINE_CONSTRAINT_COUNT;
    int64_t failed_excess = 0;
    for (int i = 0; i < ENGINE_CONSTRAINT_COUNT; i++) {
        const int64_t excess = relaxable[i].excess(trial);
        if (excess <= 0) continue;
        if (failed != ENGINE_CONSTRAINT_COUNT) return ENGINE_VERDICT_NO_MATCH;
        failed = i;
        failed_excess = excess;
    }
    if (failed == ENGINE_CONSTRAINT_COUNT) return ENGINE_VERDICT_MATCH;

    *ret_failure = (struct engine_failure){
        .constraint = (enum engine_constraint)failed,
        .excess = failed_excess,
        .limit = relaxable[failed].limit(trial),
    };
    return ENGINE_VERDICT_NEAR_MISS;
}

int engine_excess_compare(int64_t excess, int64_t limit, int64_t other_excess, int64_t other_limit)
{
    const int64_t by = limit > 1 ? limit : 1;
    const int64_t other_by = other_limit > 1 ? other_limit : 1;
    int64_t a = excess / by;
    int64_t b = other_excess / other_by;
    if (a == b) {
        a = gm_mul_div_floor(excess % by, GM_PPM, by);
        b = gm_mul_div_floor(other_excess % other_by, GM_PPM, other_by);
    }
    return (a > b) - (a < b);
}

const char *engine_constraint_name(enum engine_constraint constraint)
{
    GM_ASSERT(constraint < ENGINE_CONSTRAINT_COUNT);
    return relaxable[constraint].name;
}
