#include "order/service.h"

#include "methods.h"
#include "order/apply.h"
#include "order/decide.h"
#include "order/query.h"
#include "order/react.h"
#include "order/state.h"
#include "wire/check.h"

static const struct gm_handler handlers[] = {
    {.method = GM_METHOD_ORDER_PLACE, .decide = order_decide_place},
    {.method = GM_METHOD_ORDER_ACCEPT, .decide = order_decide_move},
    {.method = GM_METHOD_ORDER_REJECT, .decide = order_decide_move},
    {.method = GM_METHOD_ORDER_CANCEL, .decide = order_decide_move},
    {.method = GM_METHOD_ORDER_PROPOSE_CANCEL, .decide = order_decide_move},
    {.method = GM_METHOD_ORDER_AGREE_CANCEL, .decide = order_decide_move},
    {.method = GM_METHOD_ORDER_DESPATCH, .decide = order_decide_move},
    {.method = GM_METHOD_ORDER_RECEIVE, .decide = order_decide_move},
    {.method = GM_METHOD_ORDER_COMPLETE, .decide = order_decide_move},
    {.method = GM_METHOD_ORDER_GET_ORDER, .query = order_query_get},
    {.method = GM_METHOD_ORDER_LIST_ORDERS, .search = order_query_list},
    {.method = 0},
};

/* An order's two sides see it, and the services of the network. */
static bool visible(const ProtobufCMessage *message, struct gm_id member)
{
    const Order__Event *event = (const Order__Event *)message;
    if (gm_service_of_member(member) != GM_SERVICE_NONE) return true;
    if (event->event_case == ORDER__EVENT__EVENT_PLACED) {
        const Order__Order *order = event->placed->order;
        return gm_id_equal(gm_message_id(order->buyer), member) ||
               gm_id_equal(gm_message_id(order->seller), member);
    }
    const Order__OrderMoved *moved = order_event_moved(event);
    return gm_id_equal(gm_message_id(moved->buyer), member) ||
           gm_id_equal(gm_message_id(moved->seller), member);
}

const struct gm_service order_service = {
    .name = GM_SERVICE_ORDER,
    .fold_version = 1,
    .event = &order__event__descriptor,
    .tables = order_tables,
    .handlers = handlers,
    .apply = order_apply,
    .react = order_react,
    .decide_answer = order_decide_answer,
    .decide_timer = order_decide_timer,
    .settled = order_settled,
    .visible = visible,
    .audit = order_audit,
};
