/* order/apply.h - event to rows. Cannot refuse: asserts what decide has made sure of. */
#pragma once

#include "order/state.h"
#include "runtime/service.h"

/* The row of a new order, and what an event does to one: decide looks ahead by the same functions.
 */
struct order_row order_row_placed(const Order__Order *order);
void order_row_move(struct order_row *row, enum order_event event, const Order__OrderMoved *moved);

/* Every event but placed carries the same message, in whichever arm of the union. */
void order_event_set_moved(Order__Event *event, enum order_event kind, Order__OrderMoved *moved);
const Order__OrderMoved *order_event_moved(const Order__Event *event);

gm_apply_fn order_apply;
