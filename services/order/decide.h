/* order/decide.h - may this happen to this order, and what comes of it? The rules stand in
 * README.md. Pure: no clock, socket or log, so a replay decides the same again. */
#pragma once

#include "order/state.h"
#include "runtime/service.h"

gm_decide_fn order_decide_place;
gm_decide_fn order_decide_move; /* every command on an order that exists */
gm_decide_answer_fn order_decide_answer;
gm_decide_timer_fn order_decide_timer;

/* For the files decide_*.c: who does what, and why. */
struct order_act {
    enum order_action action;         /* permitted in the row's state */
    struct gm_member_id member;       /* zero: a timer */
    const char *reason;               /* in words, or a reason word; never NULL */
    const struct gm_refusal *refusal; /* whose lines are named; NULL: none */
};

/* Adds the event to the decision and moves *row as apply will. False where the arena is full;
 * nothing has changed then. */
GM_CHECKED bool order_decide_event(const struct gm_call *call, struct gm_order_id order,
                                   struct order_row *row, const struct order_act *act,
                                   struct gm_decision *decision);
