#include "base/time.h"
#include "order/apply.h"
#include "order/decide.h"
#include "order/message.h"
#include "order/rule.h"
#include "proto/codes.h"
#include "wire/check.h"

/* The event of a new order and what its fields point to, beside the request. */
struct placed_message {
    Order__Event event;
    Order__OrderPlaced placed;
    Order__Order order;
    struct gm_order_id id;
    struct gm_member_id buyer;
};

/* The order as asked for, its lines shared with the request. */
static void fill_order(struct placed_message *at, const Order__PlaceRequest *request,
                       const struct gm_call *call, int64_t total_minor)
{
    const uint32_t hours =
        request->accept_within_hours == 0 ? ORDER_ACCEPT_HOURS : request->accept_within_hours;

    at->id = (struct gm_order_id){gm_id_derive(call->entry_id, 0)}; /* effects count from 1 */
    at->buyer = (struct gm_member_id){call->member};
    at->order = (Order__Order){
        .base = at->order.base,
        .order_id = gm_message_bytes(&at->id.id),
        .buyer = gm_message_bytes(&at->buyer.id),
        .seller = request->seller,
        .currency = request->currency,
        .ship_from = request->ship_from,
        .deliver_to = request->deliver_to,
        .n_lines = request->n_lines,
        .lines = request->lines,
        .total_minor = total_minor,
        .group_id = request->group_id,
        .note = request->note,
        .buyer_reference = request->buyer_reference,
        .placed_ms = call->now_ms,
        .accept_by_ms = call->now_ms + hours * GM_HOUR_MS,
    };
}

enum gm_reason order_decide_place(const struct gm_rows *rows, const struct gm_call *call,
                                  struct gm_decision *decision)
{
    const Order__PlaceRequest *request = (const Order__PlaceRequest *)call->message;
    int64_t total_minor;
    size_t line;
    (void)rows; /* a new order asks nothing of the others */

    if (gm_place_find(request->ship_from) == NULL) {
        return gm_decision_refuse(decision, GM_REASON_PLACE_UNKNOWN, "ship_from");
    }
    if (gm_place_find(request->deliver_to) == NULL) {
        return gm_decision_refuse(decision, GM_REASON_PLACE_UNKNOWN, "deliver_to");
    }
    if (gm_id_equal(gm_message_id(request->seller), call->member)) {
        return gm_decision_refuse(decision, GM_REASON_OWN_GOODS, "seller");
    }
    if (!order_rule_total(request->lines, request->n_lines, &total_minor, &line)) {
        return gm_decision_refuse(decision, GM_REASON_AMOUNT_TOO_LARGE, "lines[%zu]", line);
    }

    struct placed_message *at = GM_ARENA_NEW(call->arena, struct placed_message);
    if (at == NULL) return GM_REASON_FIELD_TOO_LONG;
    order__event__init(&at->event);
    order__order_placed__init(&at->placed);
    order__order__init(&at->order);
    fill_order(at, request, call, total_minor);
    at->placed.order = &at->order;
    at->event.event_case = ORDER__EVENT__EVENT_PLACED;
    at->event.placed = &at->placed;

    const struct order_row row = order_row_placed(&at->order);
    const Order__OrderReply *reply = order_reply_new(call->arena, at->id, &row);
    if (reply == NULL) return GM_REASON_FIELD_TOO_LONG;
    gm_decision_event(decision, &at->event.base);
    decision->reply = &reply->base;
    return GM_REASON_NONE;
}
