/* matching/gain.h - what relaxing a constraint of a line would bring. Rules: "Gains" in README.md.
 * Every match and near miss of the line is added as it comes, in any order; what is kept is a row a
 * seller and, per constraint, the prices that a larger excess lowers. Memory is the arena's. */
#pragma once

#include "matching/constraint.h"
#include "matching/engine.h"

/* The lowest landed unit price to be had by an excess up to this. */
struct engine_gain_step {
    int64_t excess;
    int64_t unit_landed;
};

/* Excess rises from step to step, the price falls. */
struct engine_gain_steps {
    struct engine_gain_step *rows;
    size_t count;
    size_t capacity;
};

struct engine_gain_seller;

/* Zeroed but for the arena, it is ready. */
struct engine_gains {
    struct gm_arena *arena;
    struct engine_gain_seller *root;    /* of the tree by hash of id */
    struct engine_gain_seller *sellers; /* the list of all */
    struct engine_gain_steps steps[ENGINE_CONSTRAINT_COUNT];
    struct engine_optional best; /* lowest landed unit price of all matches */
    size_t suppliers;            /* sellers with a match */
};

/* GM_TOO_LARGE: the arena is full. */
GM_CHECKED enum gm_status engine_gains_add_match(struct engine_gains *gains,
                                                 struct gm_member_id seller, int64_t unit_landed);
GM_CHECKED enum gm_status engine_gains_add_near_miss(struct engine_gains *gains,
                                                     struct gm_member_id seller,
                                                     const struct engine_failure *failure,
                                                     int64_t unit_landed);

/* Writes the gains of all constraints in their order, ENGINE_GAINS_MAX at most; returns how many.
 */
size_t engine_gains_of_all(const struct engine_gains *gains, struct engine_gain *ret_gains);
