#include "order/query.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "order/message.h"
#include "order/state.h"
#include "wire/check.h"

/* Encoded sizes at the fields' limits: the largest view fits a reply. */
enum {
    LINE_BYTES_MAX = 33,   /* tag, size, id, quantity to 10^9, price to 10^12 */
    HEAD_BYTES_MAX = 1024, /* of an order beside its lines; the note has 500 */
    ORDER_BYTES_MAX = ORDER_LINES_MAX * LINE_BYTES_MAX + HEAD_BYTES_MAX,
    STEP_BYTES_MAX = ORDER_REASON_BYTES_MAX + 100,
    REFUSED_LINE_BYTES_MAX = 64,
    REST_BYTES_MAX = 128,
    VIEW_BYTES_MAX = ORDER_BYTES_MAX + ORDER_STEPS_MAX * STEP_BYTES_MAX +
                     GM_REFUSED_LINES_MAX * REFUSED_LINE_BYTES_MAX + REST_BYTES_MAX,
};
_Static_assert((int)ORDER_BYTES_MAX <= (int)GM_DOCUMENT_BYTES_MAX,
               "the largest order is a document");
_Static_assert((int)VIEW_BYTES_MAX <= (int)GM_REPLY_BODY_BYTES_MAX,
               "the largest view fits a reply");

enum gm_reason order_query_refuse(struct gm_answer *answer, enum gm_reason reason,
                                  const char *field)
{
    (void)snprintf(answer->refusal.field, sizeof answer->refusal.field, "%s", field);
    return reason;
}

/* What the view says beside the stored pieces. */
static struct gm_bytes packed_rest(struct gm_arena *arena, const struct order_row *row)
{
    Order__OrderView rest = ORDER__ORDER_VIEW__INIT;
    rest.state = order_state_to_wire((enum order_state)row->state);
    rest.revision = row->revision;
    rest.due_ms = row->due_ms;
    if (!gm_id_is_zero(row->cancel_proposed_by.id)) {
        rest.cancel_proposed_by = gm_message_bytes(&row->cancel_proposed_by.id);
    }
    return gm_message_pack(&rest.base, arena);
}

/* A piece belongs to every order; false where the arena is full. */
static bool is_there(enum gm_status status)
{
    GM_ASSERT(status != GM_NOT_FOUND);
    return status == GM_OK;
}

/* The stored pieces end to end are the encoded view; false where the arena is full. */
static bool join_view(const struct gm_rows *rows, struct gm_arena *arena, struct gm_order_id order,
                      const struct order_row *row, struct gm_bytes *ret_view)
{
    struct gm_bytes pieces[ORDER_STEPS_MAX + 2];
    size_t count = 0, size = 0;
    if (!is_there(order_find_document(rows, order, arena, &pieces[count++]))) return false;
    for (uint64_t revision = 1; revision <= row->revision; revision++) {
        if (!is_there(order_find_step(rows, order, revision, arena, &pieces[count++])))
            return false;
    }
    pieces[count] = packed_rest(arena, row);
    if (pieces[count++].at == NULL) return false;

    for (size_t i = 0; i < count; i++)
        size += pieces[i].size;
    uint8_t *view = gm_arena_alloc(arena, size);
    if (view == NULL) return false;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(view + used, pieces[i].at, pieces[i].size);
        used += pieces[i].size;
    }
    *ret_view = gm_bytes(view, size);
    return true;
}

enum gm_reason order_query_get(const struct gm_rows *rows, const struct gm_call *call,
                               struct gm_answer *answer)
{
    const Order__GetOrderRequest *request = (const Order__GetOrderRequest *)call->message;
    const struct gm_order_id order = {gm_message_id(request->order_id)};
    struct order_row row;
    if (!order_find(rows, order, &row) ||
        order_side_of(&row, (struct gm_member_id){call->member}) == 0) {
        return order_query_refuse(answer, GM_REASON_ORDER_UNKNOWN, "order_id");
    }
    if (!join_view(rows, call->arena, order, &row, &answer->body)) return GM_REASON_REPLY_TOO_LARGE;
    return GM_REASON_NONE;
}

bool order_settled(const struct gm_rows *rows, const struct gm_call *call, struct gm_bytes reply,
                   struct gm_id *ret_saga, struct gm_answer *answer)
{
    const Order__OrderReply *recorded = (const Order__OrderReply *)gm_message_unpack(
        reply, &order__order_reply__descriptor, call->arena);
    GM_ASSERT(recorded != NULL);
    const struct gm_order_id order = {gm_message_id(recorded->order_id)};
    struct order_row row;
    const bool found = order_find(rows, order, &row);
    GM_ASSERT(found);
    *ret_saga = order.id;
    if (row.state == ORDER_PLACED) return false;

    Order__OrderReply *settled = order_reply_new(call->arena, order, &row);
    struct gm_bytes stored;
    const enum gm_status status = order_find_step(rows, order, row.revision, call->arena, &stored);
    GM_ASSERT(status == GM_OK);
    /* Where the reserve was refused, that step is the last. */
    const Order__OrderView *last = (const Order__OrderView *)gm_message_unpack(
        stored, &order__order_view__descriptor, call->arena);
    GM_ASSERT(settled != NULL);
    GM_ASSERT(last != NULL);
    settled->n_refused = last->n_refused;
    settled->refused = last->refused;
    const enum gm_reason packed = gm_answer_message(answer, call, &settled->base);
    GM_ASSERT(packed == GM_REASON_NONE);
    return true;
}
