#include "order/decide.h"

#include "base/assert.h"
#include "order/apply.h"
#include "order/message.h"
#include "order/rule.h"
#include "wire/check.h"

/* An event and what its fields point to. */
struct moved_message {
    Order__Event event;
    Order__OrderMoved moved;
    struct gm_order_id order;
    struct gm_member_id buyer;
    struct gm_member_id seller;
    struct gm_member_id member;
};

bool order_decide_event(const struct gm_call *call, struct gm_order_id order, struct order_row *row,
                        const struct order_act *act, struct gm_decision *decision)
{
    const enum order_event event = order_permits((enum order_state)row->state, act->action);
    GM_ASSERT(event != ORDER_EVENT_NONE);
    GM_ASSERT(event != ORDER_EVENT_PLACED);

    struct moved_message *at = GM_ARENA_NEW(call->arena, struct moved_message);
    if (at == NULL) return false;
    order__event__init(&at->event);
    order__order_moved__init(&at->moved);
    if (act->refusal != NULL && act->refusal->line_count > 0) {
        at->moved.refused = order_refused_new(call->arena, act->refusal);
        if (at->moved.refused == NULL) return false;
        at->moved.n_refused = act->refusal->line_count;
    }
    at->order = order;
    at->buyer = row->buyer;
    at->seller = row->seller;
    at->member = act->member;
    at->moved.order_id = gm_message_bytes(&at->order.id);
    at->moved.buyer = gm_message_bytes(&at->buyer.id);
    at->moved.seller = gm_message_bytes(&at->seller.id);
    at->moved.revision = row->revision + 1;
    at->moved.action = order_action_name(act->action);
    at->moved.reason = act->reason;
    at->moved.due_ms = order_rule_due(row, event, call->now_ms);
    if (!gm_id_is_zero(at->member.id)) at->moved.member = gm_message_bytes(&at->member.id);
    order_event_set_moved(&at->event, event, &at->moved);

    order_row_move(row, event, &at->moved);
    gm_decision_event(decision, &at->event.base);
    return true;
}
