/* order/rule.h - the rules of README.md that need the order's row alone. Pure. */
#pragma once

#include "base/reason.h"
#include "order/state.h"

/* Whether a member may do this to an order that stands as in row. revision: the one it expects, 0
 * for whatever it is. GM_REASON_NONE, or in order of precedence
 *   ORDER_UNKNOWN   neither buyer nor seller: for them it does not exist
 *   NOT_YOURS       the other side has to do this
 *   REVISION_MOVED  it is another than expected
 *   STATE_FORBIDS   not in this state, or not again */
GM_CHECKED enum gm_reason order_rule_move(const struct order_row *row, enum order_action action,
                                          struct gm_member_id member, uint64_t revision);

/* Sum of quantity x unit price; quantities and prices were checked at the door. False where an
 * amount or the sum passes GM_AMOUNT_MAX: *ret_line is the first line at which it does, *ret_total
 * untouched. */
GM_CHECKED bool order_rule_total(Order__OrderLine *const *lines, size_t count, int64_t *ret_total,
                                 size_t *ret_line);

/* When the timer is due that runs after this event, 0 where none does. row is as before it. */
int64_t order_rule_due(const struct order_row *row, enum order_event event, int64_t now_ms);
