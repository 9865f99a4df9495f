/* What the catalog said to reserve, consume or release. An answer cannot be refused: one that is
 * late for the order's state, or about nothing that was asked, changes nothing. */
#include "base/assert.h"
#include "methods.h"
#include "order/decide.h"
#include "order/message.h"
#include "wire/check.h"

/* Adds an event to a decision that cannot refuse: the arena holds far more than the few messages
 * that come of an answer or a timer. */
static void must_decide(const struct gm_call *call, struct gm_order_id order, struct order_row *row,
                        const struct order_act *act, struct gm_decision *decision)
{
    const bool decided = order_decide_event(call, order, row, act, decision);
    GM_ASSERT(decided);
}

/* The words of the cancel that waits: in PLACED nothing follows it, so it is the newest step. */
static const char *wish_words(const struct gm_rows *rows, const struct gm_call *call,
                              struct gm_order_id order, const struct order_row *row)
{
    struct gm_bytes stored;
    const enum gm_status found = order_find_step(rows, order, row->revision, call->arena, &stored);
    GM_ASSERT(found == GM_OK);
    const Order__OrderView *view = (const Order__OrderView *)gm_message_unpack(
        stored, &order__order_view__descriptor, call->arena);
    GM_ASSERT(view != NULL);
    GM_ASSERT(view->n_steps == 1);
    return view->steps[0]->reason;
}

/* Reserved, or rejected with every failing line; and a cancel that was wanted meanwhile is carried
 * out: what is held by then is released, what was refused holds nothing. */
static void reserve_answered(const struct gm_rows *rows, const struct gm_call *call,
                             const struct gm_effect_answer *answer, struct order_row *row,
                             struct gm_decision *decision)
{
    const struct gm_order_id order = {answer->saga};
    const struct gm_member_id catalog = {gm_service_member(answer->from)};
    const bool held = answer->status == GM_CODE_OK;
    const bool cancel_wanted = row->cancel_wanted != 0;
    if (row->state != ORDER_PLACED) return;

    const struct order_act reserved = {.action = ORDER_RESERVE_OK, .member = catalog, .reason = ""};
    const struct order_act refused = {
        .action = ORDER_RESERVE_REFUSED,
        .member = catalog,
        .reason = order_refusal_word(answer->refusal.reason, answer->status),
        .refusal = &answer->refusal,
    };
    const struct order_act cancelled = {
        .action = ORDER_CARRY_OUT_CANCEL,
        .member = row->buyer,
        .reason = cancel_wanted ? wish_words(rows, call, order, row) : "",
        .refusal = held ? NULL : &answer->refusal,
    };
    if (held) must_decide(call, order, row, &reserved, decision);
    if (!held && !cancel_wanted) must_decide(call, order, row, &refused, decision);
    if (cancel_wanted) must_decide(call, order, row, &cancelled, decision);
}

/* Consume or release. Only what is held can end. */
static void ending_answered(const struct gm_call *call, const struct gm_effect_answer *answer,
                            enum order_action action, struct order_row *row,
                            struct gm_decision *decision)
{
    const bool refused = answer->status != GM_CODE_OK;
    const struct order_act act = {
        .action = action,
        .member = {gm_service_member(answer->from)},
        .reason = refused ? order_refusal_word(answer->refusal.reason, answer->status) : "",
    };
    if (row->reservation != ORDER_RESERVATION_HELD) return;
    if (order_permits((enum order_state)row->state, action) == ORDER_EVENT_NONE) return;
    must_decide(call, (struct gm_order_id){answer->saga}, row, &act, decision);
}

void order_decide_answer(const struct gm_rows *rows, const struct gm_call *call,
                         const struct gm_effect_answer *answer, struct gm_decision *decision)
{
    const bool refused = answer->status != GM_CODE_OK;
    struct order_row row;
    if (answer->from != GM_SERVICE_CATALOG) return;
    if (!order_find(rows, (struct gm_order_id){answer->saga}, &row)) return;

    if (answer->method == GM_METHOD_CATALOG_RESERVE) {
        reserve_answered(rows, call, answer, &row, decision);
    } else if (answer->method == GM_METHOD_CATALOG_CONSUME) {
        ending_answered(call, answer, refused ? ORDER_CONSUME_REFUSED : ORDER_CONSUME_OK, &row,
                        decision);
    } else if (answer->method == GM_METHOD_CATALOG_RELEASE) {
        ending_answered(call, answer, ORDER_RELEASE_ANSWERED, &row, decision);
    }
}
