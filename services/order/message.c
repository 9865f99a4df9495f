#include "order/message.h"

#include "wire/check.h"

Order__OrderReply *order_reply_new(struct gm_arena *arena, struct gm_order_id order,
                                   const struct order_row *row)
{
    struct {
        Order__OrderReply reply;
        Common__Money total;
        struct gm_order_id order;
        char currency[4];
    } *at = gm_arena_alloc(arena, sizeof *at);
    if (at == NULL) return NULL;
    order__order_reply__init(&at->reply);
    common__money__init(&at->total);
    at->order = order;
    at->total.currency = gm_currency_text(row->currency, at->currency);
    at->total.minor = row->total_minor;
    at->reply.order_id = gm_message_bytes(&at->order.id);
    at->reply.state = order_state_to_wire((enum order_state)row->state);
    at->reply.revision = row->revision;
    at->reply.total = &at->total;
    return &at->reply;
}

Order__RefusedOrderLine **order_refused_new(struct gm_arena *arena,
                                            const struct gm_refusal *refusal)
{
    const size_t count = refusal->line_count;
    Order__RefusedOrderLine **refused = GM_ARENA_ARRAY(arena, Order__RefusedOrderLine *, count);
    Order__RefusedOrderLine *lines = GM_ARENA_ARRAY(arena, Order__RefusedOrderLine, count);
    if (refused == NULL || lines == NULL) return NULL;
    for (size_t i = 0; i < count; i++) {
        const struct gm_refused_line *line = &refusal->lines[i];
        order__refused_order_line__init(&lines[i]);
        lines[i].line = line->line;
        lines[i].reason =
            order_refusal_word((enum gm_reason)line->reason, GM_CODE_FAILED_PRECONDITION);
        lines[i].available = line->available;
        lines[i].unit_price_minor = line->unit_price_minor;
        refused[i] = &lines[i];
    }
    return refused;
}

const char *order_refusal_word(enum gm_reason reason, enum gm_code status)
{
    const bool known = reason > GM_REASON_NONE && reason < GM_REASON_COUNT;
    return known ? gm_reason_row(reason)->word : gm_code_name(status);
}
