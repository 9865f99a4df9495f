#include "matching/gain.h"

#include <string.h>

#include "base/assert.h"
#include "base/hash.h"

enum {
    TREE_BITS = 2,
    TREE_BRANCHES = 1 << TREE_BITS,
    STEPS_FIRST = 4,
};

/* Excess of a seller without a near miss on the constraint. */
#define NO_EXCESS INT64_MAX

struct engine_gain_seller {
    struct engine_gain_seller *branches[TREE_BRANCHES]; /* by the next bits of the hash */
    struct engine_gain_seller *next;
    struct gm_member_id id;
    bool has_match;
    int64_t least_excess[ENGINE_CONSTRAINT_COUNT];
};

/* Its row, made where it is missing; NULL when the arena is full. */
static struct engine_gain_seller *seller_of(struct engine_gains *gains, struct gm_member_id id)
{
    struct engine_gain_seller **at = &gains->root;
    for (uint64_t bits = gm_siphash(id.id.v, sizeof id.id.v); *at != NULL; bits >>= TREE_BITS) {
        if (gm_id_equal((*at)->id.id, id.id)) return *at;
        at = &(*at)->branches[bits % TREE_BRANCHES];
    }

    struct engine_gain_seller *seller = GM_ARENA_NEW(gains->arena, struct engine_gain_seller);
    if (seller == NULL) return NULL;
    seller->id = id;
    for (int i = 0; i < ENGINE_CONSTRAINT_COUNT; i++)
        seller->least_excess[i] = NO_EXCESS;
    seller->next = gains->sellers;
    gains->sellers = seller;
    *at = seller;
    return seller;
}

enum gm_status engine_gains_add_match(struct engine_gains *gains, struct gm_member_id seller_id,
                                      int64_t unit_landed)
{
    struct engine_gain_seller *seller = seller_of(gains, seller_id);
    if (seller == NULL) return GM_TOO_LARGE;

    if (!seller->has_match) gains->suppliers++;
    seller->has_match = true;
    if (!gains->best.is_set || unit_landed < gains->best.value)
        gains->best = engine_some(unit_landed);
    return GM_OK;
}

/* Room for one more. */
GM_CHECKED static bool steps_grow(struct engine_gain_steps *steps, struct gm_arena *arena)
{
    if (steps->count < steps->capacity) return true;
    const size_t capacity = steps->capacity == 0 ? STEPS_FIRST : 2 * steps->capacity;
    struct engine_gain_step *rows = GM_ARENA_ARRAY(arena, struct engine_gain_step, capacity);
    if (rows == NULL) return false;
    if (steps->count > 0) memcpy(rows, steps->rows, steps->count * sizeof *rows);
    steps->rows = rows;
    steps->capacity = capacity;
    return true;
}

/* Adds a step unless another is as near and as cheap; drops those that it makes needless. */
GM_CHECKED static bool steps_add(struct engine_gain_steps *steps, struct gm_arena *arena,
                                 struct engine_gain_step step)
{
    size_t from = 0;
    while (from < steps->count && steps->rows[from].excess < step.excess)
        from++;
    if (from > 0 && steps->rows[from - 1].unit_landed <= step.unit_landed) return true;
    if (from < steps->count && steps->rows[from].excess == step.excess &&
        steps->rows[from].unit_landed <= step.unit_landed)
        return true;

    size_t to = from;
    while (to < steps->count && steps->rows[to].unit_landed >= step.unit_landed)
        to++;
    if (!steps_grow(steps, arena)) return false;
    memmove(steps->rows + from + 1, steps->rows + to, (steps->count - to) * sizeof *steps->rows);
    steps->rows[from] = step;
    steps->count = steps->count - (to - from) + 1;
    return true;
}

