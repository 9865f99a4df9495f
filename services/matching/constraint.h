/* matching/constraint.h - what a lot must satisfy. Rules: "Constraints" in README.md. Pure. */
#pragma once

#include "matching/trial.h"

/* How many relaxable constraints a lot fails: none is a match, one a near miss. */
enum engine_verdict {
    ENGINE_VERDICT_MATCH,
    ENGINE_VERDICT_NEAR_MISS,
    ENGINE_VERDICT_NO_MATCH,
};

/* Of a near miss: what fails, by how much, of what. */
struct engine_failure {
    enum engine_constraint constraint;
    int64_t excess;
    int64_t limit;
};

/* The fixed constraints that need no figures; sold out and the amount's limit are engine_try's. */
bool engine_passes_fixed(const struct engine_trial *trial);

/* Judges a trial that passed the fixed ones. A near miss fills *ret_failure, nothing else does. */
GM_CHECKED enum engine_verdict engine_judge(const struct engine_trial *trial,
                                            struct engine_failure *ret_failure);

/* Which of two near misses lies less far over its limit, as memcmp: by floor(excess x 10^6 /
 * max(limit, 1)), which it compares without its product, since that passes 64 bits. */
int engine_excess_compare(int64_t excess, int64_t limit, int64_t other_excess, int64_t other_limit);
