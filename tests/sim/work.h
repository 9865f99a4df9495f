/* sim/work.h - what members do: a small market with few lots and small stock, so that members meet.
 */
#pragma once

#include "sim.h"

/* One call that a member wants to make. The body is encoded, in the arena given. */
struct work_call {
    const struct gm_method *method;
    struct gm_bytes body;
    bool until_settled;
    bool dry_run;
    bool at_position; /* with the position that the member has seen of the catalog */
    uint16_t subject; /* index of what it is about, for work_done */
};

/* Draws the next thing that this member does. */
void work_next(struct sim *sim, uint8_t client, struct gm_arena *arena, struct work_call *ret_call);
/* It was answered for good. */
void work_done(struct sim *sim, uint8_t client, const struct work_call *call, enum gm_code status,
               struct gm_bytes body);
struct gm_id work_member(uint8_t client);
/* The node that has a method. */
uint8_t work_node(const struct gm_method *method);