enum gm_status engine_gains_add_near_miss(struct engine_gains *gains, struct gm_member_id seller_id,
                                          const struct engine_failure *failure, int64_t unit_landed)
{
    struct engine_gain_seller *seller = seller_of(gains, seller_id);
    if (seller == NULL) return GM_TOO_LARGE;

    int64_t *least = &seller->least_excess[failure->constraint];
    if (failure->excess < *least) *least = failure->excess;
    const struct engine_gain_step step = {.excess = failure->excess, .unit_landed = unit_landed};
    return steps_add(&gains->steps[failure->constraint], gains->arena, step) ? GM_OK : GM_TOO_LARGE;
}

/* The smallest excess that brings a seller who has no match. */
static int64_t relax_for_supplier(const struct engine_gains *gains, int constraint)
{
    int64_t least = NO_EXCESS;
    for (const struct engine_gain_seller *s = gains->sellers; s != NULL; s = s->next) {
        if (!s->has_match && s->least_excess[constraint] < least)
            least = s->least_excess[constraint];
    }
    return least;
}

/* The smallest excess that brings the lowest price of all; less quantity asked is no saving. */
static int64_t relax_for_price(const struct engine_gains *gains, int constraint)
{
    const struct engine_gain_steps *steps = &gains->steps[constraint];
    if (constraint == ENGINE_CONSTRAINT_QUANTITY || steps->count == 0) return NO_EXCESS;
    return steps->rows[steps->count - 1].excess;
}

static struct engine_gain gain_by(const struct engine_gains *gains, int constraint, int64_t relax)
{
    const struct engine_gain_steps *steps = &gains->steps[constraint];
    GM_ASSERT(steps->count > 0);
    GM_ASSERT(steps->rows[0].excess <= relax);

    struct engine_gain gain = {
        .constraint = (enum engine_constraint)constraint,
        .relax = relax,
    };
    for (size_t i = 0; i < steps->count && steps->rows[i].excess <= relax; i++)
        gain.unit_landed = steps->rows[i].unit_landed;
    for (const struct engine_gain_seller *s = gains->sellers; s != NULL; s = s->next) {
        if (!s->has_match && s->least_excess[constraint] <= relax) gain.suppliers_added++;
    }
    if (gains->best.is_set) {
        const int64_t best = gains->best.value;
        const bool saves = constraint != ENGINE_CONSTRAINT_QUANTITY && gain.unit_landed < best;
        gain.saving_ppm =
            engine_some(saves ? gm_mul_div_floor(best - gain.unit_landed, GM_PPM, best) : 0);
    }
    return gain;
}

/* Does relaxing further bring a supplier or a price that relaxing less does not? */
static bool is_better(const struct engine_gain *further, const struct engine_gain *nearer)
{
    if (further->suppliers_added > nearer->suppliers_added) return true;
    if (!nearer->saving_ppm.is_set) return further->unit_landed < nearer->unit_landed;
    return further->saving_ppm.value > nearer->saving_ppm.value;
}

static size_t gains_of(const struct engine_gains *gains, int constraint,
                       struct engine_gain *ret_gains)
{
    const int64_t for_supplier = relax_for_supplier(gains, constraint);
    const int64_t for_price = relax_for_price(gains, constraint);
    size_t count = 0;

    if (for_supplier != NO_EXCESS) ret_gains[count++] = gain_by(gains, constraint, for_supplier);
    if (for_price == NO_EXCESS || for_price == for_supplier) return count;

    const struct engine_gain gain = gain_by(gains, constraint, for_price);
    if (gain.suppliers_added == 0 && gain.saving_ppm.value == 0) return count;
    if (count == 1 && for_price > for_supplier && !is_better(&gain, &ret_gains[0])) return count;
    ret_gains[count++] = gain;
    return count;
}

size_t engine_gains_of_all(const struct engine_gains *gains, struct engine_gain *ret_gains)
{
    size_t count = 0;
    for (int i = 0; i < ENGINE_CONSTRAINT_COUNT; i++)
        count += gains_of(gains, i, ret_gains + count);
    return count;
}
