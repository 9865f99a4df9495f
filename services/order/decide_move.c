#include "base/assert.h"
#include "order/decide.h"
#include "order/message.h"
#include "order/rule.h"
#include "wire/check.h"

static const char *offending_field(enum gm_reason reason)
{
    if (reason == GM_REASON_ORDER_UNKNOWN) return "order_id";
    if (reason == GM_REASON_REVISION_MOVED) return "revision";
    return "";
}

enum gm_reason order_decide_move(const struct gm_rows *rows, const struct gm_call *call,
                                 struct gm_decision *decision)
{
    const Order__OrderCommand *command = (const Order__OrderCommand *)call->message;
    const struct gm_order_id order = {gm_message_id(command->order_id)};
    const struct order_act act = {
        .action = order_action_of_method(call->method->number),
        .member = {call->member},
        .reason = command->reason,
    };
    struct order_row row;
    GM_ASSERT(act.action != ORDER_ACTION_NONE);

    enum gm_reason refused = GM_REASON_ORDER_UNKNOWN;
    if (order_find(rows, order, &row)) {
        refused = order_rule_move(&row, act.action, act.member, command->revision);
    }
    if (refused != GM_REASON_NONE) {
        return gm_decision_refuse(decision, refused, "%s", offending_field(refused));
    }

    if (!order_decide_event(call, order, &row, &act, decision)) return GM_REASON_FIELD_TOO_LONG;
    const Order__OrderReply *reply = order_reply_new(call->arena, order, &row);
    if (reply == NULL) return GM_REASON_FIELD_TOO_LONG;
    decision->reply = &reply->base;
    return GM_REASON_NONE;
}
