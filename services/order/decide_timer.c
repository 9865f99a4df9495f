#include "base/assert.h"
#include "order/decide.h"

static const uint8_t actions[ORDER_TIMER_COUNT] = {
    [ORDER_TIMER_ACCEPT_BY] = ORDER_ACCEPT_BY,
    [ORDER_TIMER_RECEIVE_BY] = ORDER_RECEIVE_BY,
    [ORDER_TIMER_COMPLETE_BY] = ORDER_COMPLETE_BY,
};

void order_decide_timer(const struct gm_rows *rows, const struct gm_call *call, uint8_t kind,
                        struct gm_id subject, struct gm_decision *decision)
{
    const struct gm_order_id order = {subject};
    struct order_row row;
    if (kind == ORDER_TIMER_NONE || kind >= ORDER_TIMER_COUNT) return;
    if (!order_find(rows, order, &row)) return;
    if (order_timer_of((enum order_state)row.state) != kind) return; /* too late: it has moved on */

    const struct order_act act = {.action = (enum order_action)actions[kind], .reason = ""};
    const bool decided = order_decide_event(call, order, &row, &act, decision);
    GM_ASSERT(decided);
}
