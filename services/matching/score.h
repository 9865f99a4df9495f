/* matching/score.h - how well a lot suits a line, in parts per million. Rules: "Score" in
 * README.md. Pure, and of the lot alone: other offers change nothing. */
#pragma once

#include "matching/trial.h"

struct engine_score {
    int64_t total; /* the sum of the shares */
    int64_t shares[ENGINE_CRITERION_COUNT];
};

struct engine_score engine_score(const struct engine_trial *trial);

/* The landed unit price that scores 0; not set where neither line nor category give one. */
struct engine_optional engine_price_scale(const struct engine_request_line *line);
