#include "order/rule.h"

#include "base/assert.h"
#include "base/numbers.h"
#include "base/time.h"

enum gm_reason order_rule_move(const struct order_row *row, enum order_action action,
                               struct gm_member_id member, uint64_t revision)
{
    const unsigned side = order_side_of(row, member);
    const bool proposed = !gm_id_is_zero(row->cancel_proposed_by.id);

    if (side == 0) return GM_REASON_ORDER_UNKNOWN;
    if ((order_action_by(action) & side) == 0) return GM_REASON_NOT_YOURS;
    if (action == ORDER_AGREE_CANCEL && gm_id_equal(row->cancel_proposed_by.id, member.id)) {
        return GM_REASON_NOT_YOURS; /* nobody agrees with himself */
    }
    if (revision != 0 && revision != row->revision) return GM_REASON_REVISION_MOVED;
    if (order_permits((enum order_state)row->state, action) == ORDER_EVENT_NONE) {
        return GM_REASON_STATE_FORBIDS;
    }
    if (action == ORDER_CANCEL && row->cancel_wanted) return GM_REASON_STATE_FORBIDS;
    if (action == ORDER_PROPOSE_CANCEL && proposed) return GM_REASON_STATE_FORBIDS;
    if (action == ORDER_AGREE_CANCEL && !proposed) return GM_REASON_STATE_FORBIDS;
    return GM_REASON_NONE;
}

bool order_rule_total(Order__OrderLine *const *lines, size_t count, int64_t *ret_total,
                      size_t *ret_line)
{
    int64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t amount;
        if (!gm_amount(lines[i]->quantity, lines[i]->unit_price_minor, &amount) ||
            !gm_add(total, amount, &total) || total > GM_AMOUNT_MAX) {
            *ret_line = i;
            return false;
        }
    }
    *ret_total = total;
    return true;
}

int64_t order_rule_due(const struct order_row *row, enum order_event event, int64_t now_ms)
{
    const enum order_state before = (enum order_state)row->state;
    const enum order_state after = order_state_after(before, event);
    if (after == before) return row->due_ms;

    switch (order_timer_of(after)) {
    case ORDER_TIMER_NONE:
        return 0;
    case ORDER_TIMER_ACCEPT_BY:
        return row->accept_by_ms;
    case ORDER_TIMER_RECEIVE_BY:
        return now_ms + ORDER_RECEIVE_DAYS * GM_DAY_MS;
    case ORDER_TIMER_COMPLETE_BY:
        return now_ms + ORDER_COMPLETE_DAYS * GM_DAY_MS;
    case ORDER_TIMER_COUNT:
        break;
    }
    GM_UNREACHABLE();
}
